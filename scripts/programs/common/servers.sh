# Servers of the scripts that run real programs: waiting for them, ending them. Sourced. Whoever starts one adds its
# process to SERVERS, and defines `server_died SIGNAL PID`: what to do about one that crashed.
# shellcheck shell=bash
SERVERS=()

# wait_until SECONDS COMMAND...: polls; a server that never answers is a failure of the run.
wait_until() {
    local tries=$(($1 * 20))
    shift
    until "$@" > /dev/null 2>&1; do
        if ((--tries <= 0)); then
            echo "gave up waiting for: $*" >&2
            return 1
        fi
        sleep 0.05
    done
}

stop_servers() {
    local pid status
    for pid in "${SERVERS[@]}"; do
        # It may have ended already; `wait` tells how.
        kill -TERM "$pid" 2> /dev/null || true
    done
    for pid in "${SERVERS[@]}"; do
        status=0
        wait "$pid" || status=$?
        # 143 is our own SIGTERM; any other signal is a crash.
        if ((status > 128 && status != 143)); then
            server_died "$((status - 128))" "$pid"
        fi
    done
    SERVERS=()
}

# For the end of a script that failed: what it has left running.
kill_leftovers() {
    local pid
    for pid in "${SERVERS[@]}"; do
        kill -KILL "$pid" 2> /dev/null || true
    done
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
