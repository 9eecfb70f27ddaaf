#!/usr/bin/env bash
# What the finished libraries look like from outside: exactly the documented names, no library
# needed but libc, and none of the properties that weaken a process or break early start.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh
export LC_ALL=C

documented() { # kinds beside `both`: the names of a library that exports that much
    awk -v all="$1" 'NF == 2 && ($1 == "both" || index(all, $1)) { print $2 }' scripts/exports.txt | sort
}

same() { # what expected found
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1"
        diff <(echo "$2") <(echo "$3") | sed -n 's/^</      missing:/p; s/^>/      too many:/p'
    fi
}

lacks() { # what pattern text
    if grep -qE "$2" <<< "$3"; then
        fail "$1" "$(grep -E -m 3 "$2" <<< "$3" | tr -s ' ' | tr '\n' ';')"
    else
        pass "$1"
    fi
}

shared_library() { # file kind
    local file=$1 name dynamic headers relocations
    name=$(basename "$file")
    dynamic=$(readelf -dW "$file")
    headers=$(readelf -lW "$file")
    relocations=$(readelf -rW "$file")
    same "$name exports the documented names" "$(documented "$2")" \
        "$(nm -D --defined-only "$file" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort)"
    same "$name is called $name" "$name" \
        "$(sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p' <<< "$dynamic")"
    same "$name needs libc alone" "libc.so.6" \
        "$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<< "$dynamic")"
    same "$name has its relocations read-only and bound at load" "GNU_RELRO NOW" \
        "$(grep -o -m 1 GNU_RELRO <<< "$headers") $(grep -o -m 1 -w NOW <<< "$dynamic")"
    same "$name has a stack that is not executable" "RW" \
        "$(awk '$1 == "GNU_STACK" { print $7 }' <<< "$headers")"
    lacks "$name has no segment both writable and executable" 'LOAD .* RWE ' "$headers"
    lacks "$name has no text relocations" 'TEXTREL' "$dynamic"
    # An IFUNC resolver would run while others are not relocated yet.
    lacks "$name has no IFUNC of its own" 'IRELATIV' "$relocations"
    # __tls_get_addr may call malloc: the thread's state must be reached without it.
    lacks "$name needs no __tls_get_addr" '__tls_get_addr|DTPMOD|TLSDESC' "$relocations"
    lacks "$name calls no allocator of the C library" \
        ' (malloc|free|calloc|realloc|posix_memalign|aligned_alloc)@GLIBC' "$relocations"
}

# dam_cxx_Z…, which one part of the archive calls the other by, and the mark that all probes of a program refer to are
# hidden in what is linked.
archive() { # file kind
    local name
    name=$(basename "$1")
    same "$name defines the documented names and no other" "$(documented "$2")" \
        "$(nm -g --defined-only "$1" | awk 'NF == 3 && $3 !~ /^(dam_cxx_Z|_\.stapsdt\.base$)/ { print $3 }' | sort)"
}

shared_library dist/libdam.so interpose,preload
shared_library dist/libdam_local.so both
archive dist/libdam.a interpose
archive dist/libdam_local.a both
tally
