# shellcheck shell=bash
# Sourced by the scripts that check something: counts what passed and what failed.

tally_passed=0
tally_failed=0

pass() { # what
    tally_passed=$((tally_passed + 1))
    echo "ok    $1"
}

fail() { # what [why]
    tally_failed=$((tally_failed + 1))
    echo "FAIL  $1${2:+: $2}"
}

# Runs a command, quietly while it succeeds: passed if it exits with 0, else failed with the
# end of its output.
check() { # what command...
    local what=$1 output
    shift
    if output=$("$@" 2>&1); then
        pass "$what"
    else
        fail "$what" "exit status $?"
        tail -n 25 <<< "$output" | sed 's/^/      | /'
    fi
}

# The line that scripts/test.sh sums up. Nothing checked is a failure too.
tally() {
    echo "$tally_passed passed, $tally_failed failed"
    [ "$tally_failed" = 0 ] && [ "$tally_passed" -gt 0 ]
}
