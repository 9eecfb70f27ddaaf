#!/usr/bin/env bash
# memcheck | helgrind [PROGRAM...]: runs C programs of c_tests on a preloaded libdam under
# valgrind; any error it finds is a failure. Without names: every program that fits.
#
# By default valgrind would put its own malloc in place and examine that. With
# --soname-synonyms=somalloc=nouserintercepts the program keeps DAM's.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh

tool=${1:-memcheck}
shift || true
case $tool in
    memcheck)
        topics=(api threads fork stats signals)
        options=(--partial-loads-ok=yes)
        ;;
    helgrind)
        topics=(threads)
        # Rust's atomics are plain instructions to helgrind: what it would say of DAM's own
        # memory is no finding. Blocks change threads inside DAM, unseen: see the file.
        options=(--suppressions=scripts/lib/helgrind.supp --history-level=approx)
        ;;
    *)
        echo "usage: $0 memcheck | helgrind [PROGRAM...]" >&2
        exit 2
        ;;
esac

out=target/valgrind
mkdir -p "$out"

# Programs that misuse memory on purpose, need more than one file, or are not made to be
# preloaded, by the directives in their first comment.
fits() { # source
    local head
    head=$(sed -n '/^\/\//!q;p' "$1")
    ! grep -qE '^// *(violation|plugin|link|needs|arguments|expect: (signal|std))' <<< "$head" &&
        ! grep -qE '^// *modes:' <(grep -vE '\bpreload\b' <<< "$head") &&
        ! grep -qxF "$tool ${1#c_tests/}" <(sed 's/ *#.*//' scripts/lib/valgrind_skip.txt)
}

directive() { # key source
    sed -n "/^\/\//!q;s/^\/\/ *$1: *//p" "$2"
}

program() { # source
    local source=$1 flags name status=0 environment=()
    name=${source#c_tests/}
    name=${name%.c}
    read -ra flags <<< "$(directive flags "$source")"
    mkdir -p "$out/${name%/*}"
    # As under a thread sanitizer the programs do a tenth of the work (LESS in threads.h).
    if ! gcc -std=gnu11 -g -O1 -w -fno-builtin -pthread -Ic_tests/support -Iinclude \
        -D__SANITIZE_THREAD__ "${flags[@]}" "$source" -o "$out/$name" -ldl -lm; then
        fail "$name does not build"
        return
    fi
    mapfile -t environment < <(directive environment "$source")
    environment+=(LD_PRELOAD="$PWD/dist/libdam.so" DAM_TEST=1
        DAM_OPTIONS="$(directive options "$source")")
    env "${environment[@]}" timeout -k 10 300 valgrind --tool="$tool" -q --error-exitcode=99 \
        --soname-synonyms=somalloc=nouserintercepts --fair-sched=yes --log-file="$out/$name.%p.log" \
        "${options[@]}" "$out/$name" > "$out/$name.out" 2>&1 || status=$?
    if [ "$status" = 0 ] && ! grep -q '[^ ]' "$out/$name".*.log; then
        pass "$tool $name"
    else
        fail "$tool $name" "exit status $status"
        tail -n 5 "$out/$name.out" | sed 's/^/      | /'
        cat "$out/$name".*.log | head -n 30 | sed 's/^/      | /'
    fi
    rm -f "$out/$name".*.log
}

if (($#)); then
    sources=("$@")
else
    sources=()
    for topic in "${topics[@]}"; do
        for source in c_tests/"$topic"/*.c; do
            if [ -e "$source" ] && fits "$source"; then
                sources+=("$source")
            fi
        done
    done
fi
for source in "${sources[@]}"; do
    program "$source"
done
tally
