#!/usr/bin/env bash
# The quick benchmark: DAM beside glibc, jemalloc, mimalloc and tcmalloc as Debian ships them,
# on the workloads in bench/workloads. Installs the peers where they are missing; what cannot
# be installed is said in the tables. Arguments go to quick.py (--bar, --rounds, --only, …).
set -euo pipefail
cd "$(dirname "$0")/.."

# A file each package brings, and the package.
needed=(
    /usr/lib/*/libjemalloc.so.2 libjemalloc2
    /usr/lib/*/libmimalloc.so.2.0 libmimalloc2.0
    /usr/lib/*/libtcmalloc_minimal.so.4 libtcmalloc-minimal4
    /usr/bin/gcc gcc
    /usr/bin/g++ g++
    /usr/bin/python3 python3
)
missing=()
for ((i = 0; i < ${#needed[@]}; i += 2)); do
    [ -e "${needed[i]}" ] || missing+=("${needed[i + 1]}")
done

if ((${#missing[@]})); then
    echo "installing: ${missing[*]}"
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    apt() {
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
    }
    # One by one: a peer that is not to be had must not take the others with it.
    apt update || echo "apt-get update failed" >&2
    for package in "${missing[@]}"; do
        apt install -y --no-install-recommends "$package" > /dev/null ||
            echo "could not install $package" >&2
    done
fi

exec python3 bench/quick.py "$@"
