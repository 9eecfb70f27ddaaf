#!/usr/bin/env bash
# Random misuse mixed into random use, over all profiles and single options.   misuse.sh [SECONDS, default 60] [SEED]
# One process a seed and set of options, MISUSE_STEPS (4000) calls a thread; a failure names them.
# DAM_LIBRARY=path runs another build of the library.
# The last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
seed=${2:-$RANDOM}
folder=target/misuse
library=${DAM_LIBRARY:-$PWD/dist/libdam.so}
steps=${MISUSE_STEPS:-4000}
crews=(4 1 16)
options=(profile=fast profile=default profile=hardened profile=paranoid
    profile=default:delay_kib=64 profile=default:zero_on_free=1 profile=default:fill_slack=1
    profile=default:canaries=address profile=default:random_slots=1 profile=default:decay_ms=0
    profile=default:check_every=20 profile=default:report=json profile=default:guard_method=mapping
    profile=hardened:delay_kib=0 profile=hardened:zero_on_free=0 profile=hardened:canaries=process
    profile=hardened:patrol=0 profile=hardened:warm_large=0 profile=hardened:check_every=20
    profile=hardened:warm_large=1 profile=default:warm_large=moved
    profile=hardened:mismatch=count profile=paranoid:guard=front profile=paranoid:guard_method=mapping
    profile=paranoid:quarantine_mib=1 profile=default:zero_size=null)

mkdir -p "$folder"
# GCC knows malloc and free, and would leave pairs of them out. soak_blocks.h has more than this program needs.
"${CC:-cc}" -O1 -g -Wall -Wextra -Wno-unused-function -Wno-unused-variable -fno-builtin -pthread \
    fuzz/misuse.c -o "$folder/misuse" -ldl
ulimit -c 0

passed=0
failed=0
end=$((SECONDS + seconds))
# Every set of options at least once.
for ((nth = 0; nth < ${#options[@]} || SECONDS < end; nth++)); do
    set=${options[nth % ${#options[@]}]}
    crew=${crews[nth / ${#options[@]} % ${#crews[@]}]}
    number=$((seed + nth / ${#options[@]}))
    rm -f "$folder"/reports.*
    if LD_PRELOAD=$library DAM_OPTIONS=$set:on_violation=continue:max_reports=300:report_to=$folder/reports \
        timeout --kill-after=1 120 "$folder/misuse" "$number" "$steps" "$crew" > "$folder/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: DAM_OPTIONS=$set:on_violation=continue misuse $number $steps $crew"
        head -n 20 "$folder/log"
    fi
done
rm -f "$folder"/reports.*
echo "seed $seed"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
