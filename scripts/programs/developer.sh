# Version control, editors, debugger.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317

program git packages="git" version="git --version" slow=1 \
    what="fast-import of 400 commits, branches, merge, blame, clone over file://, gc --aggressive, fsck, bundle, archive"
run_git() {
    git() { under /usr/bin/git "$@"; }
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_NOSYSTEM=1
    export GIT_AUTHOR_DATE='1700009000 +0000' GIT_COMMITTER_DATE='1700009000 +0000'
    git init -q -b main project
    cd project
    awk -f "$DATA/git_history.awk" "$MATERIAL/words.txt" | git fast-import --quiet
    git reset -q --hard
    cp -r "$MATERIAL/tree" .
    git add -A
    git commit -q -m tree
    git rev-parse HEAD
    git checkout -q -b side HEAD~50
    echo "more" >> file3.txt
    git commit -q -a -m side
    git merge -q -m merged -X ours main
    git rev-parse HEAD
    git log --stat --format='%h %s' | sha256sum
    git log -p -M -n 60 | sha256sum
    git blame file7.txt | sha256sum
    git grep -c "van" | sort | sha256sum
    git clone -q --mirror "file://$PWD" ../copy
    cd ../copy
    git -c pack.threads=2 gc -q --aggressive --prune=now
    git fsck --full --strict
    git count-objects -v | grep -E 'in-pack|packs|garbage'
    git bundle create -q ../bundle --all
    git bundle verify -q ../bundle
    git clone -q ../bundle ../third
    cd ../third
    git rev-parse origin/main
    git diff --stat origin/main~100 origin/main | tail -1
    git archive origin/main | sha256sum
}

# A change log, undo and a script with functions, dictionaries and regular expressions, without a terminal.
program vim packages="vim" version="vim --version" binary='vim[a-z.]*' \
    what="silent Ex mode: script with lists, and dictionaries, substitutions on 20,000 lines, undo, folds, syntax to HTML"
run_vim() {
    head -20000 "$MATERIAL/words.txt" > text.txt
    under vim -N -u NONE -i NONE -es -S "$DATA/edit.vim" text.txt
    sha256sum text.txt
    cat result.txt
    cp "$DATA/matrix.c" .
    under vim -N -u NONE -i NONE -es -c 'syntax on' -c 'runtime! syntax/c.vim' -c 'let g:html_no_progress=1' \
        -c 'runtime! plugin/tohtml.vim' -c 'TOhtml' -c 'w! matrix.html' -c 'qa!' matrix.c
    grep -cE 'span|class' matrix.html
}

program emacs packages="emacs-nox" version="emacs --version" binary='emacs[-0-9a-z.]*' slow=1 \
    what="batch Lisp: buffers, regular expressions, hash tables, JSON, byte compilation, Org export, garbage collections"
run_emacs() {
    cp "$DATA/work.el" .
    under emacs -Q --batch -f batch-byte-compile work.el
    under emacs -Q --batch -l ./work.elc --eval "(work \"$MATERIAL/words.txt\")"
}

# The debugged program inherits the allocator, too. Addresses are cut out.
program gdb packages="gdb gcc libc6-dev libc6-dbg" version="gdb --version" slow=1 \
    what="breakpoints, backtraces, conditions, watchpoints, printing structures and Python scripting on a C program"
run_gdb() {
    gcc -g -O0 -o matrix "$DATA/matrix.c" -lm
    under gdb -nx -batch -ex 'set confirm off' -ex 'set startup-with-shell off' -x "$DATA/session.gdb" ./matrix 2> gdb.err |
        sed -E 's/0x[0-9a-f]+/ADDRESS/g; /^\[(Inferior|Thread|New)/d; /libthread_db/d; /Using host/d'
}
