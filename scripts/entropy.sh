#!/usr/bin/env bash
# Prints what can be foretold of a heap, over 1,000 processes each (c_tests/attacks/entropy.c). Build first: `make build`.
# Arguments: options to look at, instead of those below; `glibc` is the C library's own malloc.
set -euo pipefail
cd "$(dirname "$0")/.."
program=target/entropy
"${CC:-cc}" -std=gnu11 -O1 -fno-builtin -w -I c_tests/support -I include c_tests/attacks/entropy.c -o "$program"
[ $# -gt 0 ] || set -- glibc profile=default profile=hardened profile=hardened:random_slots=0 profile=hardened:delay_kib=0
for options in "$@"; do
    echo "== $options"
    if [ "$options" = glibc ]; then
        "$program"
    elif ! LD_PRELOAD=$PWD/dist/libdam.so DAM_OPTIONS=$options "$program" 2>&1; then
        echo "(outside the bounds that the test of the hardened profile asserts)"
    fi
done
