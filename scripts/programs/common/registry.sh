# What a program group declares. One call per program, followed by a function run_<name> ('-' becomes '_') that
# runs it through `under` or `serve` and writes what must be the same on both allocators to stdout or $OUT:
#   program <name> packages="..." version="command" what="one phrase for the table" [binary=regex] [timeout=s] [slow=1]
#     [own_malloc=1]
# binary is the executable whose loading is checked (default: the first word of the version command).
# slow programs are left out by --quick. A program with own_malloc exports malloc itself, which the loader puts before
# any preload: only the presence of the library is checked.
# shellcheck shell=bash disable=SC2034
NAMES=()
declare -A PACKAGES VERSION WHAT BINARY TIMEOUT SLOW OWN_MALLOC

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
            *) echo "program $name: unknown field $pair" >&2 && return 1 ;;
        esac
    done
    if [[ -z ${BINARY[$name]} ]]; then
        BINARY[$name]=${VERSION[$name]%% *}
        BINARY[$name]=${BINARY[$name]##*/}
    fi
}
