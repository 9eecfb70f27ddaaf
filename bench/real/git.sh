#!/usr/bin/env bash
# git: a generated history of 400 commits read as log with patches and statistics, blamed, searched, cloned and packed
# anew by two threads, as on a developer's machine and a forge.
# packages: git python3
# shellcheck source=common.sh disable=SC2164
source "$(dirname "$0")/common.sh"

# A home of its own: the user's settings must not count.
settings() {
    export HOME=$1 GIT_CONFIG_NOSYSTEM=1
    git config --global pack.threads 2
    git config --global gc.auto 0
}

prepare() {
    shared_material
    mkdir home
    settings "$PWD/home"
    git init -q -b main project
    awk -f "$PROGRAMS/data/git_history.awk" shared/words.txt | git -C project fast-import --quiet
    git -C project reset -q --hard
    rm -r shared
}

measured() {
    local path
    settings "$PWD"
    cp -r "$MATERIAL/project" project
    cd project
    under git --no-pager log --stat --format='%h %s' > ../stat
    under git --no-pager log -p -M > ../patches
    for path in file7.txt file11.txt file21.txt; do under git --no-pager blame "$path" > "../blame.$path"; done
    under git --no-pager grep -c van HEAD~50 > ../grep
    under git repack -q -a -d -f --depth=30 --window=40
    under git fsck --full --strict 2> ../fsck
    git rev-parse HEAD
    (cd .. && sha256sum stat patches blame.* grep fsck)
}

real_main "$@"
