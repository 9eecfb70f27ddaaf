#!/usr/bin/env bash
# install | uninstall: libraries, headers, pkg-config and CMake files, the command dam with its manual
# pages and completions. PREFIX, BINDIR, LIBDIR, INCLUDEDIR and DATADIR say where they will be used; DESTDIR stands in front of it all
# while they are copied (for packages).
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=${PREFIX:-/usr/local}
libdir=${LIBDIR:-$prefix/lib}
includedir=${INCLUDEDIR:-$prefix/include}
bindir=${BINDIR:-$prefix/bin}
datadir=${DATADIR:-$prefix/share}
destdir=${DESTDIR:-}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
cmakedir=$libdir/cmake/dam

fill() { # template name description
    local malloc=malloc
    [ "${2:-}" != dam_local ] || malloc=dam_malloc
    sed -e "s|@PREFIX@|$prefix|" -e "s|@LIBDIR@|$libdir|" -e "s|@INCLUDEDIR@|$includedir|" \
        -e "s|@VERSION@|$version|" -e "s|@NAME@|${2:-}|" -e "s|@DESCRIPTION@|${3:-}|" \
        -e "s|@MALLOC@|$malloc|" \
        -e "s|@INCLUDE_FROM_HERE@|$(realpath -m --relative-to="$cmakedir" "$includedir")|" \
        -e "s|@DATADIR@|$datadir|" \
        -e "s|@DATA_FROM_HERE@|$(realpath -m --relative-to="$cmakedir" "$datadir")|" \
        "packaging/$1"
}

# Calls `$1 mode source target` for each file; a source with a space is a filled template.
each() {
    "$1" 755 dist/libdam.so "$libdir/libdam.so"
    "$1" 644 dist/libdam.a "$libdir/libdam.a"
    "$1" 755 dist/libdam_local.so "$libdir/libdam_local.so"
    "$1" 644 dist/libdam_local.a "$libdir/libdam_local.a"
    "$1" 644 include/dam.h "$includedir/dam.h"
    "$1" 644 cpp/dam.hpp "$includedir/dam.hpp"
    local header
    for header in cpp/dam/*.hpp; do "$1" 644 "$header" "$includedir/dam/${header##*/}"; done
    "$1" 644 cpp/dam_new.cc "$datadir/dam/dam_new.cc"
    "$1" 644 contrib/dam-gdb.py "$datadir/dam/dam-gdb.py"
    "$1" 644 contrib/dam-gdb-cpp.py "$datadir/dam/dam-gdb-cpp.py"
    "$1" 644 "dam.pc.in dam" "$libdir/pkgconfig/dam.pc" \
        "Memory allocator that detects heap misuse; replaces malloc"
    "$1" 644 "dam.pc.in dam_local" "$libdir/pkgconfig/dam_local.pc" \
        "Memory allocator that detects heap misuse; beside the system's malloc"
    "$1" 644 "dam-config.cmake.in dam" "$cmakedir/dam-config.cmake"
    "$1" 644 "dam-config-version.cmake.in dam" "$cmakedir/dam-config-version.cmake"
    "$1" 755 dist/dam "$bindir/dam"
    local page
    for page in dist/man/*.1; do "$1" 644 "$page" "$datadir/man/man1/${page##*/}"; done
    "$1" 644 dist/completions/dam.bash "$datadir/bash-completion/completions/dam"
    "$1" 644 dist/completions/_dam "$datadir/zsh/site-functions/_dam"
    "$1" 644 dist/completions/dam.fish "$datadir/fish/vendor_completions.d/dam.fish"
}

put() { # mode source target [description]
    local target=$destdir$3
    mkdir -p "$(dirname "$target")"
    # Renamed into place: running programs keep the library they have mapped.
    if [[ $2 == *" "* ]]; then
        fill "${2% *}" "${2#* }" "${4:-}" > "$target.new"
    else
        cp "$2" "$target.new"
    fi
    chmod "$1" "$target.new"
    mv -f "$target.new" "$target"
}

remove() {
    rm -f "$destdir$3"
}

case ${1:-} in
    install)
        each put
        echo "installed DAM $version in $destdir$prefix"
        ;;
    uninstall)
        each remove
        # Only the folders that are DAM's alone; the others may be anybody's.
        for folder in "$cmakedir" "$includedir/dam" "$datadir/dam"; do
            [ ! -d "$destdir$folder" ] || rmdir --ignore-fail-on-non-empty "$destdir$folder"
        done
        ;;
    *)
        echo "usage: $0 install | uninstall" >&2
        exit 2
        ;;
esac
