#!/usr/bin/env bash
# memcheck | helgrind [PROGRAM...]: runs C programs of c_tests on a preloaded libdam under
# valgrind; any error it finds is a failure.
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
        # Left out: what faults on purpose or judges resident memory (valgrind's own counts
        # too), and what moves large blocks by mremap, as each does that has some and frees them. Valgrind (3.19, still) takes the pages by
        # which a moved mapping grows for inaccessible when the old neighbour was.
        programs=(
            api/alignment_errors api/calloc_zero api/coalesce api/libc_callers api/malloc_info
            api/simd api/too_large stats/after_threads stats/at_rest threads/cancel threads/foreign_free
            threads/free_after_exit signals/jump_out
        )
        options=()
        ;;
    helgrind)
        # Left out: stats/while_running. Memory that one thread frees and another gets passes through a pool's lock, which
        # helgrind does not know; there main frees some at the start, and its idle stocks go home while others allocate.
        programs=(
            threads/cancel threads/churn threads/foreign_free threads/free_after_exit
            threads/late_free threads/many_alive threads/producer_consumer stats/after_threads
        )
        options=(--suppressions=scripts/lib/helgrind.supp --history-level=approx)
        ;;
    *)
        echo "usage: $0 memcheck | helgrind [PROGRAM...]" >&2
        exit 2
        ;;
esac
(($# == 0)) || programs=("$@")

out=target/valgrind
mkdir -p "$out"

directive() { # key source: the value in the program's first comment
    sed -n "/^\/\//!q;s/^\/\/ *$1: *//p" "$2"
}

run() { # program
    local name=$1 source=c_tests/$1.c flags status=0 environment=()
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
    rm -f "$out/$name".*.log
    env "${environment[@]}" timeout -k 10 600 valgrind --tool="$tool" -q --error-exitcode=99 \
        --soname-synonyms=somalloc=nouserintercepts --fair-sched=yes --log-file="$out/$name.%p.log" \
        "${options[@]}" "$out/$name" > "$out/$name.out" 2>&1 || status=$?
    # Children log too, and their exit status may be nobody's.
    if [ "$status" = 0 ] && ! cat "$out/$name".*.log | grep -q .; then
        pass "$tool $name"
    else
        fail "$tool $name" "exit status $status"
        tail -n 5 "$out/$name.out" | sed 's/^/      | /'
        cat "$out/$name".*.log | head -n 30 | sed 's/^/      | /'
    fi
}

for program in "${programs[@]}"; do
    run "$program"
done
tally
