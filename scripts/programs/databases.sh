# Databases and key-value stores: server and clients run on the allocator under check, on loopback or a socket in the
# run's own directory, with data that dies with the run.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317

program sqlite packages="sqlite3" version="sqlite3 --version" \
    what="100,000 rows, indexes, FTS5, JSON, window functions, integrity check, VACUUM, dump and reload"
run_sqlite() {
    under sqlite3 data.db < "$DATA/sqlite.sql"
    under sqlite3 data.db .dump > dump.sql
    sha256sum < dump.sql
    under sqlite3 copy.db < dump.sql
    under sqlite3 copy.db "PRAGMA integrity_check; SELECT count(*), sum(length(body)) FROM item"
}

redis() {
    under redis-cli -h 127.0.0.1 -p "$port" "$@"
}

start_redis() {
    serve redis-server --port "$port" --bind 127.0.0.1 --dir "$PWD" --save "" --appendonly no --io-threads 2 \
        --enable-debug-command local --logfile "$RUN_DIR/redis.log"
    wait_until 20 redis ping
    assert_loaded "$SERVER"
}

# Mass insertion of every type, Lua, expiry, benchmark counters, a snapshot from a fork, an AOF rewrite, a restart:
# the digest of the data set must be the same each time, and the same on both allocators.
program redis packages="redis-server redis-tools" version="redis-server --version" binary="redis-server|.*redis-check-rdb" \
    slow=1 what="redis-benchmark of 16 commands, mass insertion, Lua, BGSAVE, AOF rewrite, restart; DEBUG DIGEST compared"
run_redis() {
    local port counter
    port=$(free_port)
    start_redis
    awk -f "$DATA/redis.awk" > commands.txt
    redis --pipe < commands.txt | tail -1
    redis eval "for i = 1, 20000 do redis.call('hset', 'lua:' .. i % 500, 'f' .. i, string.rep('z', i % 700)) end
        return redis.call('dbsize')" 0
    redis debug digest
    redis memory purge
    redis bgsave > /dev/null
    wait_until 20 eval "redis info persistence | grep -q rdb_bgsave_in_progress:0"
    redis config set appendonly yes
    wait_until 20 eval "redis info persistence | grep -q aof_rewrite_in_progress:0"
    redis debug loadaof
    redis debug digest
    under redis-benchmark -h 127.0.0.1 -p "$port" -q -n 5000 -c 30 -P 8 -r 5000 -d 200 --threads 2 >&2
    under redis-benchmark -h 127.0.0.1 -p "$port" -q -n 50000 -c 50 -P 4 incr counter >&2
    counter=$(redis get counter)
    echo "counter $counter, errors $(redis info errorstats | grep -c errorstat_ || true)"
    redis config set appendonly no
    redis flushall > /dev/null
    redis shutdown nosave || true
    rm -rf appendonlydir
    start_redis          # from the snapshot
    redis debug digest
    redis dbsize
}

postgres() {
    local tool=$1
    shift
    under "${AS_USER[@]}" "$bin/$tool" "$@"
}

# pgbench's seeded clients add to balances; sums do not depend on the order the clients came in.
program postgresql packages="postgresql" version="/usr/lib/postgresql/15/bin/postgres --version" slow=1 \
    what="initdb, server, pgbench with 4 clients, parallel joins and sorts, VACUUM FULL, pg_dump"
run_postgresql() {
    local bin=/usr/lib/postgresql/15/bin
    become postgres
    export PGHOST=$PWD PGDATABASE=postgres PGUSER=postgres
    postgres initdb -D data -U postgres -A trust --locale=C.UTF-8 --no-sync >&2
    serve "${AS_USER[@]}" "$bin/postgres" -D data -k "$PWD" -c listen_addresses= -c fsync=off -c shared_buffers=64MB
    wait_until 30 postgres pg_isready
    assert_loaded "$SERVER"
    postgres pgbench -i -s 2 --quiet >&2
    postgres pgbench -c 4 -j 2 -t 800 --random-seed=7 -M prepared >&2
    postgres psql -v ON_ERROR_STOP=1 -qXAt < "$DATA/postgres.sql"
    postgres pg_dump --no-comments -t item | sed '/^\\\(un\)\?restrict/d' | sha256sum
}

maria() {
    under mariadb --no-defaults --socket="$PWD/sock" --user=root "$@"
}

program mariadb packages="mariadb-server mariadb-client" version="mariadbd --version" binary=mariadbd slow=1 \
    what="install-db, server, mariadb-slap with 4 clients, InnoDB and Aria tables, FULLTEXT, CHECK and CHECKSUM TABLE"
run_mariadb() {
    become mysql
    under "${AS_USER[@]}" mariadb-install-db --no-defaults --datadir="$PWD/data" --auth-root-authentication-method=normal \
        --skip-test-db >&2
    serve "${AS_USER[@]}" mariadbd --no-defaults --datadir="$PWD/data" --socket="$PWD/sock" --skip-networking \
        --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=0 --pid-file="$PWD/data/pid"
    wait_until 30 maria -e 'SELECT 1'
    assert_loaded "$SERVER"
    maria < "$DATA/mariadb.sql"
    under mariadb-slap --no-defaults --socket="$PWD/sock" --user=root --concurrency=4 --number-of-queries=2000 \
        --auto-generate-sql --auto-generate-sql-load-type=mixed --auto-generate-sql-add-autoincrement >&2
    maria -e 'CHECKSUM TABLE shop.log; CHECK TABLE shop.item, shop.log'
    maria -e 'SHUTDOWN'
}

# The client stores, replaces, deletes and reads back values of many sizes over four connections and checks each.
program memcached packages="memcached python3" version="memcached --version" \
    what="24,000 sets with appends, deletes and reads over 4 connections, every value verified; eviction under a 64 MB limit"
run_memcached() {
    local port
    port=$(free_port)
    serve memcached -u root -l 127.0.0.1 -p "$port" -U 0 -m 64 -t 2
    wait_until 10 port_open "$port"
    assert_loaded "$SERVER"
    python3 "$DATA/memcached_client.py" "$port"
}
