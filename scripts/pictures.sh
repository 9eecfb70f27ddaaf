#!/usr/bin/env bash
# Writes the pictures of the README anew: `dam top` and `dam map` on a program that is at work.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
program=
end() {
    # It may have ended by itself; what has failed before says so.
    [ -z "$program" ] || kill "$program" || true
    rm -rf "$work"
}
trap end EXIT

LD_PRELOAD=$PWD/dist/libdam.so PYTHONMALLOC=malloc python3 scripts/demo/cache.py &
program=$!
sleep 6
tmux -S "$work/tmux" -f/dev/null new-session -d -x100 -y30 "dist/dam top $program"
sleep 5
mkdir -p docs/pictures
tmux -S "$work/tmux" capture-pane -e -p | python3 scripts/lib/terminal_svg.py > docs/pictures/dam_top.svg
tmux -S "$work/tmux" kill-server
dist/dam map "$program" -o docs/pictures/heap_map.svg
