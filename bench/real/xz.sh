#!/usr/bin/env bash
# xz -T2: multi-threaded compression of 25 MB of text and JSON in blocks and decompression, as packages and backups are
# made; few but large buffers, each filled by one thread and passed to another.
# packages: xz-utils python3
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() {
    shared_material
    cat shared/words.txt shared/records.json shared/sales.csv shared/words.txt shared/records.json > text
    rm -r shared
}

measured() {
    under xz -T2 -2 --block-size=1MiB -k -c "$MATERIAL/text" > text.xz
    under xz -T2 -d -c text.xz > text
    cmp text "$MATERIAL/text"
    sha256sum < text.xz
}

real_main "$@"
