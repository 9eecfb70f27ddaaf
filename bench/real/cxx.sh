#!/usr/bin/env bash
# g++: a template-heavy C++17 file compiled optimised: the syntax trees, template
# instances and passes of a compiler, as in every build.
# packages: g++
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

# Fewer instances than when it serves to check a compiler, where it takes a gigabyte.
prepare() {
    sed -e 's/(int, 48)/(int, 12)/; s/int, 48>/int, 10>/; s/make<47>/make<9>/; s/% 48/% 10/; s/Nested<6>/Nested<3>/' \
        -e 's/fill<6>/fill<3>/; s/index_sequence<120>/index_sequence<30>/' "$PROGRAMS/data/templates.cpp" > templates.cpp
}

measured() {
    cp "$MATERIAL/templates.cpp" .
    under g++ -std=c++17 -O1 -c -o templates.o templates.cpp
    sha256sum < templates.o
}

real_main "$@"
