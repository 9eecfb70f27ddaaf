#!/usr/bin/env bash
# clang++: the same template-heavy file through LLVM, which allocates in arenas and containers of its own kind.
# packages: clang libstdc++-12-dev libc6-dev
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() {
    template_heavy_file > templates.cpp
}

measured() {
    cp "$MATERIAL/templates.cpp" .
    under clang++ -std=c++17 -O1 -c -o templates.o templates.cpp
    sha256sum < templates.o
}

real_main "$@"
