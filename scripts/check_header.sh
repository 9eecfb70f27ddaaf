#!/usr/bin/env bash
# Compares include/dam.h with the one the build generates from the Rust sources.
#   --write       put the generated one in place instead
#   --from-build  the libraries were just built: do not build again
set -euo pipefail
cd "$(dirname "$0")/.."

write=0 build=1
for argument; do
    case $argument in
        --write) write=1 ;;
        --from-build) build=0 ;;
        *) echo "usage: $0 [--write] [--from-build]" >&2; exit 2 ;;
    esac
done
header=include/dam.h
if [ "$write" = 1 ] && [ "$build" = 1 ]; then
    rm -f "$header"     # the build puts a missing header in place
    exec scripts/build.sh
fi
[ "$build" = 0 ] || scripts/build.sh

# cargo keeps one output folder per set of options: its own messages tell which is the last
# build's.
out=$(sed -n '/"build-script-executed"/{/path+file:/s/.*"out_dir":"\([^"]*\)".*/\1/p}' \
    target/ship/messages.json | tail -n 1)
generated=$out/dam.h
if [ ! -s "$generated" ]; then
    echo "the build generated no dam.h" >&2
    echo "0 passed, 1 failed"
    exit 1
fi
if [ "$write" = 1 ]; then
    cmp -s "$generated" "$header" || { install -m 644 "$generated" "$header"; echo "wrote $header"; }
elif diff -u "$header" "$generated"; then
    echo "1 passed, 0 failed"
else
    echo "0 passed, 1 failed"
    exit 1
fi
