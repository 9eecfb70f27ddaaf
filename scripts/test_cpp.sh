#!/usr/bin/env bash
# Builds the programs in cpp/tests with the header cpp/dam.hpp and runs them beside DAM, on DAM
# and without DAM.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh

out=target/cpp
dist=$PWD/dist
mkdir -p "$out"
flags=(-std=c++17 -O1 -g -Wall -Wextra -Wpedantic -Werror -Icpp)

build() { # program libraries...
    local program=$1
    shift
    "${CXX:-g++}" "${flags[@]}" "$source" -o "$program" "$@"
}

for source in cpp/tests/*.cc; do
    name=$(basename "$source" .cc)
    check "$name builds without DAM" build "$out/$name" -fsanitize=undefined
    check "$name runs without DAM" "$out/$name"
    check "$name runs on a preloaded libdam" env LD_PRELOAD="$dist/libdam.so" "$out/$name" with-dam
    check "$name links with libdam_local.so" build "$out/$name-local" \
        -L"$dist" -Wl,--no-as-needed -ldam_local -Wl,-rpath,"$dist"
    check "$name runs beside the system's malloc" "$out/$name-local" with-dam
    # Weak references alone pull nothing out of an archive.
    check "$name links with libdam_local.a" build "$out/$name-static" \
        -static -Wl,-u,dam_malloc,-u,dam_get_stats "$dist/libdam_local.a"
    check "$name runs statically linked" "$out/$name-static" with-dam
done
tally
