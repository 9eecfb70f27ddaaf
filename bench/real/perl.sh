#!/usr/bin/env bash
# Perl: word counts, substitutions, hashes of hashes and objects over 4 MB of text, as in log analysis. Every scalar's
# string and every array is a block of malloc's.
# packages: perl python3
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() {
    shared_material
}

measured() {
    export PERL_HASH_SEED=0
    under perl "$DATA/work.pl" "$MATERIAL/shared/words.txt" 60000 > result
    cat result
}

real_main "$@"
