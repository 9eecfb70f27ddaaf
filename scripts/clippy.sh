#!/usr/bin/env bash
# Clippy with warnings denied, for each set of features the library is built with.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh

clippy() { # what options...
    local what=$1
    shift
    # --no-deps: other people's crates are theirs to lint.
    check "clippy: $what" "${CARGO:-cargo}" clippy --no-deps "$@" -- -D warnings
}

clippy "libdam" --lib
clippy "libdam to preload" --lib --features preload
clippy "libdam with audit" --lib --features audit
clippy "libdam_local" --lib --no-default-features --features local
clippy "the Rust library" --lib --no-default-features
clippy "tests" --all-targets
clippy "tests of libdam_local" --all-targets --no-default-features --features local
clippy "the benchmark" -p dam-bench --all-targets
clippy "the command" -p dam-cli --all-targets
tally
