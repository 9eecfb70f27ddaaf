#!/usr/bin/env bash
# Runs the test runners one after the other and sums up what they report.
#   (nothing)        every test
#   --lint           the lints and structure checks too
#   --only NAME...   these runners alone (--list names them)
# The last line is "N passed, N failed". The exit status is 0 only if nothing failed, every
# runner ran at least one test and none of them stopped early.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
logs=target/test-logs
passed=0
failed=0
summary=()
local_library=(--no-default-features --features local)

tests=(unit unit-audit unit-release unit-local bench cli rust loom shuttle c-programs exports probes install contrib redis cpp misuse
    valgrind helgrind)
lints=(fmt clippy layers structure header shell mutations)
# Part of c-programs, or not of every run: by name only.
others=(sanitizers)

run_unit() { "$cargo" test --lib; }
run_unit-audit() { "$cargo" test --lib --features audit; }
run_unit-release() { "$cargo" test --lib --release; }
run_unit-local() { "$cargo" test --lib "${local_library[@]}"; }
# The benchmark's own arithmetic, not a benchmark.
run_bench() { "$cargo" test -p dam-bench; }
# The command as it is shipped, on the built library, in a terminal and in a browser.
run_cli() { scripts/build.sh && "$cargo" test -p dam-cli; }
run_rust() { "$cargo" test --doc --no-default-features && scripts/test_rust.sh; }
# Their own target folders: another --cfg would rebuild every dependency back and forth.
run_loom() {
    RUSTFLAGS="--cfg loom" "$cargo" test --lib --release --target-dir target/loom -- loom
}
run_shuttle() {
    RUSTFLAGS="--cfg shuttle" "$cargo" test --lib --release --target-dir target/shuttle -- shuttle
}
run_c-programs() { "$cargo" test --test c_programs; }
run_exports() { scripts/check_exports.sh; }
run_probes() { scripts/test_probes.sh; }
run_install() { scripts/test_install.sh; }
# The examples for other programs.
run_contrib() { scripts/test_contrib.sh; }
run_redis() { scripts/test_redis.sh; }
run_cpp() { scripts/test_cpp.sh; }
run_sanitizers() {
    local mode status=0
    for mode in ubsan local-asan local-tsan; do
        "$cargo" test --test c_programs -- "[$mode" || status=1
    done
    return $status
}
# The same calls each time, in the order that threads come to make them.
run_misuse() { MISUSE_STEPS=600 scripts/misuse.sh 1 1; }
run_valgrind() { scripts/valgrind.sh memcheck; }
run_helgrind() { scripts/valgrind.sh helgrind; }
run_fmt() { lint "$cargo" fmt --all --check; }
run_clippy() { scripts/clippy.sh; }
run_layers() { python3 scripts/check_layers.py --self-test && python3 scripts/check_layers.py; }
run_structure() { python3 scripts/check_structure.py --self-test && python3 scripts/check_structure.py; }
# Whether each mutation still finds the text it changes (`make mutations` tries them out), and `make bench-statistics` too.
run_mutations() { scripts/mutations.py --check && scripts/without_statistics.py --check; }
run_header() { scripts/check_header.sh; }
run_shell() {
    local scripts
    mapfile -t scripts < <(find scripts bench .ci -name data -prune -o -name '*.sh' -print -o -path .ci/run -print)
    # A file that is sourced sets what others use, and the other way round.
    lint shellcheck -S warning -e SC2034,SC2154 "${scripts[@]}"
}

# A command that only has an exit status: one check.
lint() {
    if "$@"; then
        echo "1 passed, 0 failed"
    else
        echo "0 passed, 1 failed"
        return 1
    fi
}

# Reads a log; prints "passed failed" summed over the summaries in it: those of cargo test and
# libtest-mimic, of cargo nextest, and "N passed, N failed".
count() {
    sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
        /^test result: .* [0-9]+ passed; [0-9]+ failed/ {
            match($0, /[0-9]+ passed/); p += substr($0, RSTART, RLENGTH) + 0
            match($0, /[0-9]+ failed/); f += substr($0, RSTART, RLENGTH) + 0
        }
        /^ *Summary \[.*tests? run:/ {
            if (match($0, /[0-9]+ passed/)) p += substr($0, RSTART, RLENGTH) + 0
            if (match($0, /[0-9]+ failed/)) f += substr($0, RSTART, RLENGTH) + 0
        }
        /^[0-9]+ passed, [0-9]+ failed$/ { p += $1; f += $3 }
        END { print p + 0, f + 0 }'
}

run() { # name
    local name=$1 log=$logs/$1.log status=0 start=$SECONDS ok bad
    echo "=== $name"
    # In a shell of its own, so that errexit holds inside the runner.
    scripts/test.sh --runner "$name" 2>&1 | tee "$log" || status=${PIPESTATUS[0]}
    read -r ok bad < <(count "$log")
    # A runner that breaks without naming a failed test (a build error, a crash), and one that
    # finds nothing to run, must not pass unseen.
    if ((bad == 0 && (status != 0 || ok == 0))); then
        echo "$name: exit status $status after $ok tests passed"
        bad=1
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    summary+=("$(printf '%-14s %5d passed %4d failed %6d s' "$name" "$ok" "$bad" $((SECONDS - start)))")
}

chosen=("${tests[@]}")
case ${1:-} in
    "") ;;
    --lint) chosen=("${lints[@]}" "${tests[@]}") ;;
    --list) printf '%s\n' "${tests[@]}" "${lints[@]}" "${others[@]}"; exit ;;
    --only) shift; chosen=("$@") ;;
    --runner) "run_$2"; exit ;;
    *) echo "usage: $0 [--lint | --list | --only NAME...]" >&2; exit 2 ;;
esac
for name in "${chosen[@]}"; do
    if ! declare -F "run_$name" > /dev/null; then
        echo "$0: no runner '$name'; there are: ${tests[*]} ${lints[*]} ${others[*]}" >&2
        exit 2
    fi
done

mkdir -p "$logs"
for name in "${chosen[@]}"; do
    run "$name"
done
printf '\n'
printf '%s\n' "${summary[@]}"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
