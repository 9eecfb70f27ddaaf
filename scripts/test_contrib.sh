#!/usr/bin/env bash
# The examples in contrib/, by the tools they are for: promtool, systemd-analyze, gdb; and the names in them against the
# figures of a process on DAM.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh

cargo=${CARGO:-cargo}
work=$(mktemp -d)
child=
worker=
trap 'kill $child $worker 2> /dev/null || true; rm -rf "$work"' EXIT

"$cargo" build -q -p dam-cli
dam=${CARGO_TARGET_DIR:-target}/debug/dam

# At work, so that its page is written.
LD_PRELOAD=$PWD/dist/libdam.so python3 -c '
while True: x = [bytearray(i) for i in range(0, 60000, 7)]' &
child=$!
for ((i = 0; i < 100; i++)); do
    "$dam" stats "$child" --prometheus > "$work/figures" 2> "$work/why" && break
    sleep 0.05
done

check "figures of a process" test -s "$work/figures"
check "names and labels are those of the figures" scripts/lib/check_contrib.py "$work/figures" "$work/board.yml"
check "the dashboard's expressions" promtool check rules "$work/board.yml"
check "the alerts" promtool check rules contrib/prometheus/dam.rules.yml
check "each alert fires, and does not without cause" promtool test rules contrib/prometheus/dam.test.yml
# It also gives advice about names; those are the library's and stay. Status 1: they cannot be read.
readable() {
    local status=0
    promtool check metrics < "$work/figures" || status=$?
    [ "$status" = 0 ] || [ "$status" = 3 ]
}
check "the figures are what Prometheus reads" readable

# The units, with the program and the service that they name put in their place.
units() {
    mkdir -p "$work/units/cron.service.d"
    sed -e "s|/usr/local/bin/dam|$PWD/$dam|" -e '/^Documentation=/d' \
        contrib/systemd/dam-export@.service > "$work/units/dam-export@.service"
    printf '[Service]\nExecStart=/bin/true\n' > "$work/units/cron.service"
    cp contrib/systemd/dam.conf "$work/units/cron.service.d/"
    SYSTEMD_UNIT_PATH=$work/units: systemd-analyze verify --man=no \
        "$work/units/dam-export@root.service" "$work/units/cron.service" 2>&1 | tee "$work/said"
    ! grep -E 'dam|cron' "$work/said"
}
check "the systemd units" units

