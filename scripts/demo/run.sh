# Running one thing twice, on the system's allocator and on DAM, and comparing. Sourced by demo.sh.
# shellcheck shell=bash disable=SC2154
failures=0

# Put the preload in front of a command; `env` makes sure that nothing but the command gets it.
on_glibc() { env "$@"; }
on_dam() { env LD_PRELOAD="$library" DAM_OPTIONS="${dam_options:-}" "$@"; }

# measure <file> <glibc|dam> command...: adds "seconds KiB" to the file; the peak is that of the largest process.
measure() {
    local file=$1 where=$2
    shift 2
    local preload=()
    if [[ $where == dam ]]; then preload=("LD_PRELOAD=$library" "DAM_OPTIONS=${dam_options:-}"); fi
    /usr/bin/time -q -a -o "$file" -f '%e %M' env "${preload[@]}" "$@"
}

best_of() { awk -v c="$2" '{ print $c }' "$1" | sort -n | sed -n 1p; }
# median_of <file> <column>
median_of() { awk -v c="$2" '{ print $c }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# row <what> <checksum glibc> <checksum dam> <seconds> <seconds> <KiB> <KiB>
row() {
    local verdict="same ${2:0:8}"
    if [[ -z $2 || $2 != "$3" ]]; then
        verdict="DIFFERS"
        failures=$((failures + 1))
    fi
    awk -v what="$1" -v verdict="$verdict" -v a="$4" -v b="$5" -v m="$6" -v n="$7" 'BEGIN {
        printf "  %-33s %-14s %6.2f %6.2f s   %7.1f %7.1f MiB\n", what, verdict, a, b, m / 1024, n / 1024 }'
}

# beside <what> <times> command...: the command runs in an empty directory with the input files in $material and
# writes its result to standard output. Runs alternate, so that a busy machine disturbs both alike; the results of
# all of them must agree.
beside() {
    local what=$1 times=$2 where round status
    shift 2
    rm -f "$tmp"/{times,out,sums}.{glibc,dam}
    for ((round = 0; round < times; round++)); do
        for where in glibc dam; do
            rm -rf "$tmp/here" && mkdir "$tmp/here"
            status=0
            (cd "$tmp/here" && measure "$tmp/times.$where" "$where" "$@") > "$tmp/out.$where" 2> "$tmp/err" || status=$?
            sha256sum < "$tmp/out.$where" | cut -c1-64 >> "$tmp/sums.$where"
            if ((status != 0)) || [[ ! -s $tmp/out.$where ]] || grep -qE '^DAM: |cannot be preloaded' "$tmp/err"; then
                echo "  $what on $where: exit status $status" >&2
                tail -n 5 "$tmp/err" >&2
                failures=$((failures + 1))
            fi
        done
        if ! cmp -s "$tmp/out.glibc" "$tmp/out.dam"; then
            diff -a "$tmp/out.glibc" "$tmp/out.dam" | head -4 | cut -c1-90 >&2 || true
        fi
    done
    row "$what" "$(sort -u "$tmp/sums.glibc" | paste -sd+)" "$(sort -u "$tmp/sums.dam" | paste -sd+)" \
        "$(best_of "$tmp/times.glibc" 1)" "$(best_of "$tmp/times.dam" 1)" \
        "$(median_of "$tmp/times.glibc" 2)" "$(median_of "$tmp/times.dam" 2)"
}
