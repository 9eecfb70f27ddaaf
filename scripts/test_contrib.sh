#!/usr/bin/env bash
# The examples in contrib/, by the tools they are for: promtool, systemd-analyze, gdb; and the names in them against the
# figures of a process on DAM.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tally.sh

cargo=${CARGO:-cargo}
work=$(mktemp -d)
child=
trap '[ -z "$child" ] || kill "$child" 2> /dev/null; rm -rf "$work"' EXIT

"$cargo" build -q -p dam-cli
dam=${CARGO_TARGET_DIR:-target}/debug/dam

# At work, so that its page is written.
LD_PRELOAD=$PWD/dist/libdam.so python3 -c '
while True: x = [bytearray(i) for i in range(0, 60000, 7)]' &
child=$!
for ((i = 0; i < 100; i++)); do
    "$dam" stats "$child" --prometheus > "$work/figures" 2> "$work/why" && break
    sleep 0.05
done

check "figures of a process" test -s "$work/figures"
check "names and labels are those of the figures" scripts/lib/check_contrib.py "$work/figures" "$work/board.yml"
check "the dashboard's expressions" promtool check rules "$work/board.yml"
check "the alerts" promtool check rules contrib/prometheus/dam.rules.yml
check "each alert fires, and does not without cause" promtool test rules contrib/prometheus/dam.test.yml
# It also gives advice about names; those are the library's and stay. Status 1: they cannot be read.
readable() {
    local status=0
    promtool check metrics < "$work/figures" || status=$?
    [ "$status" = 0 ] || [ "$status" = 3 ]
}
check "the figures are what Prometheus reads" readable

# The units, with the program and the service that they name put in their place.
units() {
    mkdir -p "$work/units/cron.service.d"
    sed -e "s|/usr/local/bin/dam|$PWD/$dam|" -e '/^Documentation=/d' \
        contrib/systemd/dam-export@.service > "$work/units/dam-export@.service"
    printf '[Service]\nExecStart=/bin/true\n' > "$work/units/cron.service"
    cp contrib/systemd/dam.conf "$work/units/cron.service.d/"
    SYSTEMD_UNIT_PATH=$work/units: systemd-analyze verify --man=no \
        "$work/units/dam-export@root.service" "$work/units/cron.service" 2>&1 | tee "$work/said"
    ! grep -E 'dam|cron' "$work/said"
}
check "the systemd units" units

# What the Dockerfile copies is there.
copied() {
    local file files
    mapfile -t files < <(awk '$1 == "COPY" { for (i = 2; i < NF; i++) print $i }' contrib/docker/Dockerfile)
    ((${#files[@]})) || return 1
    for file in "${files[@]}"; do
        [ -e "$file" ] || { echo "$file is not there"; return 1; }
    done
}
check "what the Dockerfile copies" copied

tally
