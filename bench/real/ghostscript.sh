#!/usr/bin/env bash
# Ghostscript: a PostScript document of 120 pages with fonts, clipped paths, an image and dictionaries rendered to
# pictures, and converted to PDF, as a print server does.
# packages: ghostscript
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() {
    awk 'BEGIN {
        print "%!PS-Adobe-3.0"
        for (p = 1; p <= 120; p++) {
            for (l = 1; l <= 60; l++)
                printf "/%s findfont %d scalefont setfont %d %d moveto (page %d line %d: %s) show\n",
                    l % 3 ? "Times-Roman" : "Helvetica-Bold", 6 + (l + p) % 7, 30 + l % 5, 820 - l * 13, p, l,
                    substr("lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod", (l * p) % 30 + 1)
            print "gsave 300 400 translate newpath 0 0 200 0 360 arc clip"
            for (a = 0; a < 360; a += 6)
                printf "gsave %d rotate %.2f 0.6 1 sethsbcolor newpath 20 0 moveto 150 20 200 60 %d 90 curveto closepath %s grestore\n",
                    a, a / 360, 60 + p, a % 4 ? "fill" : "stroke"
            printf "grestore /store 2000 dict def 1 1 1500 { dup 20 string cvs exch %d mod 1 add array store 3 1 roll put } for\n",
                p % 40 + 10
            printf "gsave 60 600 translate 120 120 scale 64 64 8 [64 0 0 64 0 0] { /row 64 string def "
            printf "0 1 63 { dup row exch 3 -1 roll %d mul 256 mod put } for row } image grestore showpage\n", p * 37
        }
    }' > document.ps
}

# The PDF has dates and identifiers in it; its length stands for it.
measured() {
    local quiet=(-q -dNOPAUSE -dBATCH -dSAFER)
    under gs "${quiet[@]}" -sDEVICE=ppmraw -r36 -dTextAlphaBits=4 -dGraphicsAlphaBits=4 -sOutputFile=pages.ppm "$MATERIAL/document.ps"
    under gs "${quiet[@]}" -sDEVICE=pdfwrite -dCompressPages=false -sOutputFile=document.pdf "$MATERIAL/document.ps"
    sha256sum < pages.ppm
    wc -c < document.pdf
}

real_main "$@"
