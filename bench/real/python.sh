#!/usr/bin/env bash
# Python: objects, text, and byte buffers in three programs as people write them. Python's own arenas serve what is up to
# 512 bytes; the lists, dictionaries, strings and buffers above come from malloc.
# packages: python3
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() {
    shared_material
}

measured() {
    export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
    under python3 "$DATA/objects.py" 5 > objects
    under python3 "$DATA/text.py" "$MATERIAL/shared" 6 > text
    under python3 "$DATA/bytes.py" 3 > bytes
    cat objects text bytes
}

real_main "$@"
