#!/usr/bin/env bash
# `make install` into an empty folder, programs built against it by pkg-config and CMake (the
# usual folders and unusual ones), the command, and `make uninstall`, which must leave nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A C program that knows whose malloc it got.
cat > "$work/program.c" << 'C'
#include <dam.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    dam_stats_t before, after;
    if (dam_get_stats(&before, sizeof before)) return 1;
    char *block = malloc(1000);
    if (!block) return 2;
    memset(block, 1, 1000);
    if (dam_get_stats(&after, sizeof after)) return 3;
    int replaced = after.live_blocks == before.live_blocks + 1;
    printf("DAM %s, malloc %s\n", dam_version(), replaced ? "replaced" : "untouched");
    if (replaced != (argc > 1 && !strcmp(argv[1], "replaced"))) return 4;
    free(block);
    void *own = dam_malloc(10);
    if (!own || dam_malloc_usable_size(own) != 10) return 5;
    dam_free(own);
    return 0;
}
C
# One that never names DAM, and must get it from the linker all the same.
cat > "$work/unaware.c" << 'C'
#include <malloc.h>
#include <stdlib.h>
int main(void) {
    void *block = malloc(1001);
    int dam = malloc_usable_size(block) == 1001; // the system's allocator rounds up
    free(block);
    return dam ? 0 : 1;
}
C
# One that does not even name malloc: the C library calls it.
cat > "$work/indirect.c" << 'C'
#define _GNU_SOURCE
#include <stdio.h>
int main(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char *line = NULL;
    size_t room = 0, lines = 0;
    while (maps && getline(&line, &room, maps) > 0) lines++;
    return lines ? 0 : 1;
}
C
# The C++ header refers to DAM weakly.
cat > "$work/header.cc" << 'CXX'
#include <dam.hpp>
int main() { return dam::make_unique<int>(3) && dam_malloc ? 0 : 1; }
CXX
mkdir "$work/cmake"
cat > "$work/cmake/CMakeLists.txt" << 'CMAKE'
cmake_minimum_required(VERSION 3.13)
project(uses_dam C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(dam 0.1 REQUIRED)
foreach(kind IN ITEMS dam static local local_static)
  add_executable(program_${kind} ../program.c)
  target_link_libraries(program_${kind} dam::${kind})
endforeach()
foreach(kind IN ITEMS dam static)
  add_executable(unaware_${kind} ../unaware.c)
  target_link_libraries(unaware_${kind} dam::${kind})
endforeach()
foreach(kind IN ITEMS local local_static)
  add_executable(header_${kind} ../header.cc)
  target_link_libraries(header_${kind} dam::${kind})
endforeach()
CMAKE

# DAM says so itself, even where the program never names it.
has_dam() { # program [arguments]
    DAM_OPTIONS=verbose=1 "$@" 2>&1 | grep -q '^DAM'
}

by_pkg_config() { # libdir
    local -x PKG_CONFIG_SYSROOT_DIR=$stage PKG_CONFIG_LIBDIR=$stage$1/pkgconfig
    local flags
    check "pkg-config knows the version" [ "$(pkg-config --modversion dam)" = "$version" ]
    read -ra flags <<< "$(pkg-config --cflags --libs dam)"
    check "a program builds by pkg-config" \
        gcc "$work/program.c" -o "$work/by-pc" "${flags[@]}" -Wl,-rpath,"$stage$1"
    check "and its malloc is DAM's" "$work/by-pc" replaced
    check "one that leaves malloc to the C library builds" \
        gcc "$work/indirect.c" -o "$work/indirect" "${flags[@]}" -Wl,-rpath,"$stage$1"
    check "and has DAM" has_dam "$work/indirect"
    read -ra flags <<< "$(pkg-config --static --cflags --libs dam)"
    check "it builds statically, too" \
        gcc -static "$work/indirect.c" -o "$work/indirect-static" "${flags[@]}"
    check "and has DAM" has_dam "$work/indirect-static"
    read -ra flags <<< "$(pkg-config --cflags --libs dam_local)"
    check "a program builds by pkg-config with libdam_local" \
        gcc "$work/program.c" -o "$work/by-pc-local" "${flags[@]}" -Wl,-rpath,"$stage$1"
    check "and its malloc is the system's" "$work/by-pc-local"
    check "dam.hpp builds by pkg-config with libdam_local" \
        g++ -std=c++17 "$work/header.cc" -o "$work/header" "${flags[@]}" -Wl,-rpath,"$stage$1"
    check "and reaches it" "$work/header"
}

by_cmake() { # libdir
    local build=$work/cmake-build
    rm -rf "$build"
    if ! output=$(cmake -S "$work/cmake" -B "$build" -Ddam_DIR="$stage$1/cmake/dam" 2>&1 &&
        cmake --build "$build" 2>&1); then
        fail "programs build by CMake"
        tail -n 25 <<< "$output"
        return
    fi
    pass "programs build by CMake"
    check "dam::dam replaces malloc" "$build/program_dam" replaced
    check "dam::static replaces malloc" "$build/program_static" replaced
    check "dam::local leaves malloc alone" "$build/program_local"
    check "dam::local_static leaves malloc alone" "$build/program_local_static"
    check "dam::dam reaches a program that never names it" "$build/unaware_dam"
    check "dam::static reaches a program that never names it" "$build/unaware_static"
    check "dam::local reaches dam.hpp" "$build/header_local"
    check "dam::local_static reaches dam.hpp" "$build/header_local_static"
    check "another version is refused" cmake_refuses_version "$1"
    check "DAM is found through a link to its folder" cmake_through_link "$1"
}

# The worked example, out of the installed tree alone.
the_example() { # libdir prefix
    local build=$work/example-build
    rm -rf "$build" "$work/example"
    cp -r cpp/example "$work/example"
    check "the example builds" example_builds "$build" "$1"
    check "it counts" example_counts "$build/word_count"
    check "it counts beside another malloc" example_counts "$build/word_count_local"
    check "new is DAM's there" new_is_dams "$build/word_count_local"
    local -x PKG_CONFIG_SYSROOT_DIR='' PKG_CONFIG_LIBDIR=$stage$1/pkgconfig
    check "pkg-config names dam_new.cc" [ -s "$stage$(pkg-config --variable=new_source dam_local)" ]
    check "the printers for gdb are there" [ -s "$stage$2/share/dam/dam-gdb-cpp.py" ]
}
example_builds() { # build libdir
    cmake -S "$work/example" -B "$1" -Ddam_DIR="$stage$2/cmake/dam" && cmake --build "$1"
}
example_counts() { # program
    local wanted=$'1 dams\n2 hold\n2 water\ninput: 0 bytes now, at most some\nDAM: yes, faults 0'
    [ "$(echo 'dams hold water hold water' | "$1")" = "$wanted" ]
}
new_is_dams() { # program
    nm -C "$1" | grep ' T operator new(unsigned long)$'
}

# As /lib is /usr/lib: beside the link there is no include folder.
cmake_through_link() { # libdir
    rm -rf "$work/link" "$work/link-build"
    mkdir "$work/link"
    ln -s "$stage$1" "$work/link/lib"
    cmake -S "$work/cmake" -B "$work/link-build" -Ddam_DIR="$work/link/lib/cmake/dam" &&
        cmake --build "$work/link-build" --target program_dam &&
        "$work/link-build/program_dam" replaced
}

cmake_refuses_version() { # libdir
    mkdir -p "$work/other"
    sed 's/dam 0\.1/dam 99.0/' "$work/cmake/CMakeLists.txt" > "$work/other/CMakeLists.txt"
    ! cmake -S "$work/other" -B "$work/other-build" -Ddam_DIR="$stage$1/cmake/dam" \
        > "$work/other-log" 2>&1 && grep -q 'considered but not accepted' "$work/other-log"
}

# As a user has it: found by its name, with the library beside it and its manual.
the_command() { # prefix
    local PATH=$stage$1/bin:$PATH file
    check "the command has its version" [ "$(dam --version)" = "dam $version" ]
    check "it finds the library" has_dam dam run -- true
    for file in man/man1/dam.1 man/man1/dam-run.1 bash-completion/completions/dam \
        zsh/site-functions/_dam fish/vendor_completions.d/dam.fish; do
        check "share/$file is there" [ -s "$stage$1/share/$file" ]
    done
    check "no page of what is not for users" [ ! -e "$stage$1/share/man/man1/dam-generate.1" ]
    check "the completions are good bash" bash -n "$stage$1/share/bash-completion/completions/dam"
}

round() { # what prefix libdir
    stage=$work/stage
    local -x PREFIX=$2 LIBDIR=$3 INCLUDEDIR=$2/include DESTDIR=$stage
    echo "--- $1"
    check "install" scripts/install.sh install
    check "install once more" scripts/install.sh install
    by_pkg_config "$3"
    by_cmake "$3"
    the_example "$3" "$2"
    the_command "$2"
    echo "somebody else's" > "$stage$3/neighbour"
    check "uninstall" scripts/install.sh uninstall
    check "nothing is left but the neighbour" \
        [ "$(find "$stage" ! -type d)" = "$stage$3/neighbour" ]
    check "no folder of DAM's own is left" [ -z "$(find "$stage" -name '*dam*')" ]
    rm -rf "$stage"
}

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
round "the usual folders" /usr/local /usr/local/lib
round "a distribution's folders" /usr /usr/lib/x86_64-linux-gnu
tally
