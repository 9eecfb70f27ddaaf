#!/usr/bin/env bash
# Redis: redis-benchmark's pipelined lists, sets, hashes and strings, then a data set of every type of which nine of
# ten keys are deleted: a cache in front of an application. after_deletes_kib is what the server holds 2 s later.
# packages: redis-server redis-tools python3
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() {
    awk -v part=insert -f "$DATA/redis.awk" > insert.txt
    awk -v part=delete -f "$DATA/redis.awk" > delete.txt
}

redis() {
    redis-cli -h 127.0.0.1 -p "$port" "$@"
}

# Debian links Redis with jemalloc: the system's allocator has to be put before it.
system_allocator() {
    if [[ -z $(preload) ]]; then
        UNDER_TEST="$UNDER_TEST LD_PRELOAD=$(ldd "$(command -v redis-server)" | awk '/libc\.so/ { print $3 }')"
    fi
}

measured() {
    local port before
    system_allocator
    port=$(free_port)
    serve redis-server --port "$port" --bind 127.0.0.1 --dir "$PWD" --save "" --appendonly no \
        --enable-debug-command local
    wait_until 20 redis ping
    assert_loaded "$SERVER"
    # Its random keys are others each time: in a database of their own, which is emptied before the rest is compared.
    before=$(tree_cpu_ms "$SERVER")
    client redis-benchmark -h 127.0.0.1 -p "$port" --dbnum 1 -q -n 150000 -c 20 -P 32 -r 50000 -d 120 \
        -t set,get,lpush,rpush,lpop,sadd,spop,hset,zadd,mset > benchmark.log
    redis -n 1 flushdb sync
    client redis --pipe < "$MATERIAL/insert.txt" > pipe.log
    redis debug digest
    client redis --pipe < "$MATERIAL/delete.txt" > pipe.log
    figure server_cpu_ms $(($(tree_cpu_ms "$SERVER") - before))
    redis debug digest
    redis dbsize
    sleep 2
    figure peak_kib "$(tree_kib VmHWM "$SERVER")"
    figure after_deletes_kib "$(tree_kib VmRSS "$SERVER")"
}

real_main "$@"
