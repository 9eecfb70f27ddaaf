#!/usr/bin/env bash
# DAM under real programs, each beside the same run without it: the results must be the same, time and peak memory
# are shown. Then DAM's own report, and a program with an overflow that DAM catches. Debian packages are installed
# when missing. Exit status 1 when a result differs or the overflow goes unreported.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
library=${DAM_LIB:-$root/dist/libdam.so}
[[ -e $library ]] || { echo "$library does not exist; run: make build" >&2 && exit 2; }
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
data=$root/scripts/programs/data
tmp=$(mktemp -d)
shown=${library#"$root"/}
# A copy: a build that goes on meanwhile must not exchange the library under running programs.
cp "$(readlink -f "$library")" "$tmp/libdam.so"
library=$tmp/libdam.so
redis_pid=""
finish() {
    if [[ -n $redis_pid ]]; then kill -KILL "$redis_pid" 2> /dev/null || true; fi
    rm -rf "$tmp"
}
trap finish EXIT

# shellcheck source=programs/common/packages.sh
source "$root/scripts/programs/common/packages.sh"
# shellcheck source=demo/run.sh
source "$root/scripts/demo/run.sh"
# shellcheck source=demo/redis.sh
source "$root/scripts/demo/redis.sh"

heading() { printf '\n%s\n' "$1"; }

programs() {
    heading "Real programs: on the system's allocator, and on DAM (LD_PRELOAD=$shown)"
    printf '  %-33s %-14s %15s   %19s\n' "" "result" "without    DAM" "peak without    DAM"
    export material=$tmp/material data
    # shellcheck disable=SC2016 # expanded by the shell that runs the pipeline
    local pipeline='tr " " "\n" < "$material/words.txt" | sort | uniq -c | sort -k1,1nr -k2 | gawk "{ n[length(\$2)] += \$1;
        s = s \$2 } END { for (i in n) print i, n[i]; print length(s) }" | sort -n | xz -T2 | xz -d'
    # shellcheck disable=SC2016
    local history='git init -q . && awk -f "$data/git_history.awk" "$material/words.txt" | git fast-import --quiet &&
        git repack -q -a -d -f --window=20 --threads=2 && git fsck --strict 2>&1 && git log -p main | sha256sum'
    beside "Python: words, JSON, threads" 3 python3 "$root/scripts/demo/words.py" "$material/words.txt"
    beside "git: 400 commits, repack, fsck" 3 bash -eo pipefail -c "$history"
    beside "SQLite: 100,000 rows, FTS, VACUUM" 3 bash -ec 'sqlite3 data.db < "$data/sqlite.sql"; sqlite3 data.db .dump'
    beside "C++ compile (g++ -O1, templates)" 2 bash -ec 'g++ -std=c++20 -O1 -o x.o -c "$data/templates.cpp"; cat x.o'
    beside "Shell pipeline: sort, gawk, xz" 3 bash -eo pipefail -c "$pipeline"
    redis_beside
    echo "  Times are the best, peaks the median of two or three alternating runs."
}

report() {
    heading "DAM's own report of the SQLite run (DAM_OPTIONS=stats_at_exit=1)"
    (cd "$tmp" && dam_options=stats_at_exit=1 on_dam sqlite3 report.db < "$data/sqlite.sql") 2>&1 > /dev/null |
        tee "$tmp/report" | cut -c1-100
    if ! grep -q 'DAM statistics' "$tmp/report"; then
        echo "  no report" >&2
        failures=$((failures + 1))
    fi
}

# The report's figures, spelled out.
in_words() {
    sed -nE 's/^DAM: [a-z-]+: ([a-z]+) of .*block of ([0-9]+) bytes.* at offset ([0-9]+), found ([0-9a-f]+).*/\1 \2 \3 \4/p' |
        while read -r operation asked offset found; do
            echo "  In words: $operation looked at the block. $asked bytes had been asked for, and byte $offset, counted"
            echo "  from 0, is overwritten with $found. The block's pool hands out nothing more; the program lives on."
        done
}

# Nothing about the place or the size is known here: what is printed comes from the program and from DAM.
overflow() {
    local status=0
    heading "A program with a mistake: scripts/demo/overflow.c"
    gcc -g -O0 -o "$tmp/overflow" "$root/scripts/demo/overflow.c"
    grep -n -E 'malloc\(|strcat\(' "$root/scripts/demo/overflow.c" | sed 's/^/    /'
    printf '  without DAM:\n'
    on_glibc "$tmp/overflow" 2>&1 | sed 's/^/    /'
    printf '  on DAM, which goes on after a violation unless told otherwise:\n'
    on_dam "$tmp/overflow" > "$tmp/out" 2>&1 || status=$?
    fold -s -w 92 "$tmp/out" | sed 's/^/    /'
    in_words < "$tmp/out"
    if ((status != 0)) || ! grep -q '^DAM: heap-buffer-overflow' "$tmp/out" || ! grep -q '^done' "$tmp/out"; then
        echo "  DAM did not report the overflow, or the program did not go on (status $status)" >&2
        failures=$((failures + 1))
    fi
    status=0
    (ulimit -c 0 && dam_options=on_violation=abort on_dam "$tmp/overflow") > "$tmp/out" 2>&1 || status=$?
    echo "  with DAM_OPTIONS=on_violation=abort: exit status $status (128 + SIGABRT is $((128 + $(kill -l ABRT))))"
    if ((status != 128 + $(kill -l ABRT))); then failures=$((failures + 1)); fi
}

install_missing python3 git sqlite3 redis-server redis-tools g++ gcc libc6-dev gawk xz-utils coreutils time
"$root/scripts/programs/common/material.sh" "$tmp/material"
dam_options=verbose=1 on_dam sha256sum /dev/null 2>&1 > /dev/null | head -1
programs
report
overflow
if ((failures)); then
    printf '\n%d problems\n' "$failures" >&2
    exit 1
fi
printf '\nEvery result is the same with and without DAM, and the overflow was caught.\n'
exit
