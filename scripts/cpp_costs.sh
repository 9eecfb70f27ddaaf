#!/usr/bin/env bash
# What the C++ layer costs, counted, not timed.
#   --code   instructions of functions that make and drop a unique_ptr<int>, DAM's and the standard's; fails if DAM's
#            have more than one more
#   --parse  instructions that the compiler executes to read dam.hpp, as against <memory>; fails beyond 15 % more
#            (two minutes)
set -euo pipefail
cd "$(dirname "$0")/.."

out=target/cpp-costs
mkdir -p "$out"
status=0

sources() {
    cat > "$out/dam.cc" << 'CXX'
#include "dam.hpp"
dam::unique_ptr<int> make(int value) { return dam::make_unique<int>(value); }
void drop(dam::unique_ptr<int> it) { it.reset(); }
CXX
    sed 's/"dam.hpp"/<memory>/; s/dam::/std::/g' "$out/dam.cc" > "$out/std.cc"
}

length() { # object function
    objdump -d --no-show-raw-insn "$1" | awk -v name="<_Z4$2" '
        /^[0-9a-f]+ <.*>:$/ { on = index($2, name) == 1; next }
        on && /^ / { count++ }
        END { print count + 0 }'
}

code() {
    local compiler level function kind
    local -A lengths
    for compiler in g++ clang++; do
        for level in -O1 -O2 -O3; do
            for kind in dam std; do
                "$compiler" -std=c++17 "$level" -Icpp -c "$out/$kind.cc" -o "$out/$kind.o"
            done
            # It is this layer that is measured.
            nm -C "$out/dam.o" | grep -q 'dam::v1::detail::allocate(unsigned long)' || status=1
            for function in make drop; do
                for kind in dam std; do lengths[$kind]=$(length "$out/$kind.o" "$function"); done
                echo "$compiler $level $function: ${lengths[dam]} instructions, the standard's ${lengths[std]}"
                ((lengths[std] > 0 && lengths[dam] > 0 && lengths[dam] <= lengths[std] + 1)) || status=1
            done
        done
    done
}

executed() { # compiler standard source
    local compiler=$1 standard=$2 source=$3 command
    # The compiler proper, as its driver would call it.
    command=$("$compiler" -std="$standard" -fsyntax-only -Icpp "$source" '-###' 2>&1 |
        awk '/cc1plus|"-cc1"/ && !found { print; found = 1 }')
    eval "valgrind --tool=callgrind --callgrind-out-file=$out/callgrind.out $command" 2>&1 |
        awk '/Collected|refs:/ { gsub(",", "", $NF); count = $NF } END { print count }'
}

parse() {
    local compiler standard ours theirs percent
    echo '#include "dam.hpp"' > "$out/ours.cc"
    echo '#include <memory>' > "$out/theirs.cc"
    for compiler in g++ clang++; do
        for standard in c++17 c++20; do
            theirs=$(executed "$compiler" "$standard" "$out/theirs.cc")
            ours=$(executed "$compiler" "$standard" "$out/ours.cc")
            percent=$(awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "%.1f", 100 * (a - b) / b }')
            echo "$compiler $standard: <memory> $theirs instructions, dam.hpp $ours: $percent % more"
            awk -v p="$percent" 'BEGIN { exit !(p <= 15) }' || status=1
        done
    done
}

sources
case ${1:-} in
    --code) code ;;
    --parse) parse ;;
    *) echo "usage: $0 --code | --parse" >&2; exit 2 ;;
esac
exit $status
