# Shell code shared by the scripts in this folder. A script sources it, defines prepare() and measured(), and ends
# with `real_main "$@"`:
#   bash NAME.sh prepare DIR   installs the packages and makes the material in DIR, once, without an allocator
#   bash NAME.sh run DIR       does the measured work: programs under test are started as `env $UNDER_TEST program`
# UNDER_TEST is `LD_PRELOAD=/path/x.so`, or `A=` for the system's allocator. stdout is what must be the same on every
# allocator; `figure NAME NUMBER` lines on file descriptor 3 are measurements.
# shellcheck shell=bash disable=SC2013,SC2030,SC2031
set -euo pipefail

# Debian's own binaries, not what a developer has installed before them.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C TZ=UTC
UNDER_TEST=${UNDER_TEST:-A=}
REAL=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # both are read by the scripts
DATA=$REAL/data PROGRAMS=$(cd "$REAL/../../scripts/programs" && pwd)
TIMED_US=0

# shellcheck source=../../scripts/programs/common/servers.sh
source "$PROGRAMS/common/servers.sh"

# figure NAME NUMBER
figure() {
    echo "figure $1 $2" >&3
}

# Run a program under test. The time of all these calls is the script's own: hashing the results, copying material
# and waiting for servers are not in it. Not for pipelines: what runs in a subshell is not added up.
under() {
    local start=${EPOCHREALTIME/./}
    # shellcheck disable=SC2086 # several assignments
    env $UNDER_TEST "$@" 3>&-
    TIMED_US=$((TIMED_US + ${EPOCHREALTIME/./} - start))
}

# The same for a client of a server under test: timed, but on the system's allocator.
client() {
    local start=${EPOCHREALTIME/./}
    "$@" 3>&-
    TIMED_US=$((TIMED_US + ${EPOCHREALTIME/./} - start))
}

# The preload of this run, or nothing.
preload() {
    local word
    for word in $UNDER_TEST; do
        if [[ $word == LD_PRELOAD=* ]]; then echo "${word#*=}"; fi
    done
}

# Is the library of this run mapped in the process? One lost on the way would measure the system's allocator.
assert_loaded() {
    local library
    library=$(preload)
    if [[ -n $library ]] && ! grep -qF "$(readlink -f "$library")" "/proc/$1/maps"; then
        echo "$(basename "$0"): $library is not loaded in process $1" >&2
        return 1
    fi
}

# A library that cannot be preloaded at all, before a server is measured without it.
assert_loadable() {
    local library
    library=$(preload)
    # shellcheck disable=SC2086
    if [[ -n $library ]] && ! env $UNDER_TEST grep -qF "$(readlink -f "$library")" /proc/self/maps; then
        echo "$(basename "$0"): $library cannot be preloaded" >&2
        return 1
    fi
}

# Servers that give up root must be able to read the library: a copy in a directory of the run's own.
readable_library() {
    local library
    library=$(preload)
    if [[ -z $library ]]; then return 0; fi
    install -m 755 "$(readlink -f "$library")" "$1/$(basename "$library")"
    UNDER_TEST=${UNDER_TEST//"LD_PRELOAD=$library"/"LD_PRELOAD=$1/$(basename "$library")"}
}

# Start a server under test in the background; its process is in SERVER. Ends with the script at the latest.
serve() {
    # shellcheck disable=SC2086
    env $UNDER_TEST "$@" > server.log 2>&1 3>&- &
    SERVER=$!
    SERVERS+=("$SERVER")
}

# Called by stop_servers: an allocator on which a server crashes, be it as it ends, has failed the program.
server_died() {
    echo "$(basename "$0"): server $2 ended by signal $1" >&2
    return 1
}

# What the servers said is of use only where something failed.
end_run() {
    local status=$?
    kill_leftovers
    if ((status)) && [[ -e $WORK/server.log ]]; then cat "$WORK/server.log" >&2; fi
    rm -rf "$WORK"
}

# A process and what descends from it.
process_tree() {
    local child
    echo "$1"
    # It may end meanwhile: then it has no children.
    for child in $(cat "/proc/$1/task/"*/children 2> children.log || true); do process_tree "$child"; done
}

# tree_kib FIELD PID: the sum of a field of /proc/PID/status (VmHWM: the peak, VmRSS: now) over a process tree.
tree_kib() {
    local pid
    for pid in $(process_tree "$2"); do
        if [[ -r /proc/$pid/status ]]; then cat "/proc/$pid/status"; fi
    done | awk -v field="$1:" '$1 == field { sum += $2 } END { print sum + 0 }'
}

# CPU time of a process tree so far, in ms, with that of the children it has waited for.
tree_cpu_ms() {
    local pid
    for pid in $(process_tree "$1"); do
        if [[ -r /proc/$pid/stat ]]; then sed 's/.*) //' "/proc/$pid/stat"; fi
    done | awk -v hertz="$(getconf CLK_TCK)" '{ ticks += $12 + $13 + $14 + $15 } END { printf "%d\n", ticks * 1000 / hertz }'
}

# words.txt, records.json, sales.csv and more: what the programs of `make check-programs` work on, too.
shared_material() {
    "$PROGRAMS/common/material.sh" "$MATERIAL/shared"
}

# The template-heavy file of `make check-programs` with fewer instances: there it takes compilers a gigabyte.
template_heavy_file() {
    sed -e 's/(int, 48)/(int, 12)/; s/int, 48>/int, 10>/; s/make<47>/make<9>/; s/% 48/% 10/; s/Nested<6>/Nested<3>/' \
        -e 's/fill<6>/fill<3>/; s/index_sequence<120>/index_sequence<30>/' "$PROGRAMS/data/templates.cpp"
}

install_packages() {
    local missing=() package
    # shellcheck source=../../scripts/programs/common/packages.sh
    source "$PROGRAMS/common/packages.sh"
    # shellcheck disable=SC2046 # one word per package
    install_missing $(sed -n 's/^# packages://p' "$0") >&2
    for package in $(sed -n 's/^# packages://p' "$0"); do
        installed "$package" || missing+=("$package")
    done
    if ((${#missing[@]})); then
        echo "$(basename "$0"): not installable: ${missing[*]}" >&2
        return 1
    fi
}

# Material is made anew when the script or what it shares has changed since.
run_prepare() {
    local made_by
    install_packages
    made_by=$(cat "$0" "$REAL/common.sh" "$PROGRAMS"/common/material.sh | sha256sum)
    if [[ -e $MATERIAL/made_by && $(cat "$MATERIAL/made_by") == "$made_by" ]]; then return 0; fi
    find "$MATERIAL" -mindepth 1 -delete
    cd "$MATERIAL"
    prepare >&2
    echo "$made_by" > "$MATERIAL/made_by"
}

run_measured() {
    [[ -e $MATERIAL/made_by ]] || { echo "$(basename "$0"): no material in $MATERIAL; prepare first" >&2 && return 1; }
    [[ -e /proc/self/fd/3 ]] || exec 3>&2
    ulimit -c 0
    assert_loadable
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/dam_real.XXXXXX")
    trap end_run EXIT
    cd "$WORK"
    measured
    stop_servers
    figure time_ms $((TIMED_US / 1000))
}

real_main() {
    [[ $# == 2 ]] || { echo "usage: $0 prepare|run DIR" >&2 && exit 2; }
    mkdir -p "$2"
    MATERIAL=$(cd "$2" && pwd)
    case $1 in
        prepare) run_prepare ;;
        run) run_measured ;;
        *) echo "usage: $0 prepare|run DIR" >&2 && exit 2 ;;
    esac
}
