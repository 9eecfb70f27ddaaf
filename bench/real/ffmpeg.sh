#!/usr/bin/env bash
# ffmpeg: generated film and sound filtered and encoded to H.264 and AAC with two threads, then decoded: frame buffers of
# hundreds of kilobytes passed between threads.
# packages: ffmpeg
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() { :; }

measured() {
    local quiet=(-nostdin -v error -y)
    under ffmpeg "${quiet[@]}" -f lavfi -i "testsrc2=s=640x360:r=25:d=8" -f lavfi -i "sine=440:d=8" -fflags +bitexact \
        -flags +bitexact -map_metadata -1 -vf "hflip,drawgrid,split[a][b];[a]scale=320:360[c];[b]scale=320:360[d];[c][d]hstack" \
        -c:v libx264 -preset veryfast -x264-params threads=2:sliced-threads=1 -c:a aac film.mp4
    under ffmpeg "${quiet[@]}" -threads 2 -i film.mp4 -vf "scale=480:270,unsharp" -f framemd5 frames
    sha256sum film.mp4 frames
}

real_main "$@"
