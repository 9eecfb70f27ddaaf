#!/usr/bin/env bash
# jq: grouping, path queries and rewriting of 3 MB of JSON, as in scripts that read an API's answers. Every value is
# a reference-counted block of its own.
# packages: jq python3
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() {
    shared_material
    mv shared/records.json .
    rm -r shared
}

measured() {
    local records=$MATERIAL/records.json
    under jq '[.[] | {k: (.id % 97), s: .score}] | group_by(.k) | map({k: .[0].k, n: length, sum: (map(.s) | add)})' \
        "$records" > groups
    under jq -c '.[] | select(.nested.c) | .tags |= (sort | join("-")) | with_entries(.key |= ascii_upcase)' \
        "$records" > rows
    under jq '[paths(type == "number")] | length' "$records" > paths
    under jq -S 'map(select(.score > 100)) | sort_by(.name) | [.[:9000][] | .tags += [.name]]' "$records" > sorted
    sha256sum groups rows paths sorted
}

real_main "$@"
