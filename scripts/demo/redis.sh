# Redis under redis-benchmark, once on each allocator: data of every type whose digest must agree, then load.
# Sourced by demo.sh.
# shellcheck shell=bash disable=SC2154

redis() { redis-cli -h 127.0.0.1 -p "$redis_port" "$@"; }

# Prints "digest seconds peakKiB requests-per-second".
redis_once() {
    local where=$1 directory=$tmp/redis.$1 digest start end peak tries=100
    mkdir -p "$directory"
    redis_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    local preload=()
    if [[ $where == dam ]]; then preload=("LD_PRELOAD=$library"); fi
    env "${preload[@]}" redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$directory" --save "" \
        --enable-debug-command local > "$directory/log" 2>&1 &
    redis_pid=$!
    until redis ping > /dev/null 2>&1 || ((--tries == 0)); do sleep 0.1; done
    # A lost preload would compare the system's allocator with itself.
    if [[ $(grep -c "$library" "/proc/$redis_pid/maps") == 0 && $where == dam ]]; then return 1; fi
    awk -f "$root/scripts/programs/data/redis.awk" | redis --pipe > /dev/null
    digest=$(redis debug digest)
    start=$EPOCHREALTIME
    redis-benchmark -h 127.0.0.1 -p "$redis_port" -q -n 60000 -c 30 -P 8 -r 20000 -d 300 \
        -t set,get,lpush,rpop,hset,zadd > "$directory/benchmark"
    end=$EPOCHREALTIME
    peak=$(awk '/VmHWM/ { print $2 }' "/proc/$redis_pid/status")
    redis shutdown nosave > /dev/null 2>&1 || true
    wait "$redis_pid" || return 1
    redis_pid=""
    if grep -q '^DAM: ' "$directory/log"; then return 1; fi
    echo "$digest $(awk -v a="$start" -v b="$end" 'BEGIN { print b - a }') $peak" > "$directory/result"
}

redis_beside() {
    local a b
    for where in glibc dam; do
        if ! redis_once "$where"; then
            echo "  Redis on $where failed:" >&2
            tail -n 5 "$tmp/redis.$where/log" >&2
            failures=$((failures + 1))
            return
        fi
    done
    read -ra a < "$tmp/redis.glibc/result"
    read -ra b < "$tmp/redis.dam/result"
    row "Redis, 360,000 requests" "${a[0]}" "${b[0]}" "${a[1]}" "${b[1]}" "${a[2]}" "${b[2]}"
    rates() { tr '\r' '\n' < "$tmp/redis.$1/benchmark" | awk '/per second/ { printf "%s %.0f  ", $1, $2 / 1000 }'; }
    echo "      thousand requests a second, without: $(rates glibc)"
    echo "                                      DAM: $(rates dam)"
}
