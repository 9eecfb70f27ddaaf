#!/usr/bin/env bash
# g++: a template-heavy C++17 file compiled optimised: the syntax trees, template
# instances and passes of a compiler, as in every build.
# packages: g++
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() {
    template_heavy_file > templates.cpp
}

measured() {
    cp "$MATERIAL/templates.cpp" .
    under g++ -std=c++17 -O1 -c -o templates.o templates.cpp
    sha256sum < templates.o
}

real_main "$@"
