# Redis under redis-benchmark, once on each allocator: data of every type whose digest must agree, then load.
# Sourced by demo.sh.
# shellcheck shell=bash disable=SC2154

redis() { redis-cli -h 127.0.0.1 -p "$redis_port" "$@"; }

start_redis() {
    local tries=100
    redis_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    env "$@" redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$tmp" --save "" \
        --enable-debug-command local > "$tmp/redis.log" 2>&1 &
    redis_pid=$!
    until redis ping > /dev/null 2>&1 || ((--tries == 0)); do sleep 0.1; done
}

# Adds "digest seconds peakKiB" to the result file of where it ran.
redis_once() {
    local where=$1 digest start end peak preload=()
    if [[ $where == dam ]]; then preload=("LD_PRELOAD=$library"); fi
    start_redis "${preload[@]}"
    # A lost preload would compare the system's allocator with itself.
    if [[ $where == dam ]] && ! grep -q "$library" "/proc/$redis_pid/maps"; then return 1; fi
    awk -f "$root/scripts/programs/data/redis.awk" | redis --pipe > /dev/null || return 1
    digest=$(redis debug digest)
    start=$EPOCHREALTIME
    redis-benchmark -h 127.0.0.1 -p "$redis_port" -q -n 60000 -c 30 -P 8 -r 20000 -d 300 \
        -t set,get,lpush,rpop,hset,zadd > "$tmp/redis.rates.$where" || return 1
    end=$EPOCHREALTIME
    peak=$(awk '/VmHWM/ { print $2 }' "/proc/$redis_pid/status")
    redis shutdown nosave > /dev/null 2>&1 || true
    wait "$redis_pid" || return 1
    redis_pid=""
    if grep -q '^DAM: ' "$tmp/redis.log"; then return 1; fi
    awk -v d="$digest" -v a="$start" -v b="$end" -v p="$peak" 'BEGIN { print d, b - a, p }' >> "$tmp/redis.$where"
}

redis_beside() {
    local where
    for where in glibc dam glibc dam; do
        if ! redis_once "$where"; then
            echo "  Redis ($where) failed:" >&2
            tail -n 5 "$tmp/redis.log" >&2
            failures=$((failures + 1))
            return
        fi
    done
    digests() { cut -d' ' -f1 "$tmp/redis.$1" | sort -u | paste -sd+; }
    row "Redis, 360,000 requests" "$(digests glibc)" "$(digests dam)" \
        "$(best_of "$tmp/redis.glibc" 2)" "$(best_of "$tmp/redis.dam" 2)" \
        "$(median_of "$tmp/redis.glibc" 3)" "$(median_of "$tmp/redis.dam" 3)"
    rates() { tr '\r' '\n' < "$tmp/redis.rates.$1" | awk '/per second/ { printf "%s %.0f  ", $1, $2 / 1000 }'; }
    echo "      thousand requests a second without: $(rates glibc)"
    echo "                                     DAM: $(rates dam)"
    if ldd "$(command -v redis-server)" | grep -q jemalloc; then
        echo "      (this redis-server is linked with jemalloc: that is its run without DAM)"
    fi
}
