#!/usr/bin/env bash
# Runs real programs from Debian packages on the system's allocator and on DAM (preloaded, on_violation=abort) and
# compares what they produce. A program fails when its output differs, when it exits with an error or by a signal,
# when DAM reports a violation, when it was not really running on DAM, or when it cannot be installed.
# A full run rewrites the column of its profile in docs/programs.md.
#
# Usage: check_programs.sh [--profile NAME] [--quick] [--list] [--only NAME...]
#   --profile default (where nothing is said), hardened, paranoid ...
#   --quick   leave out the programs marked slow
#   DAM_LIB=path  check another library (a peer, to see whether a failure is DAM's); the table goes to standard output.
#   DAM_LIB=none  system allocator against itself: shows that the comparisons are free of noise.
#   DAM_OPTIONS   further options for DAM, behind on_violation=abort.
#   KEEP=1        keep the temporary directory with both runs' outputs.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
programs_dir=$root/scripts/programs
library=${DAM_LIB:-$root/dist/libdam.so}
# Debian's own binaries, not what a developer has installed before them.
SYSTEM_PATH=/usr/sbin:/usr/bin:/sbin:/bin
profile=default
selected=()
quick=0
only=0
declare -A RESULT SHOWN_VERSION MISSING
# Blocks with pages of their own cost a system call each, so paranoid needs time; the limit is there to find what hangs.
declare -A PATIENCE=([hardened]=2 [paranoid]=6)

# shellcheck source=programs/common/registry.sh
source "$programs_dir/common/registry.sh"
for group in "$programs_dir"/*.sh; do
    # shellcheck source=/dev/null
    source "$group"
done
# shellcheck source=programs/common/packages.sh
source "$programs_dir/common/packages.sh"
# shellcheck source=programs/common/table.sh
source "$programs_dir/common/table.sh"

# Install what the selected programs need and note in MISSING which cannot be checked, and why.
install_packages() {
    local name package
    # shellcheck disable=SC2046,SC2086 # names without spaces
    install_missing $(for name in "${selected[@]}"; do printf '%s\n' ${PACKAGES[$name]}; done | sort -u) \
        diffutils python3 util-linux
    for name in "${selected[@]}"; do
        for package in ${PACKAGES[$name]}; do
            installed "$package" || MISSING[$name]="package $package"
        done
    done
}

parse_arguments() {
    local name
    while (($#)); do
        case $1 in
            --profile) profile=${2:?a name} && shift ;;
            --quick) quick=1 ;;
            --list) printf '%s\n' "${NAMES[@]}" && exit 0 ;;
            --only) only=1 ;;
            -*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
            *)
                ((only)) || { echo "names come after --only: $1" >&2 && exit 2; }
                [[ -v PACKAGES[$1] ]] || { echo "no such program: $1 (see --list)" >&2 && exit 2; }
                selected+=("$1")
                ;;
        esac
        shift
    done
    if ((!only)); then selected=("${NAMES[@]}"); fi
    if ((quick)); then
        local kept=()
        for name in "${selected[@]}"; do
            if ((!SLOW[$name])); then kept+=("$name"); fi
        done
        selected=("${kept[@]}")
    fi
}

# The library is copied to a place every user can read (servers drop root), in a directory whose name the run checks.
prepare() {
    tmp=$(mktemp -d /tmp/check_programs.XXXXXX)
    chmod 755 "$tmp"
    mark="DAM_CHECK_RUN=$tmp"
    trap cleanup EXIT
    preload=""
    if [[ $library != none ]]; then
        [[ -e $library ]] || { echo "$library does not exist; run: make build" >&2 && exit 2; }
        mkdir "$tmp/preload"
        install -m 755 "$(readlink -f "$library")" "$tmp/preload/libdam.so"
        preload=$tmp/preload/libdam.so
    fi
    env -i PATH="$SYSTEM_PATH" LC_ALL=C.UTF-8 TZ=UTC "$programs_dir/common/material.sh" "$tmp/material"
}

cleanup() {
    end_leftovers
    if [[ -n ${KEEP:-} ]]; then
        echo "kept: $tmp" >&2
    else
        rm -rf "$tmp"
    fi
}

# What a run leaves behind, say a daemon that lost its parent, carries the mark of this check in its environment.
end_leftovers() {
    local pid
    grep -lszF "$mark" /proc/[0-9]*/environ 2> /dev/null | while IFS=/ read -r _ _ pid _; do
        kill -KILL "$pid" 2> /dev/null || true
    done || true
}

# One run in a clean environment and its own session.
run_once() {
    local name=$1 lib=$2 status=0
    local options="profile=$profile:on_violation=abort"
    ! has_known_bug "$name" || options+=:${BUG_OPTIONS[$name]}
    options+=${DAM_OPTIONS:+:$DAM_OPTIONS}
    local run_dir=$tmp/$name/run
    mkdir -p "$run_dir/home" "$run_dir/tmp"
    chmod 755 "$tmp/$name" "$run_dir" && chmod 1777 "$run_dir/tmp"
    env -i "$mark" PATH="$SYSTEM_PATH" HOME="$run_dir/home" TMPDIR="$run_dir/tmp" LC_ALL=C.UTF-8 TZ=UTC TERM=dumb \
        USER=root RUN_DIR="$run_dir" MATERIAL="$tmp/material" PRELOAD_LIB="$lib" PRELOAD_OPTIONS="$options" \
        setsid --wait timeout --kill-after=5 "$((TIMEOUT[$name] * ${PATIENCE[$profile]:-1}))" \
        bash "$programs_dir/common/run.sh" "$name" < /dev/null > "$run_dir/stderr" 2>&1 &
    wait $! || status=$?
    end_leftovers
    echo "$status" > "$run_dir/status"
}

