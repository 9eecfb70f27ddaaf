#!/usr/bin/env bash
# Builds both libraries and puts them in dist/: libdam (replaces malloc) and libdam_local
# (exports dam_* alone); and the command dam with its manual pages and completions. cargo decides what is out of date; a file in dist/ is touched only
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

# The documented names of one kind: both | interpose.
names() {
    awk -v all="$1" '$1 == "both" || $1 == all { print $2 }' scripts/exports.txt
}

# C++'s operators as an object of their own, which jumps to them (dam_cxx_Znwm …, hidden). Only a
# program that uses operators gets it, so only then
# - does it need a C++ library, whose std::bad_alloc the static linker must be told to bring;
# - do the operators stand there, weakly: the program's own take precedence one by one.
operators() { # names
    local jump=jmp
    [ "$(uname -m)" != aarch64 ] || jump=b
    echo '.section .note.GNU-stack,"",%progbits'
    echo '.section .data.rel.ro,"aw",%progbits'
    echo '.quad _ZSt17__throw_bad_allocv, _ZSt15get_new_handlerv'
    echo '.text'
    awk -v jump=$jump '{
        printf ".weak %s\n.type %s, %%function\n.hidden dam_cxx%s\n", $1, $1, $1
        printf "%s: .cfi_startproc\n%s dam_cxx%s\n.cfi_endproc\n.size %s, . - %s\n", $1, jump, $1, $1, $1
    }' "$1"
}

# An archive with the documented names as its only global ones: what rustc puts into a static
# library (its own runtime, compiler built-ins) could collide with another Rust library's.
seal() { # target-folder kind
    local from=$1/$folder/libdam.a place=$1/$folder/sealed
    local sealed=$place/libdam.a objects=("$place/dam.o")
    mkdir -p "$place"
    if [ "$sealed" -nt "$from" ] && [ "$sealed" -nt scripts/exports.txt ] &&
        [ "$sealed" -nt scripts/build.sh ]; then
        return
    fi
    names "$2" > "$place/names"
    grep '^_Z' "$place/names" > "$place/operators" || true
    sed 's/.*/& dam_cxx&/' "$place/operators" > "$place/renamed"
    # Where DAM's code begins and ends: reports leave it out of the stacks they show.
    echo 'SECTIONS { .text : { dam_code_start = .; *(.text .text.*) dam_code_end = .; } }' > "$place/code.ld"
    # shellcheck disable=SC2046 # one word per option is meant
    ld -r -T "$place/code.ld" $(sed 's/^/-u /' "$place/names") -o "$place/dam.o" "$from"
    # The standard library's objects carry bitcode, which is no use when joined.
    # Other objects of a program may have probes too, and then one of the bytes that all refer to stays.
    cat "$place/names" - <<< _.stapsdt.base > "$place/kept"
    objcopy --keep-global-symbols="$place/kept" -R .llvmbc -R .llvmcmd "$place/dam.o"
    if [ -s "$place/operators" ]; then
        objcopy --redefine-syms="$place/renamed" "$place/dam.o"
        operators "$place/operators" | as -o "$place/operators.o" -
        objects+=("$place/operators.o")
    fi
    rm -f "$sealed"
    ar -rcsD "$sealed" "${objects[@]}"
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

# The command dam writes its manual pages and completions itself.
"$cargo" build -q -p dam-cli --bin dam --profile command
put target/command/dam dist/dam 755
rm -rf target/ship-command
mkdir -p dist/man dist/completions
dist/dam generate man target/ship-command/man
for shell in bash zsh fish; do dist/dam generate $shell target/ship-command/completions; done
for file in target/ship-command/*/*; do put "$file" "dist/${file#target/ship-command/}" 644; done

# The header is committed: a build makes it only where it is missing, and says when it is stale.
[ -e include/dam.h ] || scripts/check_header.sh --from-build --write
scripts/check_header.sh --from-build > /dev/null ||
    echo "include/dam.h does not match the sources: run 'make header'" >&2
