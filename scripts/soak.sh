#!/usr/bin/env bash
# Many threads over every entry point and tier, on a library that checks itself after every slow
# path (the feature `audit`).   soak.sh [SECONDS, default 1800] [THREADS, default 64]
# DAM_TEST_SEED=n repeats the calls (not the order in which threads come to make them);
# DAM_LIBRARY=path runs another build of the library. The last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-1800}
threads=${2:-64}
seed=${DAM_TEST_SEED:-$RANDOM$RANDOM}
cargo=${CARGO:-cargo}
folder=target/soak
log=$folder/log
reports=$folder/reports
library=${DAM_LIBRARY:-}

if [ -z "$library" ]; then
    # Debug assertions and overflow checks, too; optimised, or there would be little to soak in.
    CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true \
        "$cargo" rustc --lib --release --features audit --target-dir target/audit \
        --crate-type cdylib
    library=$PWD/target/audit/release/libdam.so
fi
mkdir -p "$folder"
# GCC knows malloc and free, and would leave pairs of them out.
"${CC:-cc}" -O2 -g -Wall -Wextra -fno-builtin -pthread fuzz/soak.c -o "$folder/soak" -ldl

status=0
LD_PRELOAD=$library "$folder/soak" "$seconds" "$threads" "$seed" 2> "$reports" | tee "$log" ||
    status=$?

read -r passed failed < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" | tail -n 1) ||
    { passed=0 failed=1; }
lines=$(grep -c '^DAM:' "$reports" || true)
if [ "$lines" = 0 ]; then
    echo "ok: the allocator reported nothing"
    passed=$((passed + 1))
else
    echo "FAILED: the allocator reported $lines times, in $reports:"
    head -n 10 "$reports"
    failed=$((failed + 1))
fi
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
    echo "FAILED: exit status $status"
    failed=1
fi
echo "seed $seed"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
