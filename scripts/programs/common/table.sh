# docs/programs.md: a row for each program, a column for each profile. A run of one profile rewrites its column; what
# the others have is read from the page as it is.
# shellcheck shell=bash
COLUMNS_OF_TABLE=(default hardened paranoid)

# What the page says of a program in a column, by number; a dash where it says nothing.
cell_before() {
    local page=$1 name=$2 column=$3 cell=""
    if [[ -n $page && -e $page ]]; then
        cell=$(awk -F' [|] ' -v name="| $name" -v column="$column" \
            '$1 == name { sub(/ [|]$/, "", $NF); print $(column); exit }' "$page")
    fi
    printf '%s' "${cell:--}"
}

# What this run found.
cell_now() {
    local result=${RESULT[$1]}
    case $result in
        "same output") ! has_known_bug "$1" || result+=", with \`${BUG_OPTIONS[$1]}\`" ;;
        "not run: "*) ;;
        *) result="**failed**: ${result//|/\\|}" ;;
    esac
    printf '%s' "$result"
}

row() {
    local page=$1 name=$2 column=4 one
    printf '| %s | %s | %s |' "$name" "${SHOWN_VERSION[$name]:-$(cell_before "$page" "$name" 2)}" "${WHAT[$name]}"
    for one in "${COLUMNS_OF_TABLE[@]}"; do
        if [[ $one == "$profile" ]]; then
            printf ' %s |' "$(cell_now "$name")"
        else
            printf ' %s |' "$(cell_before "$page" "$name" "$column")"
        fi
        ((++column))
    done
    echo
}

bugs() {
    local name
    printf '\n## Violations that these programs do commit\n\nUnder the profiles named they run with the option beside them.\n\n'
    for name in "${NAMES[@]}"; do
        [[ -z ${BUG[$name]:-} ]] || printf -- '- %s (%s; `%s`): %s.\n' \
            "$name" "${BUG_IN[$name]// /, }" "${BUG_OPTIONS[$name]}" "${BUG[$name]}"
    done
}

# The page anew; without one, only what this run found.
table() {
    local page=${1:-} name
    cat << 'EOF'
# Programs that run on DAM

Made by `make check-programs`, with `PROFILE=hardened` for another profile; every run rewrites its column. Each program
comes from a Debian package and runs twice: on the system's allocator, and with `LD_PRELOAD=libdam.so`,
`DAM_OPTIONS=profile=...:on_violation=abort`. It passes when what it produces is the same, it ends without an error or a
signal, DAM reports nothing, and the loader shows that its malloc was DAM's.

| program | version | what was run | default | hardened | paranoid |
|---|---|---|---|---|---|
EOF
    for name in "${selected[@]}"; do row "$page" "$name"; done
    bugs
}
