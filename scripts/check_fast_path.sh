#!/usr/bin/env bash
# Holds the shipped library to its instruction budget: a malloc hit takes at most 30
# instructions and a free hit at most 42, none of them a call or locked. Callgrind says which
# instructions a hit executes, the disassembly what they are; glibc's figures stand beside.
#   check_fast_path.sh [--show] [library]     --show prints the instructions of both paths
#   check_fast_path.sh --self-test            planted faults instead of the library
set -euo pipefail
cd "$(dirname "$0")/.."

show=() mode=
case ${1:-} in
    --show) show=(--show) && shift ;;
    --self-test) mode=self-test ;;
esac
library=${1:-dist/libdam.so}
[ -n "$mode" ] || [ -f "$library" ] || { echo "$library is not built (make build)" >&2; exit 1; }

# A file each package brings, and the package. Valgrind needs libc6-dbg to read the loader.
needed=(
    /usr/bin/gcc gcc
    /usr/bin/g++ g++
    /usr/bin/objdump binutils
    /usr/bin/python3 python3
    /usr/bin/valgrind valgrind
    /usr/share/doc/libc6-dbg libc6-dbg
)
missing=()
for ((i = 0; i < ${#needed[@]}; i += 2)); do
    [ -e "${needed[i]}" ] || missing+=("${needed[i + 1]}")
done
if ((${#missing[@]})); then
    echo "installing: ${missing[*]}"
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
        install -y --no-install-recommends "${missing[@]}" > /dev/null
fi

# -fno-plt and no tail calls: `take` and `give` call the allocator directly, exactly once.
mkdir -p target/fast_path
gcc -O2 -Wall -Wextra -fno-builtin -fno-plt -fno-optimize-sibling-calls \
    -o target/fast_path/hits scripts/fast_path/hits.c -lstdc++

[ -z "$mode" ] || exec scripts/fast_path/self_test.sh
# A copy, which a build cannot change in the middle of the measurement.
copy=target/fast_path/$(basename "$library")
rm -f "$copy"
cp "$(realpath "$library")" "$copy"
exec python3 scripts/fast_path/count.py "${show[@]}" "$copy" target/fast_path
