#!/usr/bin/env bash
# Installs what building and testing need and the machine lacks (Debian packages, and rustfmt
# and clippy for the lints). Does nothing, and asks no network, when all of it is there.
set -euo pipefail

# A file each package brings, and the package.
needed=(
    /usr/bin/gcc gcc
    /usr/bin/g++ g++
    /usr/bin/clang++ clang
    /usr/share/doc/libclang-rt-14-dev libclang-rt-14-dev
    /usr/include/c++/v1 libc++-dev
    /usr/share/doc/libc++abi-dev libc++abi-dev
    /usr/bin/doxygen doxygen
    /usr/bin/make make
    /usr/bin/git git
    /usr/bin/readelf binutils
    /usr/bin/python3 python3
    /usr/bin/cmake cmake
    /usr/bin/pkg-config pkg-config
    /usr/bin/valgrind valgrind
    /usr/bin/shellcheck shellcheck
    /usr/share/doc/libc6-dbg libc6-dbg
    /usr/bin/chromium chromium
    /usr/bin/chromedriver chromium-driver
    /usr/bin/promtool prometheus
    /usr/bin/systemd-analyze systemd
    /usr/bin/gdb gdb
    /usr/bin/redis-server redis-server
    /usr/bin/redis-cli redis-tools
    /usr/bin/strace strace
    /usr/bin/tmux tmux
    /usr/bin/setpriv util-linux
    /usr/share/doc/python3-prometheus-client python3-prometheus-client
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
    apt update
    apt install -y --no-install-recommends "${missing[@]}" > /dev/null
fi

if ! command -v cargo > /dev/null; then
    echo "DAM needs a Rust toolchain (https://rustup.rs)" >&2
    exit 1
fi
for component in rustfmt clippy; do
    cargo "${component/rustfmt/fmt}" --version > /dev/null 2>&1 || rustup component add "$component"
done
