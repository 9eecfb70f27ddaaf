# Browser and office. Both are started as root in a directory of their own and load nothing from elsewhere.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317

# Chromium exports malloc from its own executable, so that one serves its libraries as well.
# The page builds its content by script (nodes, JSON, a canvas, a worker, WebAssembly), the browser prints the result.
program chromium packages="chromium fonts-dejavu-core" version="chromium --version" binary='/usr/lib/chromium/chromium' slow=1 own_malloc=1 \
    what="headless, three runs of --dump-dom of a local page that builds 3,000 nodes by script, and a screenshot (it brings its own malloc; DAM is loaded beside it)"
run_chromium() {
    local flags=(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
        --disable-component-update --disable-sync --disable-extensions --virtual-time-budget=3000)
    local round
    for round in 1 2 3; do
        under chromium "${flags[@]}" --user-data-dir="$PWD/profile$round" --dump-dom "file://$DATA/page.html" > "$OUT/dom$round.html"
    done
    grep -q 'done: 3000 nodes' "$OUT/dom1.html"
    under chromium "${flags[@]}" --user-data-dir="$PWD/profile4" --window-size=600,400 --screenshot="$PWD/shot.png" \
        "file://$MATERIAL/page.html" >&2
    sha256sum shot.png
}

program libreoffice packages="libreoffice-writer libreoffice-calc poppler-utils fonts-dejavu-core" version="soffice --version" \
    binary='/usr/lib/libreoffice/program/soffice.bin' slow=1 timeout=240 \
    what="--convert-to: HTML to PDF and ODT, ODT to DOCX, CSV to XLSX and PDF; text of the PDFs and pixels compared"
run_libreoffice() {
    export SAL_USE_VCLPLUGIN=svp
    convert_to() { under soffice -env:UserInstallation="file://$PWD/profile" --headless --norestore --convert-to "$@" >&2; }
    head -1500 "$MATERIAL/sales.csv" > sales.csv
    cp "$MATERIAL/page.html" .
    convert_to pdf:writer_web_pdf_Export page.html
    convert_to odt --infilter="HTML (StarWriter)" page.html
    convert_to docx page.odt
    convert_to xlsx sales.csv
    convert_to pdf:calc_pdf_Export sales.xlsx
    pdftotext -layout page.pdf - | sha256sum
    pdftotext -layout sales.pdf - | sha256sum
    pdftoppm -r 40 -l 3 page.pdf page
    sha256sum page*.ppm
    python3 -c 'import hashlib, sys, zipfile
for path, part in (("page.docx", "word/document.xml"), ("sales.xlsx", "xl/worksheets/sheet1.xml")):
    print(part, hashlib.sha256(zipfile.ZipFile(path).read(part)).hexdigest())'
}