# What the Dockerfile copies is there.
copied() {
    local file files
    mapfile -t files < <(awk '$1 == "COPY" { for (i = 2; i < NF; i++) print $i }' contrib/docker/Dockerfile)
    ((${#files[@]})) || return 1
    for file in "${files[@]}"; do
        [ -e "$file" ] || { echo "$file is not there"; return 1; }
    done
}
check "what the Dockerfile copies" copied

# --- gdb: a live process, then a core file of the same ------------------------------------------------------------------

cc=${CC:-cc}
"$cc" -g -O1 -o "$work/at_work" scripts/lib/at_work.c
LD_PRELOAD=$PWD/dist/libdam.so "$work/at_work" 2> "$work/reports" &
worker=$!
# Until then it is this shell's copy, which does not run on DAM.
for _ in {1..100}; do
    "$dam" stats "$worker" > "$work/said" 2>&1 && break
    sleep 0.1
done
# So that it tells its pools: the core file has what it told last.
check "a map of it" "$dam" map "$worker" -o "$work/map.svg"

in_gdb() { # log arguments...
    local log=$1
    shift
    # gdb's own status is that of the last command, which may be one that has to fail: whether it came to its end is
    # what counts, and the word written there says so.
    timeout 120 gdb -nx -batch -iex "set debuginfod enabled off" -x contrib/dam-gdb.py "$@" -ex "echo end\n" < /dev/null > "$log" 2>&1 || true
    tail -n 1 "$log" | grep -qx end || { tail "$log"; return 1; }
}
said() { # log pattern
    grep -qE "$2" "$1" || { echo "not said: $2"; cat "$1"; return 1; }
}

check "gdb at the process" in_gdb "$work/live" -p "$worker" -ex "break at_work" -ex continue \
    -ex "dam heap" -ex "dam pools" -ex "dam ptr (char *)kept[0] + 9" -ex "dam ptr kept[1]" -ex "dam ptr kept[2]" -ex "dam ptr &done" \
    -ex "dam check" -ex "backtrace 1" -ex "generate-core-file $work/core" \
    -ex delete -ex "set var done = 1" -ex detach
check "figures" said "$work/live" '^  small  +[0-9]+ +[0-9]+ +[0-9]+ '
check "the violation is counted" said "$work/live" '^  violations 1$'
check "and told" said "$work/live" '^    1: double-free at 0x[0-9a-f]+'
check "pools" said "$work/live" '^ +[0-9]+  0x[0-9a-f]+ .* 48 B .* ok$'
check "a pointer into a small block" said "$work/live" ': slot [0-9]+ of 48 bytes at 0x[0-9a-f]+, byte 9 of it$'
check "a middle block" said "$work/live" '^  in middle pool [0-9]+, '
check "a large block" said "$work/live" ': a large block if it is DAM'
check "a variable is in no pool" said "$work/live" ': in no pool; in the mapping .*at_work'
check "the heap is examined" said "$work/live" '^0 faults$'
check "the thread is where it was" said "$work/live" '^#0 .*at_work '
# As it was asked to: it has freed all it had, on a heap and a stack in good order.
for ((i = 0; i < 200; i++)); do
    kill -0 "$worker" 2> /dev/null || break
    sleep 0.05
done
kill -9 "$worker" 2> /dev/null || true
if wait "$worker"; then pass "the process goes on unharmed"; else fail "the process goes on unharmed" "status $?"; fi

check "gdb on the core file" in_gdb "$work/dead" "$work/at_work" "$work/core" -ex "dam heap" -ex "dam pools" \
    -ex "dam ptr (char *)kept[0] + 9" -ex "dam check"
check "its figures" said "$work/dead" '^  live +[1-9][0-9]* blocks: 20\.'
check "its violation" said "$work/dead" '^    1: double-free at 0x[0-9a-f]+'
check "its pools" said "$work/dead" '^ +[0-9]+  0x[0-9a-f]+ .* 48 B .* ok$'
check "a pointer in it" said "$work/dead" ': slot [0-9]+ of 48 bytes at 0x[0-9a-f]+, byte 9 of it$'
check "it cannot be asked" said "$work/dead" 'a core file cannot examine itself'

# Its only thread is in the allocator, taking memory for its first block.
check "gdb in the allocator" in_gdb "$work/inside" "$work/at_work" -ex "set startup-with-shell off" \
    -ex "set environment LD_PRELOAD $PWD/dist/libdam.so" -ex "break main" -ex run \
    -ex "catch syscall mmap mprotect madvise" -ex continue -ex "dam check" -ex "dam heap" -ex "backtrace" \
    -ex "set confirm off" -ex kill
check "it cannot be asked there" said "$work/inside" '^the process cannot be asked: its threads are in the allocator'
check "its figures are told there" said "$work/inside" '^  live +0 blocks: 0 B in 0 B$'
check "it stays there" said "$work/inside" '^#[0-9]+ .* main '

check "gdb at a program without DAM" in_gdb "$work/other" "$work/at_work" -ex "break main" -ex run -ex "dam heap"
check "says so" said "$work/other" 'does not run on DAM'
check "gdb at nothing" in_gdb "$work/nothing" -ex "dam heap"
check "says what to do" said "$work/nothing" 'no process and no core file'

# The names in the script are those of the structure, in its order.
fields() {
    local known told
    known=$(awk '/^typedef struct dam_stats_t/ { on = 1; next } on && /^}/ { exit }
        on && /^ *uint64_t [a-z_]*;/ { gsub(";", ""); print $2 }' include/dam.h)
    told=$(sed -n '/^STATS = """/,/"""\.split/p' contrib/dam-gdb.py | sed 's/STATS = """//; s/""".*//' | tr ' ' '\n' | grep .)
    [ -n "$told" ] && diff <(head -n "$(wc -l <<< "$told")" <<< "$known") <(echo "$told")
}
check "the names of the figures" fields

tally
