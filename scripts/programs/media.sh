# Pictures, films, plots: encoders and renderers with their threads on; frames or pixels are compared.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317

program imagemagick packages="imagemagick" version="convert -version" binary='convert[-0-9a-z.]*' \
    what="generated pictures blurred, distorted, quantised, composed; PNG, JPEG, GIF, TIFF written and read; pixels compared"
run_imagemagick() {
    local name
    under convert -seed 7 -size 400x300 plasma:red-blue -blur 0x3 a.png
    under convert -seed 3 -size 200x200 xc:gray +noise Random -resize 320x240 -posterize 6 b.jpg
    under convert a.png \( b.jpg -resize 400x300! \) -compose multiply -composite -rotate 17 c.tiff
    under convert a.png -distort Arc 120 -colors 32 -dither FloydSteinberg d.gif
    under convert -delay 5 a.png b.jpg c.tiff -resize 100x100! -morph 8 e.gif
    under montage a.png b.jpg c.tiff d.gif -geometry 120x90+4+4 -tile 2x2 f.png
    under convert f.png -edge 2 -negate -charcoal 1 -normalize g.bmp
    for name in a.png b.jpg c.tiff d.gif e.gif f.png g.bmp; do
        under identify -format '%f %m %wx%h %#\n' "$name"
    done
}

program ffmpeg packages="ffmpeg" version="ffmpeg -version" slow=1 \
    what="test pictures and tones to H.264, VP9, MPEG-4, AAC, Opus, FLAC; filters; every decoded frame's checksum compared"
run_ffmpeg() {
    local film=(-f lavfi -i "testsrc2=s=320x240:r=25:d=3" -f lavfi -i "sine=440:d=3") exact=(-fflags +bitexact -flags +bitexact)
    encode() { under ffmpeg -nostdin -v error -y "${film[@]}" "${exact[@]}" -map_metadata -1 "$@"; }
    encode -c:v libx264 -preset fast -x264-params threads=2:sliced-threads=1 -c:a aac a.mp4
    encode -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -threads 2 -c:a libopus b.webm
    encode -c:v mpeg4 -q:v 4 -c:a flac c.mkv
    encode -vf "split[x][y];[x]hflip,boxblur=3[z];[z][y]hstack,rotate=0.1*t,drawgrid" -af "aecho=0.8:0.9:100:0.3" -c:v ffv1 d.mkv
    sha256sum a.mp4 c.mkv d.mkv
    for film_file in a.mp4 b.webm c.mkv d.mkv; do
        under ffmpeg -nostdin -v error -threads 2 -i "$film_file" -f framemd5 - | sha256sum
    done
    under ffprobe -v error -show_streams -of json a.mp4 | grep -vE 'filename|encoder' | sha256sum
}

program ghostscript packages="ghostscript" version="gs --version" \
    what="PostScript with fonts, clipped paths and an image to PDF, PNG and text, and the PDF back to PNG"
run_ghostscript() {
    local quiet=(-q -dNOPAUSE -dBATCH -dSAFER)
    under gs "${quiet[@]}" -sDEVICE=png16m -r72 -dTextAlphaBits=4 -dGraphicsAlphaBits=4 -sOutputFile=page%d.png "$DATA/drawing.ps"
    under gs "${quiet[@]}" -sDEVICE=pdfwrite -sOutputFile=drawing.pdf "$DATA/drawing.ps"
    under gs "${quiet[@]}" -sDEVICE=pnggray -r60 -dNumRenderingThreads=2 -sOutputFile=again%d.png drawing.pdf
    under gs "${quiet[@]}" -sDEVICE=txtwrite -sOutputFile=- drawing.pdf
    sha256sum page*.png again*.png
    grep -avE '^/(CreationDate|ModDate)|/ID|uuid|xap:|xmp:|Date>' drawing.pdf | wc -l
}

program graphviz packages="graphviz fonts-dejavu-core" version="dot -V" \
    what="dot, neato, circo and twopi layouts of generated graphs to SVG, PNG and plain text"
run_graphviz() {
    local engine
    awk 'BEGIN { print "digraph g { node [shape=box]";
        for (i = 1; i < 220; i++) printf "n%d -> n%d [label=\"%d\"]; n%d [label=\"node %d|%d\" shape=record];\n", i * 7 % 113, i, i, i, i, i * i
        print "}" }' > big.dot
    awk 'BEGIN { print "graph g {"; for (i = 1; i < 60; i++) printf "n%d -- n%d;\n", i, int(i / 2); print "}" }' > small.dot
    # No clusters: with them dot's layout follows from where its blocks lie, on the system's own allocator too, once a
    # shim in front of it serves requests in a random order.
    under dot -Tsvg -o "$OUT/big.svg" big.dot
    under dot -Tpng -o big.png big.dot
    # Not fdp: its layout differs from run to run now and then, on the system's own allocator too.
    for engine in neato circo twopi; do under "$engine" -Tplain -o "$OUT/$engine.txt" small.dot; done
    sha256sum big.png
    under ccomps -x big.dot > parts.dot || true    # its exit status says whether the graph is connected
    under gvpr 'N { $.label = toupper($.name); }' parts.dot | sha256sum
    under tred big.dot 2> /dev/null | under unflatten -l 3 | sha256sum
}

program gnuplot packages="gnuplot-nox" version="gnuplot --version" \
    what="surfaces, curves, frequencies, a fit and a multiplot to SVG, PNG and a text terminal"
run_gnuplot() {
    under gnuplot << EOF
set terminal svg size 500,400 name "plot"
set output "$OUT/surface.svg"
set multiplot layout 2,2
set isosamples 40
splot sin(sqrt(x**2 + y**2)) / (1 + 0.1 * x**2) with pm3d
plot for [i=1:12] besj0(x * i / 4) title sprintf("j%d", i)
set datafile separator ","
plot "$MATERIAL/sales.csv" every 40::1 using 4:5 with points
plot "$MATERIAL/sales.csv" every ::1 using 4:(1) smooth frequency with boxes
unset multiplot
f(x) = a + b * x
set fit quiet logfile "fit.log"
fit f(x) "$MATERIAL/sales.csv" every ::1 using 4:5 via a, b
set print "-"
print sprintf("%.6f %.6f", a, b)
set terminal pngcairo size 300,200
set output "$OUT/plot.png"
plot sin(x) with filledcurves
set terminal dumb 79 24
set output "$OUT/plot.txt"
plot exp(-x * x)
EOF
}
