# Interpreters and virtual machines. Each runs a program of its language over the shared text: hashes, strings,
# regular expressions, sorting, serialising, threads or forks where the language has them.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317

program perl packages="perl" version="perl -v" what="hashes, regular expressions, Storable, fork with pipes, threads"
run_perl() {
    under env PERL_HASH_SEED=0 perl "$DATA/words.pl" "$MATERIAL/words.txt"
}

program ruby packages="ruby" version="ruby --version" \
    what="hashes, strings, Marshal, threads, fork, GC compaction"
run_ruby() {
    under ruby "$DATA/words.rb" "$MATERIAL/words.txt"
}

program lua packages="lua5.4" version="lua5.4 -v" what="tables, strings, closures, coroutines, both collector modes"
run_lua() {
    under lua5.4 "$DATA/words.lua" "$MATERIAL/words.txt"
}

# USE_ZEND_ALLOC=0 makes PHP use malloc for every value instead of its own pools.
program php packages="php-cli" version="php --version" binary='php[0-9.]*' \
    what="arrays, preg, JSON, generators; with Zend's pools and with USE_ZEND_ALLOC=0"
run_php() {
    under php -n "$DATA/words.php" "$MATERIAL/words.txt"
    under env USE_ZEND_ALLOC=0 php -n "$DATA/words.php" "$MATERIAL/words.txt"
}

program tcl packages="tcl" version='tclsh <<< "puts [info patchlevel]"' binary='tclsh[0-9.]*' \
    what="dictionaries, lists, strings, regular expressions, child interpreters"
run_tcl() {
    under tclsh "$DATA/words.tcl" "$MATERIAL/words.txt"
}

program node packages="nodejs" version="node --version" \
    what="JSON, Map, Buffer, zlib, crypto, streams, worker threads, child process"
run_node() {
    under node "$DATA/work.mjs" "$MATERIAL/records.json"
}

program java packages="openjdk-17-jdk-headless" version="java -version" slow=1 \
    what="javac, then collections, streams, threads, direct buffers, Deflater (-Xmx256m, two collectors)"
run_java() {
    under javac -d classes "$DATA/Work.java"
    find classes -name '*.class' | sort | xargs sha256sum
    under java -Xmx256m -XX:+UseSerialGC -cp classes Work "$MATERIAL/words.txt"
    under java -Xmx256m -XX:+UseG1GC -cp classes Work "$MATERIAL/words.txt"
}

program R packages="r-base-core" version="R --version" binary="R" \
    what="data frames, aggregation, linear models, sorting, matrices, regular expressions"
run_R() {
    under Rscript --vanilla "$DATA/stats.R" "$MATERIAL/sales.csv"
}

program ocaml packages="ocaml-nox gcc" version="ocamlopt -version" binary='ocaml[a-z.]*' \
    what="byte code and native compilers, balanced trees, strings, Bigarray, Marshal"
run_ocaml() {
    cp "$DATA/tree.ml" .
    under ocaml tree.ml
    under ocamlopt -o tree tree.ml
    under ./tree
}

program bash packages="bash bash-completion" version="bash --version" \
    what="a long script: arrays, traps, subshells, here-documents, and bash-completion's own functions"
run_bash() {
    under bash "$DATA/long.sh" "$MATERIAL/sales.csv"
}

program gawk packages="gawk" version="gawk --version" what="word counts, multi-dimensional arrays, asort, gensub, MPFR"
run_gawk() {
    under gawk -f "$DATA/words.awk" "$MATERIAL/words.txt"
    under gawk -M 'BEGIN { PREC = 4000; x = 2; for (i = 0; i < 30; i++) x = x * 3.5 % 1e60; print x; print 3 ^ 3000 }'
}

program jq packages="jq" version="jq --version" binary=jq \
    what="grouping, paths, string operations and reformatting of 3 MB of JSON"
run_jq() {
    under jq '[.[] | {k: (.id % 97), s: .score}] | group_by(.k) | map({k: .[0].k, n: length, sum: (map(.s) | add)})' \
        "$MATERIAL/records.json"
    under jq -c '.[] | select(.nested.c) | .tags |= (sort | join("-")) | with_entries(.key |= ascii_upcase)' \
        "$MATERIAL/records.json" | sha256sum
    under jq '[paths(type == "number")] | length' "$MATERIAL/records.json"
}
