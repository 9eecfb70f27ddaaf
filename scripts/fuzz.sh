#!/usr/bin/env bash
# Fuzzes the API against a shadow heap with libFuzzer.   fuzz.sh [SECONDS, default 60]
# DAM_TEST_SEED=n repeats a run (from the same corpus). The corpus grows in target/fuzz/corpus; an
# input that fails is kept in target/fuzz and named in the output:
#   target/fuzz/*/release/api target/fuzz/crash-… repeats it.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
seed=${DAM_TEST_SEED:-$RANDOM$RANDOM}
cargo=${CARGO:-cargo}
log=target/fuzz/log
host=$(rustc -vV | sed -n 's/^host: //p')
program=target/fuzz/$host/release/api

# What cargo-fuzz passes, less what needs a nightly compiler: coverage counters, and compared
# values as hints for the mutator.
flags=(--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares)

mkdir -p target/fuzz/corpus
# With --target, the flags stay away from build scripts, which lack these counters' runtime.
RUSTFLAGS="${flags[*]}" "$cargo" build --release --manifest-path fuzz/Cargo.toml \
    --target-dir target/fuzz --target "$host"

status=0
"$program" -max_total_time="$seconds" -max_len=2048 -len_control=0 -timeout=60 -rss_limit_mb=2048 \
    -seed="$seed" -print_final_stats=1 -artifact_prefix=target/fuzz/ target/fuzz/corpus \
    > "$log" 2>&1 || status=$?
tail -n 12 "$log"

runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
reports=$(grep -c '^DAM:' "$log" || true)
echo "seed $seed: ${runs:-0} sequences of calls, $(find target/fuzz/corpus -type f | wc -l) in the corpus"
# A run that tried nothing, or in which the heap reported something, has not passed.
if [ "$status" = 0 ] && [ "${runs:-0}" -gt 100 ] && [ "$reports" = 0 ]; then
    echo "1 passed, 0 failed"
else
    echo "exit status $status, $reports reports: see $log"
    echo "0 passed, 1 failed"
    exit 1
fi
