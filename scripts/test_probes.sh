#!/usr/bin/env bash
# The probes for tracers (src/sys/probes.rs): that the built libraries have each of them, with its arguments in registers,
# also when they are stripped and in static programs; and that a tracer sees them hit.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A probe and how many arguments it has.
probes=(violation 3 pool_create 2 pool_empty 2 purge 1 failure 1 limit 2)
case $(uname -m) in
    aarch64) register='8@x[0-9]+' ;;
    *) register='8@%r[a-z0-9]+' ;;
esac

# "name arguments" of each note in a file, and the addresses that are in no code.
notes() { # file
    readelf -nW "$1" | awk '
        /Provider: dam$/ { ours = 1 }
        ours && /Name:/ { name = $2 }
        ours && /Arguments:/ { sub(/.*Arguments: /, ""); print name, $0; ours = 0 }'
}

has_probes() { # what file
    local found i n arguments
    found=$(notes "$2")
    for ((i = 0; i < ${#probes[@]}; i += 2)); do
        arguments=
        for ((n = 0; n < probes[i + 1]; n++)); do arguments+=" $register"; done
        check "$1: ${probes[i]}" grep -qE "^${probes[i]}$arguments$" <<< "$found"
    done
}

# All places lie in code, and hold an instruction that does nothing.
places_are_nops() { # file
    local place byte=90
    [ "$(uname -m)" != aarch64 ] || byte=d503201f
    for place in $(readelf -nW "$1" | sed -n '/Provider: dam$/,/Arguments/s/.*Location: 0x\([0-9a-f]*\),.*/\1/p'); do
        objdump -d --start-address="0x$place" --stop-address="$((16#$place + 4))" "$1" |
            grep -qE "^ *0*${place#"${place%%[!0]*}"}:[[:space:]]+$byte" || { echo "no nop at $place"; return 1; }
    done
    [ -n "${place:-}" ]
}

for library in libdam libdam_local; do
    has_probes "$library.so" "dist/$library.so"
    check "$library.so: places" places_are_nops "dist/$library.so"
    cp "dist/$library.so" "$work/stripped.so"
    strip "$work/stripped.so"
    has_probes "$library.so, stripped" "$work/stripped.so"
done

cat > "$work/misuse.c" << 'END'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    void *volatile block = malloc(100);
    char *volatile keep = malloc(40 << 20);
    free(block);
    printf("block %p\n", block);
    fflush(stdout);
    free(block);
    free(keep);
    keep = malloc((size_t)-1 / 4);
    return keep != 0;
}
END
gcc -g -O1 -w -o "$work/misuse" "$work/misuse.c"
gcc -g -O1 -w -static -Wl,--gc-sections -o "$work/static" "$work/misuse.c" dist/libdam.a
has_probes "a static program" "$work/static"
check "a static program: places" places_are_nops "$work/static"

# What a tracer sees: gdb stops at the probes and reads their arguments.
seen() { # program environment
    gdb -q -batch -nx -ex 'set startup-with-shell off' -ex 'set breakpoint pending on' \
        -ex "set environment $2" -ex 'set environment DAM_OPTIONS report_to=/nowhere/x' \
        -ex 'break main' -ex run \
        -ex 'break -probe-stap dam:violation' -ex 'break -probe-stap dam:failure' \
        -ex continue -ex 'printf "violation %d %#lx %d\n", $_probe_arg0, $_probe_arg1, $_probe_arg2' \
        -ex continue -ex 'printf "failure %lu\n", $_probe_arg0' -ex kill "$1" 2>&1
}
tells() { # program environment
    local output block
    output=$(seen "$1" "$2")
    block=$(sed -n 's/^block //p' <<< "$output")
    if ! grep -qx "violation 2 $block 0" <<< "$output" || ! grep -qx "failure 4611686018427387903" <<< "$output"; then
        echo "$output"
        return 1
    fi
}
check "gdb stops at them, preloaded" tells "$work/misuse" "LD_PRELOAD=$PWD/dist/libdam.so"
check "gdb stops at them, in a static program" tells "$work/static" "LD_PRELOAD="
tally
