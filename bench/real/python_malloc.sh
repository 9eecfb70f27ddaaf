#!/usr/bin/env bash
# Python with PYTHONMALLOC=malloc: the objects and text programs again with every object a block of malloc's, as in
# debugging, and as in interpreters that have no arenas of their own.
# packages: python3
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() {
    shared_material
}

measured() {
    export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 PYTHONMALLOC=malloc
    under python3 "$DATA/objects.py" 5 > objects
    under python3 "$DATA/text.py" "$MATERIAL/shared" 4 > text
    cat objects text
}

real_main "$@"
