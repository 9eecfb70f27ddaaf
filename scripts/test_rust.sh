#!/usr/bin/env bash
# The Rust library in somebody else's program: built and run in both profiles, and with no C name
# of DAM in the result.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh

target=$PWD/target/rust_user
user=scripts/lib/rust_user

without_exports() { # program
    local names
    [ -x "$1" ] || return 1
    names=$(nm "$1" | grep -E ' [TtWw] (malloc|free|calloc|realloc|_Znwm|dam_[a-z_]+)$') || return 0
    echo "defined in $1: $names"
    return 1
}

for profile in dev release; do
    folder=${profile/dev/debug}
    check "a Rust program builds ($profile)" \
        "${CARGO:-cargo}" build --manifest-path "$user/Cargo.toml" --profile "$profile" \
        --target-dir "$target"
    check "it runs on DAM beside C's malloc ($profile)" "$target/$folder/rust_user"
    check "it exports and defines no name of C's ($profile)" without_exports "$target/$folder/rust_user"
done
tally
