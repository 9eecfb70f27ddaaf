#!/usr/bin/env bash
# The C++ layer: the programs in cpp/tests beside DAM, on DAM, statically linked and without DAM; programs that must
# not compile; planted mistakes, which must be reported; what the headers leave behind; the code they become; a part
# of the grid of compilers (scripts/cpp_grid.sh); the examples of docs/cpp.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh

out=target/cpp
dist=$PWD/dist
mkdir -p "$out"
cxx=${CXX:-g++}
flags=(-O1 -g -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Icpp -Iinclude)
local_so=(-L"$dist" "-Wl,--no-as-needed" -ldam_local "-Wl,-rpath,$dist")
# Weak references alone pull nothing out of an archive.
local_a=(-static "-Wl,-u,dam_malloc" "$dist/libdam_local.a")

# --- the programs ---------------------------------------------------------------------------------------------------

# Compiled once: what the program is linked with decides whether it has DAM.
for source in cpp/tests/*.cc; do
    name=$(basename "$source" .cc)
    check "$name compiles" "$cxx" -std=c++17 "${flags[@]}" -c "$source" -o "$out/$name.o"
    check "$name links without DAM" "$cxx" "$out/$name.o" -o "$out/$name"
    check "$name runs without DAM" "$out/$name"
    check "$name runs on a preloaded libdam" env LD_PRELOAD="$dist/libdam.so" "$out/$name" with-dam
    check "$name links with libdam_local.so" "$cxx" "$out/$name.o" -o "$out/$name-local" "${local_so[@]}"
    check "$name runs beside the system's malloc" "$out/$name-local" with-dam
    check "$name links with libdam_local.a" "$cxx" "$out/$name.o" -o "$out/$name-static" "${local_a[@]}"
    check "$name runs statically linked" "$out/$name-static" with-dam
done

# Under every defence, and where a block of no bytes is null.
for name in arrays associative operators resources sequences shared_ptr strings unique_ptr; do
    for options in profile=paranoid:on_violation=continue zero_size=null:mismatch=report; do
        check "$name runs with $options" env LD_PRELOAD="$dist/libdam.so" DAM_OPTIONS="$options" "$out/$name" with-dam
    done
done

# At a fixed address the linker settles weak references for good: a preloaded DAM is reached by malloc alone.
check "arrays, at a fixed address" "$cxx" -std=c++17 "${flags[@]}" -no-pie -fno-pie cpp/tests/arrays.cc -o "$out/fixed"
check "runs on a preloaded libdam" env LD_PRELOAD="$dist/libdam.so" "$out/fixed"
check "arrays, at a fixed address, linked" "$cxx" -std=c++17 "${flags[@]}" -no-pie -fno-pie cpp/tests/arrays.cc \
    -o "$out/fixed-local" "${local_so[@]}"
check "has DAM" "$out/fixed-local" with-dam
# libdam.a has such operators itself; the program's own go before.
check "operators link with libdam.a" "$cxx" "$out/operators.o" -o "$out/operators-dam" \
    -static -Wl,-u,malloc "$dist/libdam.a"
check "operators run on it" "$out/operators-dam" with-dam

# --- what must not compile ------------------------------------------------------------------------------------------

said() { # what is to be said, source, compiler...
    local pattern=$1 source=$2
    shift 2
    if "$@" -Icpp -Werror=unused-result -fsyntax-only "$source" > "$out/said" 2>&1; then
        echo "it compiles"
        return 1
    fi
    grep -qE -- "$pattern" "$out/said" || { cat "$out/said"; return 1; }
}
for source in cpp/tests/wrong/*.cc; do
    name=$(basename "$source" .cc)
    pattern=$(sed -n 's|^// says: ||p' "$source")
    with_concepts=$(sed -n 's|^// says from 20: ||p' "$source")
    check "wrong in C++17: $name" said "$pattern" "$source" g++ -std=c++17
    grep -q '^// right from 20' "$source" ||
        check "wrong in C++20: $name" said "${with_concepts:-$pattern}" "$source" clang++ -std=c++20
done

# --- mistakes that are reported -------------------------------------------------------------------------------------

check "misuse compiles" "$cxx" -std=c++17 "${flags[@]}" cpp/tests/misuse/misuse.cc -o "$out/misuse"
check "misuse links with libdam_local.so" "$cxx" -std=c++17 "${flags[@]}" cpp/tests/misuse/misuse.cc \
    -o "$out/misuse-local" "${local_so[@]}"
reported() { # kind command...
    local kind=$1
    shift
    DAM_OPTIONS=on_violation=continue "$@" 2> "$out/report" || { cat "$out/report"; return 1; }
    grep -q "^DAM: $kind: " "$out/report" && ! grep '^DAM: ' "$out/report" | grep -v "^DAM: $kind: "
}
mistakes=0
while read -r name kind; do
    check "$name is a $kind" reported "$kind" env LD_PRELOAD="$dist/libdam.so" "$out/misuse" "$name"
    check "$name is a $kind beside malloc" reported "$kind" "$out/misuse-local" "$name"
    mistakes=$((mistakes + 1))
done < <("$out/misuse")
check "there are mistakes" [ "$mistakes" -gt 8 ]
heard() { # kind command...
    local kind=$1
    shift
    [ "$(DAM_OPTIONS=on_violation=continue:mismatch=report "$@")" = "$kind" ]
}
check "what new made, owned by DAM" heard dealloc-mismatch env LD_PRELOAD="$dist/libdam.so" "$out/misuse" adopted
check "what another malloc made, owned by DAM" heard invalid-free "$out/misuse-local" adopted
check "a leak shows in its scope" env LD_PRELOAD="$dist/libdam.so" "$out/misuse" leak
check "a leak shows in its scope beside malloc" "$out/misuse-local" leak
check "what is lost is a memory-leak" reported memory-leak env LD_PRELOAD="$dist/libdam.so" "$out/misuse" lost
check "what is lost is a memory-leak beside malloc" reported memory-leak "$out/misuse-local" lost

# --- the headers themselves -----------------------------------------------------------------------------------------

macros() { # standard header
    local header=$2
    g++ -std="$1" -Icpp -dM -E -x c++ - <<< "#include \"$header\"" | awk '/DAM/ { print $2 }' | sort
}
alone() { # header
    g++ -std=c++20 -Icpp -Wall -Wextra -Werror -fsyntax-only -x c++ - <<< "#include \"$1\""
}
not_there() { # header
    ! g++ -std=c++20 -Icpp -fsyntax-only -x c++ - <<< "#include \"$1\"" > "$out/said" 2>&1 &&
        grep -q 'this standard library has no std::format' "$out/said"
}
for header in cpp/dam.hpp cpp/dam/*.hpp; do
    name=${header#cpp/}
    if [ "$name" = dam/format.hpp ] && ! alone format 2> "$out/said"; then
        check "$name says what is missing" not_there "$name"
    else
        check "$name stands alone" alone "$name"
    fi
done
only_guards() {
    local left
    left=$(macros "$1" dam.hpp; macros "$1" dam/containers.hpp; macros "$1" dam/memory_resource.hpp)
    [ -n "$left" ] && ! grep -vE '^DAM_([A-Z_]+_)?HPP$' <<< "$left"
}
check "no macro but the guards, C++17" only_guards c++17
check "no macro but the guards, C++23" only_guards c++2b
check "members of dam::statistics" scripts/cpp_statistics.py

# Every public name says what it is. (What doxygen makes of specializations in std is of no interest.)
documented() {
    local said
    said=$(doxygen - 2>&1 << DOXYGEN
INPUT = cpp/dam.hpp cpp/dam
EXTENSION_MAPPING = hpp=C++
GENERATE_HTML = NO
GENERATE_LATEX = NO
GENERATE_XML = YES
OUTPUT_DIRECTORY = $out/doxygen
QUIET = YES
WARN_IF_UNDOCUMENTED = YES
EXCLUDE_SYMBOLS = dam::v1::detail*
MACRO_EXPANSION = YES
PREDEFINED = __attribute__(x)= __cpp_exceptions=1 __cpp_concepts=202002L __cpp_char8_t=1 __cpp_lib_format=1 \
    __cpp_lib_smart_ptr_for_overwrite=1
DOXYGEN
    )
    ! grep -v 'Internal inconsistency: scope for class std::' <<< "$said" | grep . &&
        grep -q '<compoundname>dam::v1::tracking_resource<' "$out"/doxygen/xml/*.xml
}
check "every public name is documented" documented

two_sources() {
    printf '#include "dam.hpp"\n#include "dam/containers.hpp"\n#include "dam/memory_resource.hpp"\n' > "$out/one.cc"
    cp "$out/one.cc" "$out/two.cc"
    echo 'dam::unique_ptr<int> made() { return dam::make_unique<int>(3); }' >> "$out/one.cc"
    echo 'dam::unique_ptr<int> made(); int main() { return *made() - 3; }' >> "$out/two.cc"
    # One of them with dam.h before, one after: either order.
    sed -i '1i #include "dam.h"' "$out/one.cc"
    echo '#include "dam.h"' >> "$out/two.cc"
    "$1" -std=c++17 "${flags[@]}" "$out/one.cc" "$out/two.cc" -o "$out/two" && "$out/two"
}
check "two sources of one program, g++" two_sources g++
check "two sources of one program, clang++" two_sources clang++

# --- the code they become -------------------------------------------------------------------------------------------

check "no longer than the standard's" scripts/cpp_costs.sh --code

# --- in the debugger ------------------------------------------------------------------------------------------------

in_gdb() { # log program
    timeout 120 gdb -nx -batch -iex "set debuginfod enabled off" -ex "set width 0" -x contrib/dam-gdb-cpp.py \
        -ex "break stop" -ex run -ex up -ex "print number" -ex "print object" -ex "print names" -ex "print none" \
        -ex "print nothing" -ex "print figures" -ex "print standard" -ex "print tracking" \
        -ex kill "$2" > "$1" 2>&1 < /dev/null
    cat "$1"
}
shown() { # log text: as it is
    grep -qF -- "$2" "$1" || { cat "$1"; return 1; }
}
shown_flags=(-std=c++17 -g -O0 -Icpp cpp/tests/gdb/shown.cc)
check "a program to look into" g++ "${shown_flags[@]}" -o "$out/shown" "${local_so[@]}"
check "the same without DAM" g++ "${shown_flags[@]}" -o "$out/shown-without"
check "the same with libc++" clang++ -stdlib=libc++ "${shown_flags[@]}" -o "$out/shown-libc++" "${local_so[@]}"
for program in shown shown-without shown-libc++; do
    check "gdb at $program" in_gdb "$out/$program.log" "$out/$program"
    check "an object" shown "$out/$program.log" '= {7}'
    check "an object as what it is" shown "$out/$program.log" 'two = 22}}'
    check "an empty pointer" shown "$out/$program.log" '= dam::unique_ptr<int> (empty)'
    check "an empty array" shown "$out/$program.log" '= dam::unique_ptr<const short []> (empty)'
    check "figures" shown "$out/$program.log" '= dam::statistics = {live_blocks = 12, used_bytes = 34}'
done
tracked='= dam::tracking_resource = {bytes = 100, peak_bytes = 100, blocks = 1, allocations = 1}'
check "an array" shown "$out/shown.log" '= dam::unique_ptr<std::string []> of 3 = {"", "", "Ada"}'
check "an array of libc++" shown "$out/shown-libc++.log" '= dam::unique_ptr<std::string []> of 3 = {'
check "an array whose length nobody knows" shown "$out/shown-without.log" \
    '= dam::unique_ptr<std::string []> of some = {""}'
check "a resource" shown "$out/shown.log" "$tracked"
check "the standard's pointers are the standard's" shown "$out/shown.log" '= std::unique_ptr<int> = {get() = 0x'

# --- compilers, examples --------------------------------------------------------------------------------------------

# A script that counts by itself: its checks are ours.
other() { # script
    local ours=$tally_failed status=0 line
    "$@" > "$out/other" 2>&1 || status=$?
    while read -r line; do
        case $line in
            "ok "*) pass "${line#ok    }" ;;
            "FAIL "*) fail "${line#FAIL  }" ;;
            *" passed, "*" failed") ;;
            *) echo "$line" ;;
        esac
    done < "$out/other"
    # Whatever ends without having said why.
    ((status == 0 || tally_failed > ours)) || fail "$1" "exit status $status"
}
other scripts/cpp_grid.sh
other scripts/cpp_examples.py
tally
