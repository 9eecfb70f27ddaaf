# Documents and markup. PDF files carry dates and identifiers, so their text and their pixels are compared.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317

# A PDF of 40 pages to work on, made by the system's own ghostscript.
make_pdf() {
    awk 'BEGIN { print "%!PS"; for (p = 1; p <= 40; p++) { print "/Helvetica findfont 11 scalefont setfont";
        for (l = 1; l <= 55; l++) printf "40 %d moveto (page %d line %d: %s) show\n", 800 - l * 13, p, l, substr("lorem ipsum dolor sit amet", l % 9 + 1);
        print "showpage" } }' > source.ps
    gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -sOutputFile=source.pdf source.ps
}

program qpdf packages="qpdf ghostscript" version="qpdf --version" \
    what="linearise, object streams, encrypt and decrypt, split, merge, rotate, JSON; checked each time"
run_qpdf() {
    make_pdf
    under qpdf --deterministic-id --linearize source.pdf a.pdf
    under qpdf --deterministic-id --object-streams=generate --recompress-flate --compression-level=9 source.pdf b.pdf
    under qpdf --encrypt user owner 256 -- source.pdf c.pdf
    under qpdf --deterministic-id --password=owner --decrypt c.pdf d.pdf
    under qpdf --split-pages=10 source.pdf part.pdf
    under qpdf --deterministic-id --empty --rotate=90:1-5 --pages part-*.pdf -- e.pdf
    for name in a b d e; do under qpdf --check "$name.pdf" | tail -1; under qpdf --show-npages "$name.pdf"; done
    under qpdf --json source.pdf | grep -vc Date
}

program poppler packages="poppler-utils ghostscript" version="pdftotext -v" \
    what="pdftotext, pdftoppm, pdftocairo, pdfinfo, pdfseparate and pdfunite on a PDF of 40 pages"
run_poppler() {
    make_pdf
    under pdftotext -layout source.pdf - | sha256sum
    under pdftotext -bbox source.pdf - | grep -v Date | sha256sum
    under pdftoppm -r 40 -l 8 source.pdf page
    under pdftocairo -svg -f 3 -l 3 source.pdf three.svg
    under pdfseparate -l 5 source.pdf s%d.pdf
    under pdfunite s1.pdf s3.pdf s5.pdf united.pdf
    under pdfinfo united.pdf | grep -E '^(Pages|Page size)'
    sha256sum page*.ppm
    grep -c glyph three.svg
}

program xmllint packages="libxml2-utils xsltproc python3" version="xmllint --version" \
    what="parsing, XPath, formatting and schema checks of 2 MB of XML, and an XSLT with keys and sorting by xsltproc"
run_xmllint() {
    python3 - "$MATERIAL/sales.csv" > sales.xml << 'EOF'
import csv, sys
print("<sales>")
for row in csv.DictReader(open(sys.argv[1])):
    print(f"<sale id='{row['id']}' region='{row['region']}'><product>{row['product']}</product>"
          f"<n>{row['quantity']}</n><price>{row['price']}</price></sale>")
print("</sales>")
EOF
    under xmllint --format sales.xml | sha256sum
    under xmllint --xpath 'count(//sale[n > 50 and @region = "N"]), sum(//price)' sales.xml 2> /dev/null ||
        under xmllint --xpath 'count(//sale[n > 50 and @region = "N"])' sales.xml
    under xmllint --noout --schema "$DATA/sales.xsd" sales.xml 2>&1
    under xmllint --html --xpath '//h2/@id' "$MATERIAL/page.html" 2> /dev/null | sha256sum
    under xsltproc "$DATA/sales.xsl" sales.xml
}

program pandoc packages="pandoc" version="pandoc --version" slow=1 \
    what="Markdown to HTML, LaTeX, EPUB and DOCX, and DOCX back to Markdown"
run_pandoc() {
    export SOURCE_DATE_EPOCH=1700000000
    under pandoc --metadata title=T -s -o "$OUT/page.html" "$MATERIAL/page.md"
    under pandoc -s -o "$OUT/page.tex" "$MATERIAL/page.md"
    under pandoc --metadata title=T --metadata identifier=fixed -o page.epub "$MATERIAL/page.md"
    under pandoc -o page.docx "$MATERIAL/page.md"
    under pandoc -t gfm -o "$OUT/back.md" page.docx
}
