#!/usr/bin/env bash
# Builds both libraries and puts them in dist/: libdam (replaces malloc) and libdam_local
# (exports dam_* alone). cargo decides what is out of date; a file in dist/ is touched only
# when its content changed. DEBUG=1 builds without optimisation.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
folder=release
options=(--release)
if [ "${DEBUG:-0}" != 0 ]; then
    folder=debug
    options=()
fi

# The crate types are named here and not taken from Cargo.toml: with an rlib in the same call
# cargo silently leaves out link-time optimisation. A target folder of its own keeps the result
# from being overwritten by a plain `cargo build`.
ship() { # target-folder crate-types cargo-options...
    local target=$1 types=$2
    shift 2
    mkdir -p "$target"
    "$cargo" rustc --lib "${options[@]}" --target-dir "$target" "$@" \
        --crate-type "$types" --message-format=json-render-diagnostics \
        > "$target/messages.json"
}

# One object with the documented names as its only global ones: what rustc puts into a static
# library (its own runtime, compiler built-ins) could collide with another Rust library's.
seal() { # target-folder kind
    local from=$1/$folder/libdam.a place=$1/$folder/sealed
    local names=$place/names object=$place/dam.o sealed=$place/libdam.a
    mkdir -p "$place"
    if [ "$sealed" -nt "$from" ] && [ "$sealed" -nt scripts/exports.txt ] &&
        [ "$sealed" -nt scripts/build.sh ]; then
        return
    fi
    awk -v all="$2" '$1 == "both" || $1 == all { print $2 }' scripts/exports.txt > "$names"
    # shellcheck disable=SC2046 # one word per option is meant
    ld -r $(sed 's/^/-u /' "$names") -o "$object" "$from"
    # The standard library's objects carry bitcode, which is no use when joined.
    objcopy --keep-global-symbols="$names" -R .llvmbc -R .llvmcmd "$object"
    rm -f "$sealed"
    ar -rcsD "$sealed" "$object"
}

put() { # from to mode
    if ! cmp -s "$1" "$2"; then
        # Renamed into place: a running process keeps the file it has mapped.
        install -m "$3" "$1" "$2.new"
        mv -f "$2.new" "$2"
        echo "built $2"
    fi
}

# The shared library wraps dlopen as well, which a static program must not.
ship target/ship cdylib --features preload
ship target/ship-static staticlib
ship target/ship-local cdylib,staticlib --no-default-features --features local

seal target/ship-static interpose
seal target/ship-local both

mkdir -p dist include
put "target/ship/$folder/libdam.so" dist/libdam.so 755
put "target/ship-static/$folder/sealed/libdam.a" dist/libdam.a 644
put "target/ship-local/$folder/libdam.so" dist/libdam_local.so 755
put "target/ship-local/$folder/sealed/libdam.a" dist/libdam_local.a 644

# The header is committed: a build makes it only where it is missing, and says when it is stale.
[ -e include/dam.h ] || scripts/check_header.sh --from-build --write
scripts/check_header.sh --from-build > /dev/null ||
    echo "include/dam.h does not match the sources: run 'make header'" >&2
