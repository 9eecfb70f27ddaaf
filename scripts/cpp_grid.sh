#!/usr/bin/env bash
# The programs in cpp/tests under many compilers: {g++, clang++, clang++ with libc++} x {C++17, 20, 23} x {exceptions
# and run-time type information, neither} x {plain, ASan, UBSan}, all warnings errors. Each program runs without DAM
# and beside it.
#   (nothing)  a part in which, together with scripts/test_cpp.sh, each of these is there once
#   --all      all of it
# One check for each compiler and program; the last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh

out=target/cpp-grid
dist=$PWD/dist
mkdir -p "$out"

warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
gcc_warnings=(-Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wuseless-cast -Wduplicated-cond -Wlogical-op
    # A note about the ABI of GCC 4.6 for elements aligned to 4096, from within the library.
    -Wno-psabi)
# All that clang has, but for what cannot be met:
#   -Wc++98-compat*   this is C++17
#   -Wpadded          how long structures are is their own affair
#   -Wweak-vtables    what is in headers only has no other place for its virtual functions' table
clang_warnings=(-Weverything -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-padded -Wno-weak-vtables)

compile() { # compiler standard exceptions sanitizer source object
    local flags=(-std="$2" -g0 -Icpp -Iinclude "${warnings[@]}")
    case $1 in
        gcc) flags=(g++ "${flags[@]}" "${gcc_warnings[@]}") ;;
        clang) flags=(clang++ "${flags[@]}" "${clang_warnings[@]}") ;;
        libc++) flags=(clang++ -stdlib=libc++ "${flags[@]}" "${clang_warnings[@]}") ;;
    esac
    [ "$3" = exceptions ] || flags+=(-fno-exceptions -fno-rtti)
    local sanitizer
    read -ra sanitizer <<< "$(sanitizer "$4")"
    "${flags[@]}" "${sanitizer[@]}" -c "$5" -o "$6"
}

sanitizer() { # name
    case $1 in
        plain) echo "-O1" ;;
        asan) echo "-O0 -fsanitize=address" ;;
        ubsan) echo "-O0 -fsanitize=undefined -fno-sanitize-recover=all" ;;
    esac
}

link() { # compiler sanitizer object program libraries...
    local compiler=(g++) object=$3 program=$4 sanitizer
    case $1 in
        clang) compiler=(clang++) ;;
        libc++) compiler=(clang++ -stdlib=libc++) ;;
    esac
    read -ra sanitizer <<< "$(sanitizer "$2")"
    shift 4
    "${compiler[@]}" "${sanitizer[@]}" "$object" -o "$program" "$@"
}

# What clang's `new[]` poisons in front of an array is part of DAM's block, which DAM writes to when it is free.
one() { # compiler standard exceptions sanitizer source
    local program
    program=$out/$(basename "$5" .cc)
    compile "$@" "$program.o" &&
        link "$1" "$4" "$program.o" "$program" && "$program" &&
        link "$1" "$4" "$program.o" "$program" -L"$dist" -Wl,--no-as-needed -ldam_local -Wl,-rpath,"$dist" &&
        ASAN_OPTIONS=poison_array_cookie=0 "$program" with-dam
}

point() { # compiler standard exceptions sanitizer
    local source
    for source in cpp/tests/*.cc; do
        check "$(basename "$source" .cc): $*" one "$@" "$source"
    done
}

if [ "${1:-}" = --all ]; then
    for compiler in gcc clang libc++; do
        for standard in c++17 c++20 c++2b; do
            for exceptions in exceptions none; do
                for sanitizer in plain asan ubsan; do
                    point "$compiler" "$standard" "$exceptions" "$sanitizer"
                done
            done
        done
    done
else
    point clang c++2b exceptions ubsan
    point libc++ c++20 none asan
fi
tally
