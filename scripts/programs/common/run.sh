#!/usr/bin/env bash
# Runs one program once, in a clean environment made by check_programs.sh:
#   RUN_DIR      an empty directory, at the same path in both runs so that absolute paths in outputs agree
#   PRELOAD_LIB  the library under check, or empty for the run on the system's own allocator
#   MATERIAL     input files made once, the same for both runs
# Usage: run.sh <program>
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
GROUPS_DIR=$(dirname "$here")
# shellcheck disable=SC2034 # read by the groups
DATA=$GROUPS_DIR/data
OUT=$RUN_DIR/out          # what the two runs must agree on
PRELOAD=()
if [[ -n ${PRELOAD_LIB:-} ]]; then
    PRELOAD=("LD_PRELOAD=$PRELOAD_LIB" "DAM_OPTIONS=$PRELOAD_OPTIONS")
fi

# shellcheck source=servers.sh
source "$here/servers.sh"

# Run a command on the allocator of this run. `env` sets the preload, so nothing else of this shell gets it.
under() {
    local status=0
    env "${PRELOAD[@]}" "$@" || status=$?
    if ((status > 128)); then
        echo "signal $((status - 128)): $*" >> "$RUN_DIR/died"
    fi
    return "$status"
}

# What makes a command run as another user: some servers refuse to be root. Nothing when we are not root ourselves.
become() {
    AS_USER=()
    if ((EUID == 0)); then
        AS_USER=(setpriv --reuid="$1" --regid="$1" --init-groups)
        chown "$1" .
        chmod 711 "$RUN_DIR"
    fi
}

# Start a server in the background; $! of the last one is in SERVER. It ends with stop_servers, at the latest on exit.
serve() {
    env "${PRELOAD[@]}" "$@" &
    SERVER=$!
    SERVERS+=("$SERVER")
}

# A server must have the library mapped (and on the system's allocator must not): a preload lost on the way
# would compare glibc with itself.
assert_loaded() {
    local pid=$1 mapped=no wanted=no
    if [[ -n ${PRELOAD_LIB:-} ]]; then wanted=yes; fi
    if grep -q "/preload/" "/proc/$pid/maps"; then mapped=yes; fi
    if [[ $mapped != "$wanted" ]]; then
        echo "library mapped in server $pid: $mapped, wanted: $wanted" | tee -a "$RUN_DIR/not_loaded" >&2
        return 1
    fi
}

# Called by stop_servers.
server_died() {
    echo "signal $1: server $2" >> "$RUN_DIR/died"
}

port_open() {
    (: < "/dev/tcp/127.0.0.1/$1")
}

# The version, as one word. On DAM the same call is the probe that the preload reaches this program: the loader
# itself lists the search order of every process and what each symbol was bound to.
probe() {
    local text probe_dir=$RUN_DIR/probe
    mkdir -m 777 "$probe_dir"
    text=$(LD_DEBUG=scopes,bindings LD_DEBUG_OUTPUT=$probe_dir/ld eval "under ${VERSION[$1]}" < /dev/null 2>&1) || true
    {
        grep -oE '[0-9]+(\.[0-9]+)+[0-9A-Za-z.+-]*' <<< "$text" || grep -oE '[0-9]{4,}' <<< "$text" || true
    } | sed -n 1p > "$RUN_DIR/version"
    if [[ -n ${PRELOAD_LIB:-} ]] && ! served_by_library "$1"; then
        echo "the loader did not give ${BINARY[$1]} the library's malloc in: ${VERSION[$1]}" >> "$RUN_DIR/not_loaded"
    fi
    rm -rf "$probe_dir"
}

# Some process of the probe was the program, had the library next in its search order, and its malloc bound to it.
served_by_library() {
    local trace
    for trace in "$RUN_DIR/probe"/*; do
        if grep -qE "scope 0: ([^ ]*/)?${BINARY[$1]} [^ ]*/preload/" "$trace" &&
            { ((OWN_MALLOC[$1])) || grep -qE "to [^ ]*/preload/[^ ]* \[0\]: normal symbol .malloc'" "$trace"; }; then
            return 0
        fi
    done
    return 1
}

main() {
    local program=$1 group
    # shellcheck source=/dev/null
    source "$here/registry.sh"
    for group in "$GROUPS_DIR"/*.sh; do
        # shellcheck source=/dev/null
        source "$group"
    done
    ulimit -c 0
    trap kill_leftovers EXIT
    mkdir -p "$OUT" "$RUN_DIR/work"
    cd "$RUN_DIR/work"
    probe "$program"
    "run_${program//-/_}" > "$OUT/stdout"
    stop_servers
}

main "$@"
