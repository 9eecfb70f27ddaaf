#!/usr/bin/env bash
# PostgreSQL: pgbench with four clients, each statement planned anew, then the queries of one long session: sorts, hash
# joins, JSON, text. Memory contexts take their blocks from malloc. peak_kib is that of the long session's process.
# packages: postgresql
# shellcheck source=common.sh disable=SC2164
source "$(dirname "$0")/common.sh"
as_user=()

# The server refuses to be root.
become_postgres() {
    bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)
    if ((EUID == 0)); then
        as_user=(setpriv --reuid=postgres --regid=postgres --init-groups)
        chown postgres "$1"
    fi
    export PGHOST=$1 PGDATABASE=postgres PGUSER=postgres
}

tool() {
    local name=$1
    shift
    "${as_user[@]}" "$bin/$name" "$@"
}

start_server() {
    serve "${as_user[@]}" "$bin/postgres" -D "$PGHOST/data" -k "$PGHOST" -c listen_addresses= -c fsync=off \
        -c shared_buffers=16MB -c autovacuum=off -c max_wal_size=256MB
    wait_until 30 tool pg_isready
}

# A cluster with pgbench's tables, packed: each run unpacks its own.
prepare() {
    local place
    place=$(mktemp -d)
    become_postgres "$place"
    cd "$place"
    tool initdb -D data -U postgres -A trust --locale=C.UTF-8 --no-sync
    UNDER_TEST=A= start_server
    tool pgbench -i -s 1 --quiet 2> init.log
    kill -INT "$SERVER"
    wait "$SERVER"
    SERVERS=()
    tar -cf "$MATERIAL/cluster.tar" data
    cd /
    rm -rf "$place"
}

measured() {
    local before
    become_postgres "$PWD"
    readable_library "$PWD"
    tar -xf "$MATERIAL/cluster.tar"
    start_server
    assert_loaded "$SERVER"
    before=$(tree_cpu_ms "$SERVER")
    client tool pgbench -n -c 4 -j 1 -t 1200 --random-seed=7 -M simple > pgbench.log 2> pgbench.err
    client tool psql -qXAt -f "$DATA/postgres.sql" -c 'SELECT sum(abalance), count(*) FROM pgbench_accounts' \
        -c "\\o $PWD/status" -c "SELECT pg_read_file('/proc/self/status')" > result 2>&1
    sleep 0.3     # until the server has reaped the session, whose CPU time counts from then on
    figure server_cpu_ms $(($(tree_cpu_ms "$SERVER") - before))
    figure peak_kib "$(awk '/VmHWM/ { print $2 }' status)"
    grep -c . result
    sha256sum < result
    tail -1 result
    # Connections that are still open would keep the server from stopping.
    kill -INT "$SERVER"
}

real_main "$@"
