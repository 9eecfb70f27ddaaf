#!/usr/bin/env bash
# ImageMagick: pictures generated, blurred, rotated, distorted, reduced to a palette and put together with two
# threads, as a site does with what is uploaded: pixel buffers of megabytes that come and go.
# packages: imagemagick
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() {
    convert -seed 7 -size 900x700 plasma:red-blue a.ppm
    convert -seed 3 -size 300x300 xc:gray +noise Random -resize 900x700! -posterize 9 b.ppm
}

measured() {
    local name
    export MAGICK_THREAD_LIMIT=2 OMP_NUM_THREADS=2
    under convert "$MATERIAL/a.ppm" -blur 0x2 \( "$MATERIAL/b.ppm" -rotate 7 -resize 900x700! \) -compose multiply \
        -composite c.ppm
    under convert c.ppm -distort Arc 100 -colors 48 -dither FloydSteinberg d.gif
    under convert "$MATERIAL/a.ppm" "$MATERIAL/b.ppm" c.ppm -resize 260x200! -morph 30 e.miff
    for name in 1 2 3 4 5 6 7 8; do under convert c.ppm -crop 64x64 +repage -resize 50% -append "tiles$name.ppm"; done
    under convert "$MATERIAL/b.ppm" -edge 1 -negate -normalize -quality 80 f.jpg
    sha256sum c.ppm tiles1.ppm tiles4.ppm
    identify -format '%f %m %wx%h %#\n' d.gif e.miff f.jpg
}

real_main "$@"
