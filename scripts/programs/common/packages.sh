# Installing Debian packages for the scripts that run real programs. Sourced.
# shellcheck shell=bash

installed() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2> /dev/null) == installed ]]
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq "$@" > "$apt_log" 2>&1
}

# Packages start their servers when installed unless this policy forbids it; the scripts start their own, on loopback.
forbid_service_start() {
    policy_made=""
    if [[ ! -e /usr/sbin/policy-rc.d ]]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d > /dev/null
        as_root chmod 755 /usr/sbin/policy-rc.d
        policy_made=1
    fi
}

# Install what is missing of the packages named, in one call. Whoever calls checks what came of it: one package that
# cannot be had must not keep the others away.
install_missing() {
    local package attempt wanted=() available=()
    for package in "$@"; do
        installed "$package" || wanted+=("$package")
    done
    if ((!${#wanted[@]})); then return 0; fi
    echo "installing ${#wanted[@]} packages: ${wanted[*]}" | cut -c1-100
    apt_log=$(mktemp)
    forbid_service_start
    apt_get update || echo "apt-get update: $(tail -1 "$apt_log")" >&2
    for package in "${wanted[@]}"; do
        if apt-cache show "$package" > /dev/null 2>&1; then available+=("$package"); fi
    done
    for attempt in 1 2 3; do
        if apt_get install -y --no-install-recommends "${available[@]}"; then break; fi
        echo "apt-get install, attempt $attempt: $(grep '^E:' "$apt_log" | tail -1)" >&2
        sleep 5
    done
    if [[ -n $policy_made ]]; then as_root rm -f /usr/sbin/policy-rc.d; fi
    rm -f "$apt_log"
}
