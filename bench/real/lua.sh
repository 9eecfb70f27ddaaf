#!/usr/bin/env bash
# Lua: trees of tables, string building, closures and coroutines under both collectors, as in games and proxies that
# embed it. Lua has no pools of its own: each object is one call of realloc.
# packages: lua5.4
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

prepare() { :; }

measured() {
    under lua5.4 "$DATA/work.lua" > result
    cat result
}

real_main "$@"
