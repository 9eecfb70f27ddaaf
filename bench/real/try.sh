#!/usr/bin/env bash
# Runs one script of this folder interleaved on the system's allocator and on libraries, and prints medians and what
# they are relative to the system's allocator. For looking at one program; `make bench` measures all of them.
#
# Usage: try.sh NAME [ROUNDS] [LIBRARY ...]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ $# -ge 1 && -e $here/$1.sh ]] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
name=$1
rounds=${2:-3}
libraries=(glibc "${@:3}")
material=${REAL_MATERIAL:-${TMPDIR:-/tmp}/dam_real_material}/$name
out=$(mktemp -d "${TMPDIR:-/tmp}/dam_try.XXXXXX")
trap 'rm -rf "$out"' EXIT
same=1

# Adds the figures of one run, "round NAME NUMBER" each, to the file of its library. What the script does not say
# itself comes from time(1): the peak of its largest process, and the faults and the CPU time of all, clients and
# helpers included.
run_once() {
    local number=$1 library=${libraries[$1]} preload=A=
    if [[ $library != glibc ]]; then preload="LD_PRELOAD=$(readlink -f "$library")"; fi
    UNDER_TEST=$preload /usr/bin/time -q -o "$out/time" -f 'peak_kib %M\nfaults %R\nuser_s %U\nsystem_s %S' \
        bash "$here/$name.sh" run "$material" > "$out/stdout" 3> "$out/figures" || return 1
    sed 's/^figure //' "$out/figures" | cat "$out/time" - | awk '
        { value[$1] = $2 } $1 ~ /_s$/ { value["cpu_s"] += $2; delete value[$1] }
        END { for (n in value) print n, value[n] }' >> "$out/all.$number"
    [[ -e $out/expected ]] || cp "$out/stdout" "$out/expected"
    if ! cmp -s "$out/expected" "$out/stdout"; then
        same=0
        # To be looked at; that they differ is known, and diff says so by its status.
        diff "$out/expected" "$out/stdout" | head -6 || true
    fi
}

# median FILE FIGURE
median() {
    awk -v n="$2" '$1 == n { print $2 }' "$1" | sort -g | awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : "-" }'
}

bash "$here/$name.sh" prepare "$material"
for ((round = 0; round < rounds; round++)); do
    for ((number = 0; number < ${#libraries[@]}; number++)); do
        run_once "$number" || { same=0 && echo "FAILED: $name on ${libraries[number]}"; }
    done
done
printf '%s, medians of %d:' "$name" "$rounds"
if ((same)); then echo " same output"; else echo " OUTPUT DIFFERS"; fi
mapfile -t names < <(printf 'time_ms\npeak_kib\n' && cut -d' ' -f1 "$out/all.0" | sort -u | grep -vxE 'time_ms|peak_kib')
printf '%-24s' library
printf '%22s' "${names[@]}"
echo
for ((number = 0; number < ${#libraries[@]}; number++)); do
    printf '%-24s' "$(basename "${libraries[number]}")"
    for figure in "${names[@]}"; do
        value=$(median "$out/all.$number" "$figure") base=$(median "$out/all.0" "$figure")
        printf '%22s' "$(awk -v v="$value" -v b="$base" 'BEGIN { printf("%s %.2f", v, (b > 0) ? v / b : 0) }')"
    done
    echo
done
((same))