# What is wrong with a finished run, in a few words; nothing when all is well.
trouble() {
    local dir=$1 status reports
    status=$(cat "$dir/status")
    if reports=$(grep -rsahm1 -E '^DAM: |DAM: (heap-|double-|invalid-|size-|dealloc-|use-|metadata-)' "$dir"); then
        printf '%s' "$(head -1 <<< "$reports" | cut -c1-160)"
    elif grep -qs 'cannot be preloaded' "$dir/stderr"; then
        printf 'the library could not be preloaded'
    elif [[ -e $dir/not_loaded ]]; then
        head -1 "$dir/not_loaded" | tr -d '\n'
    elif [[ -e $dir/died ]]; then
        head -1 "$dir/died" | cut -c1-120 | tr -d '\n'
    elif ((status == 124 || status == 137)); then
        printf 'no end within the time limit'
    elif ((status != 0)); then
        printf 'exit status %s' "$status"
    fi
}

# Crashes of helpers that a program survives (a worker restarted by its server) only show in its messages.
crash_messages() {
    grep -sahE 'terminated by signal|exited on signal|Segmentation fault|double free|corrupted|core dumped' \
        "$1/stderr" "$1"/*.log | grep -c . || true
}

compare() {
    local name=$1 problem
    local base=$tmp/$name/glibc new=$tmp/$name/dam
    if problem=$(trouble "$base") && [[ -n $problem ]]; then
        echo "fails on the system's allocator too: $problem"
    elif problem=$(trouble "$new") && [[ -n $problem ]]; then
        echo "$problem"
    elif ! diff -rq "$base/out" "$new/out" > "$tmp/$name/diff" 2>&1; then
        echo "output differs: $(head -1 "$tmp/$name/diff" | sed "s|$tmp/$name/||g" | cut -c1-120)"
    elif (($(crash_messages "$new") > $(crash_messages "$base"))); then
        echo "a part of it crashed: $(grep -m1 -sahE 'signal|Segmentation|corrupted|free' "$new/stderr" "$new"/*.log | cut -c1-120)"
    elif [[ -z $(find "$new/out" -type f -size +0 -print -quit) ]]; then
        echo "produced no output to compare"
    else
        echo "same output"
    fi
}

seconds_of() {
    local start=$EPOCHREALTIME
    "$@" || true
    awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'
}

check() {
    local name=$1 number=$2 base_time new_time
    printf '[%2d/%d] %-14s ' "$number" "${#selected[@]}" "$name"
    if [[ -n ${MISSING[$name]:-} ]]; then
        RESULT[$name]="not installable: ${MISSING[$name]}"
        echo "FAILED  ${RESULT[$name]}"
        return
    fi
    if is_limited "$name"; then
        RESULT[$name]="not run: ${LIMIT[$name]}"
        echo "${RESULT[$name]}"
        return
    fi
    base_time=$(seconds_of run_once "$name" "")
    mv "$tmp/$name/run" "$tmp/$name/glibc"
    new_time=$(seconds_of run_once "$name" "$preload")
    mv "$tmp/$name/run" "$tmp/$name/dam"
    RESULT[$name]=$(compare "$name")
    SHOWN_VERSION[$name]=$(cat "$tmp/$name/glibc/version" 2> /dev/null || true)
    if [[ ${RESULT[$name]} == "same output" ]]; then
        printf 'passed  glibc %5s s, DAM %5s s\n' "$base_time" "$new_time"
        [[ -n ${KEEP:-} ]] || rm -rf "${tmp:?}/$name"
    else
        printf 'FAILED  %s\n' "${RESULT[$name]}"
        tail -n 8 "$tmp/$name/dam/stderr" | cut -c1-200 | sed 's/^/          | /'
    fi
}

main() {
    local number=0 name passed=0 failed=0 limited=0
    parse_arguments "$@"
    install_packages
    prepare
    for name in "${selected[@]}"; do
        check "$name" $((++number))
    done
    for name in "${selected[@]}"; do
        case ${RESULT[$name]} in
            "same output") ((++passed)) ;;
            "not run: "*) ((++limited)) ;;
            *) ((++failed)) ;;
        esac
    done
    # Only a run of everything on the real library is worth keeping.
    if ((!only && !quick)) && [[ -z ${DAM_LIB:-} ]]; then
        table "$root/docs/programs.md" > "$tmp/programs.md"
        install -m 644 "$tmp/programs.md" "$root/docs/programs.md"
        echo "wrote docs/programs.md"
    elif ((!only)); then
        table
    fi
    # The test runner reads this line's end.
    ((!limited)) || echo "$limited not run"
    echo "$passed passed, $failed failed"
    ((failed == 0))
}

main "$@"
exit
