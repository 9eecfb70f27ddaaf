#!/usr/bin/env bash
# rustc: the crate syn (48 files, the parser most macros are built on) compiled to a library
# by Debian's rustc, whose malloc is the system's: most of the time LLVM, the rest types and tables. Nothing is fetched.
# packages: rustc librust-syn-dev
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"
registry=/usr/share/cargo/registry

# library NAME OPTION...: compile a crate of the registry into the current directory.
library() {
    local crate=$1 edition
    shift
    edition=$(sed -n 's/^edition = "\(.*\)"/\1/p' "$(echo $registry/"$crate"-[0-9]*/Cargo.toml)")
    "${compile[@]}" --crate-name "${crate//-/_}" --edition "${edition:-2015}" --crate-type lib --cap-lints allow \
        -L . --remap-path-prefix "$PWD=." -C metadata="$crate" "$@" "$(echo $registry/"$crate"-[0-9]*/src/lib.rs)"
}

prepare() {
    compile=(rustc)
    library unicode-ident
    library proc-macro2 --cfg 'feature="proc-macro"' --cfg use_proc_macro --cfg wrap_proc_macro \
        --extern unicode_ident=libunicode_ident.rlib
    library quote --cfg 'feature="proc-macro"' --extern proc_macro2=libproc_macro2.rlib
}

measured() {
    compile=(under rustc)
    cp "$MATERIAL"/*.rlib .
    library syn --cfg 'feature="full"' --cfg 'feature="derive"' --cfg 'feature="parsing"' --cfg 'feature="printing"' \
        --cfg 'feature="proc-macro"' --cfg 'feature="quote"' \
        --extern unicode_ident=libunicode_ident.rlib --extern quote=libquote.rlib --extern proc_macro2=libproc_macro2.rlib
    sha256sum libsyn.rlib
}

real_main "$@"
