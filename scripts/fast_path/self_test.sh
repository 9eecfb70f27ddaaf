#!/usr/bin/env bash
# The check checked: it must pass a small sound allocator and find each fault planted in it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib/tally.sh
source scripts/lib/tally.sh

at=target/fast_path
plant() { # fault-or-NONE; in one piece, as rustc leaves its functions
    gcc -O2 -fPIC -shared -fno-builtin -fno-reorder-blocks-and-partition "-D$1" -o "$at/libplanted.so" scripts/fast_path/planted.c
}
count() { python3 scripts/fast_path/count.py --sizes 24 "$at/libplanted.so" "$at" 2>&1; }

plant NONE
check "a sound library passes" count

finds() { # fault, words of the report
    local output
    plant "$1"
    if output=$(count); then
        fail "$1 is found" "the check passed"
    elif grep -q "^FAIL.*$2" <<< "$output"; then
        pass "$1 is found"
    else
        fail "$1 is found" "reported as: $output"
    fi
}
finds LOCK "a locked instruction on the hit path"
finds XCHG "an implicitly locked exchange"
finds CALL "a call on the hit path"
finds SLOW "a malloc hit takes .* the budget is 30"
finds PANIC "malloc reaches a panic"
finds TLS "imports __tls_get_addr"
# A library whose malloc another one takes over: what is measured is not the library.
plant NONE
gcc -O2 -fPIC -shared -fno-builtin -DNONE -o "$at/libfirst.so" scripts/fast_path/planted.c
if output=$(python3 scripts/fast_path/count.py --sizes 24 --before "$at/libfirst.so" "$at/libplanted.so" "$at" 2>&1); then
    fail "another malloc in front is found" "the check passed"
elif grep -q "^FAIL.*malloc resolves to .*libfirst.so" <<< "$output"; then
    pass "another malloc in front is found"
else
    fail "another malloc in front is found" "reported as: $output"
fi
tally
