#!/usr/bin/env bash
# Z3: a solver on generated problems (pigeonholes, a scheduling problem over integers, multiplication of bit vectors,
# arrays), as verifiers call it: terms, clauses and bignums in small blocks that live very differently long.
# packages: z3
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

pigeons() {
    awk -v n="$1" 'BEGIN {
        for (p = 0; p <= n; p++) for (h = 0; h < n; h++) printf "(declare-const p%d_%d Bool)\n", p, h
        for (p = 0; p <= n; p++) { printf "(assert (or"; for (h = 0; h < n; h++) printf " p%d_%d", p, h; print "))" }
        for (h = 0; h < n; h++) for (p = 0; p <= n; p++) for (q = 0; q < p; q++)
            printf "(assert (or (not p%d_%d) (not p%d_%d)))\n", p, h, q, h
        print "(check-sat)" }'
}

# Jobs that must not overlap on their machine; the end is squeezed step by step.
schedule() {
    awk -v n="$1" 'BEGIN {
        print "(set-logic QF_IDL)\n(declare-const end Int)"
        for (i = 0; i < n; i++) printf "(declare-const s%d Int)\n(assert (and (>= s%d 0) (<= (- s%d end) (- %d))))\n", i, i, i, i * 7 % 9 + 1
        for (i = 0; i < n; i++) for (j = 0; j < i; j++) if (i % 3 == j % 3)
            printf "(assert (or (<= (- s%d s%d) (- %d)) (<= (- s%d s%d) (- %d))))\n", i, j, i * 7 % 9 + 1, j, i, j * 7 % 9 + 1
        for (k = 90; k >= 60; k -= 6) printf "(push)\n(assert (<= end %d))\n(check-sat)\n(pop)\n", k }'
}

vectors() {
    cat << 'SMT'
(set-logic QF_BV)
(declare-const x (_ BitVec 28))
(declare-const y (_ BitVec 28))
(assert (= (bvmul x y) #xbdef147))
(assert (bvugt x #x0000100))
(assert (bvugt y #x0000100))
(check-sat)
(push)
(declare-const z (_ BitVec 28))
(assert (not (= (bvmul z (bvadd x y)) (bvadd (bvmul z x) (bvmul y z)))))
(assert (bvult z #x0000020))
(check-sat)
(pop)
SMT
}

arrays() {
    awk -v n="$1" 'BEGIN {
        print "(declare-const a0 (Array Int Int))"
        for (i = 1; i <= n; i++) printf "(declare-const i%d Int)\n(define-fun a%d () (Array Int Int) (store a%d i%d (+ (select a%d %d) %d)))\n", i, i, i - 1, i, i - 1, i % 7, i
        for (i = 2; i <= n; i++) printf "(assert (< i%d i%d))\n", i - 1, i
        printf "(assert (> (select a%d i1) (select a%d i%d)))\n(check-sat)\n", n, n, n }'
}

prepare() {
    pigeons 9 > pigeons.smt2
    schedule 24 > schedule.smt2
    vectors > vectors.smt2
    arrays 280 > arrays.smt2
}

measured() {
    local name
    for name in pigeons schedule vectors arrays; do
        under z3 -T:60 "$MATERIAL/$name.smt2" > "$name"
        echo "$name $(paste -sd' ' "$name")"
    done
}

real_main "$@"
