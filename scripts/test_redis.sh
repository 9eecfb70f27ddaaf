#!/usr/bin/env bash
# Debian's Redis, built for jemalloc and run on DAM, unmodified: what it asks its allocator is true. Also that what DAM and the
# kernel say of its memory agrees.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh
export LC_ALL=C

work=$(mktemp -d)
server=
end() {
    # It has ended by itself where all went well: that is checked last.
    [ -z "$server" ] || kill -9 "$server" 2> "$work/kill" || true
    rm -rf "$work"
}
trap end EXIT
socket=$work/redis.socket

redis() { redis-cli -s "$socket" "$@"; }

# A field of INFO memory.
memory() { redis info memory | tr -d '\r' | sed -n "s/^$1://p"; }

# Whether a formula of numbers is true.
holds() { awk "BEGIN { exit !($1) }"; }

answers() {
    for ((i = 0; i < 200; i++)); do
        [ "$(redis ping 2>&1)" != PONG ] || return 0
        sleep 0.1
    done
    cat "$work/redis.log" "$work/output"
    return 1
}

fill() {
    redis debug populate 200000 key 100 | grep -qx OK
    redis-benchmark -s "$socket" -n 20000 -r 20000 -d 300 -t set,lpush,sadd,hset -q
    # Values that go: holes for the ratios to tell of.
    redis eval "for i = 0, 199999, 3 do redis.call('del', 'key:' .. i) end" 0
    [ "$(redis dbsize)" -gt 100000 ]
}

allocated_is_near_used() {
    local allocated used
    allocated=$(memory allocator_allocated) used=$(memory used_memory)
    echo "allocator_allocated $allocated, used_memory $used"
    holds "$allocated > 0.95 * $used && $allocated < 1.05 * $used"
}

ratios_are_finite() {
    local name value
    for name in allocator_frag_ratio allocator_rss_ratio rss_overhead_ratio mem_fragmentation_ratio; do
        value=$(memory "$name")
        echo "$name $value"
        [[ $value =~ ^[0-9]+\.[0-9]+$ ]] || return 1
        holds "$value > 0.3 && $value < 10" || return 1
    done
    holds "$(memory allocator_active) >= $(memory allocator_allocated)"
}

stats_agree() {
    local stats
    stats=$(redis memory stats)
    grep -qx allocator.allocated <<< "$stats" &&
        grep -A1 -x allocator-fragmentation.ratio <<< "$stats" | tail -1 | grep -E '^[0-9.]+$'
}

# Nothing that is allocated may go.
purge_gives_back() {
    local before after digest
    digest=$(redis debug digest)
    before=$(awk '/^VmRSS/ { print $2 }' "/proc/$server/status")
    redis memory purge | grep -qx OK || return 1
    after=$(awk '/^VmRSS/ { print $2 }' "/proc/$server/status")
    echo "$before KiB, then $after KiB"
    [ "$after" -le "$before" ] && [ "$(redis debug digest)" = "$digest" ]
}

check_kernel() {
    dist/dam stats "$server" --json > "$work/stats.json"
    python3 scripts/lib/resident.py "$work/stats.json" "/proc/$server/smaps" 2
}

LD_PRELOAD=$PWD/dist/libdam.so redis-server --port 0 --unixsocket "$socket" --dir "$work" --save "" --appendonly no \
    --enable-debug-command local --logfile "$work/redis.log" > "$work/output" 2>&1 &
server=$!

check "redis-server runs on DAM" answers
check "it is filled" fill
check "allocator_allocated is within 5 % of used_memory" allocated_is_near_used
check "the ratios are finite" ratios_are_finite
check "MEMORY STATS has the same fields" stats_agree
check "MEMORY DOCTOR answers" bash -c "redis-cli -s '$socket' memory doctor | grep Sam"
check "MEMORY MALLOC-STATS is DAM's" bash -c "redis-cli -s '$socket' memory malloc-stats | grep DAM"
check "MEMORY PURGE keeps the data" purge_gives_back
check "DAM and the kernel agree to 2 % on what is in memory" check_kernel
check "it ends when it is told to" redis shutdown nosave
tally
