#!/usr/bin/env bash
# Node: buffers of many sizes, JSON, compression and hashes, on the main thread and in two workers, as in a web service.
# V8 keeps its own heap; what goes through malloc are the buffers, zlib's state and the engine itself.
# packages: nodejs
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() { :; }

measured() {
    under node "$DATA/work.mjs" > result
    cat result
}

real_main "$@"
