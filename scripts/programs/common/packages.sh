# Installing what the selected programs need: one apt call. Packages that cannot be had are recorded in
# MISSING[program], so that the program is reported and not silently left out.
# shellcheck shell=bash

installed() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2> /dev/null) == installed ]]
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@" > "$apt_log" 2>&1
}

# Packages start their servers when installed unless this policy forbids it; we start our own, on loopback.
forbid_service_start() {
    local policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod 755 "$policy"
        policy_made=$policy
    fi
}

install_packages() {
    local name package attempt wanted=() available=()
    local tools="diffutils python3-minimal procps util-linux"   # what the scripts themselves use
    policy_made="" apt_log=$(mktemp)
    for package in $(printf '%s\n' $tools "${selected[@]/#/@}" | while read -r word; do
        case $word in @*) printf '%s\n' ${PACKAGES[${word#@}]} ;; *) echo "$word" ;; esac
    done | sort -u); do
        installed "$package" || wanted+=("$package")
    done
    if ((${#wanted[@]})); then
        echo "installing ${#wanted[@]} packages"
        forbid_service_start
        apt_get update || echo "apt-get update: $(tail -1 "$apt_log")" >&2
        # One name without a candidate would make apt refuse all the others.
        for package in "${wanted[@]}"; do
            if apt-cache show "$package" > /dev/null 2>&1; then available+=("$package"); fi
        done
        for attempt in 1 2 3; do
            if apt_get install -y --no-install-recommends "${available[@]}"; then break; fi
            echo "apt-get install, attempt $attempt: $(grep '^E:' "$apt_log" | tail -1)" >&2
            sleep 5
        done
        if [[ -n $policy_made ]]; then rm -f "$policy_made"; fi
    fi
    for name in "${selected[@]}"; do
        for package in ${PACKAGES[$name]}; do
            installed "$package" || MISSING[$name]="package $package"
        done
    done
    rm -f "$apt_log"
}
