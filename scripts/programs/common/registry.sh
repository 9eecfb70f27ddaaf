# What a program group declares. One call per program, followed by a function run_<name> ('-' becomes '_') that
# runs it through `under` or `serve` and writes what must be the same on both allocators to stdout or $OUT:
#   program <name> packages="..." version="command" what="one phrase for the table" [binary=regex] [timeout=s] [slow=1]
#     [own_malloc=1] [limit="profile: why"] [bug_options=...] [bug="profile ...: what"]
# binary is the executable whose loading is checked (default: the first word of the version command).
# slow programs are left out by --quick. A program with own_malloc exports malloc itself, which the loader puts before
# any preload: only the presence of the library is checked.
# limit names a profile under which the program cannot be run, and why. bug tells of a violation that the program does
# commit, and the profiles that report it: there it runs with bug_options as well, so that the rest is still checked.
# shellcheck shell=bash disable=SC2034
NAMES=()
declare -A PACKAGES VERSION WHAT BINARY TIMEOUT SLOW OWN_MALLOC LIMIT LIMIT_IN BUG BUG_IN BUG_OPTIONS

program() {
    local name=$1 pair
    shift
    NAMES+=("$name")
    PACKAGES[$name]="" VERSION[$name]="" WHAT[$name]="" BINARY[$name]="" TIMEOUT[$name]=120 SLOW[$name]=0 OWN_MALLOC[$name]=0
    for pair in "$@"; do
        case $pair in
            packages=*) PACKAGES[$name]=${pair#*=} ;;
            version=*) VERSION[$name]=${pair#*=} ;;
            what=*) WHAT[$name]=${pair#*=} ;;
            binary=*) BINARY[$name]=${pair#*=} ;;
            timeout=*) TIMEOUT[$name]=${pair#*=} ;;
            slow=*) SLOW[$name]=${pair#*=} ;;
            own_malloc=*) OWN_MALLOC[$name]=${pair#*=} ;;
            limit=*) LIMIT_IN[$name]=${pair#*=} LIMIT[$name]=${pair#*: } LIMIT_IN[$name]=${LIMIT_IN[$name]%%:*} ;;
            bug=*) BUG_IN[$name]=${pair#*=} BUG[$name]=${pair#*: } BUG_IN[$name]=${BUG_IN[$name]%%:*} ;;
            bug_options=*) BUG_OPTIONS[$name]=${pair#*=} ;;
            *) echo "program $name: unknown field $pair" >&2 && return 1 ;;
        esac
    done
    if [[ -z ${BINARY[$name]} ]]; then
        BINARY[$name]=${VERSION[$name]%% *}
        BINARY[$name]=${BINARY[$name]##*/}
    fi
}

# Whether the program cannot be run under this run's profile.
is_limited() {
    [[ " ${LIMIT_IN[$1]:-} " == *" $profile "* ]]
}

# Whether this run's profile reports what the program is known to do wrong.
has_known_bug() {
    [[ " ${BUG_IN[$1]:-} " == *" $profile "* ]]
}
