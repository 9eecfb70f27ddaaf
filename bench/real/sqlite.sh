#!/usr/bin/env bash
# SQLite: a database in memory under a mix like its own speedtest1 (inserts, indexes, range and point queries, joins,
# updates, deletes, text functions), as an embedded cache or a test suite uses it.
# packages: sqlite3
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

# One statement per row, as an application without batching sends them: each is parsed and planned anew.
prepare() {
    awk 'BEGIN {
        print "PRAGMA temp_store = memory;\nCREATE TABLE t1(a INTEGER, b INTEGER, c TEXT);"
        print "CREATE TABLE t2(a INTEGER PRIMARY KEY, b INTEGER, c TEXT); CREATE INDEX t2b ON t2(b, c);\nBEGIN;"
        for (i = 1; i <= 100000; i++) {
            x = (i * 7919) % 150001
            printf "INSERT INTO t1 VALUES(%d, %d, '\''row %d of text %d %d'\'');\n", i, x, i, x * x % 9973, x
            if (i % 2) printf "INSERT INTO t2 VALUES(%d, %d, '\''indexed %d'\'');\n", x, i % 997, x
        }
        print "COMMIT;\nCREATE INDEX t1b ON t1(b);\nANALYZE;"
        for (i = 1; i <= 24000; i++) {
            x = (i * 6007) % 150001
            printf "SELECT c FROM t1 WHERE b = %d;\n", x
            if (i % 4 == 0) printf "SELECT count(*), avg(a) FROM t1 WHERE b BETWEEN %d AND %d;\n", x, x + 300
            if (i % 6 == 0) printf "UPDATE t1 SET c = upper(c) || %d WHERE b BETWEEN %d AND %d;\n", i, x, x + 20
            if (i % 40 == 0) printf "SELECT sum(length(t1.c)) FROM t1 JOIN t2 ON t1.b = t2.a WHERE t2.b = %d;\n", i % 997
        }
    }' > mix.sql
    cat >> mix.sql << 'SQL'
SELECT b % 100, count(*), group_concat(substr(c, 1, 9), '|') FROM (SELECT * FROM t1 ORDER BY a) GROUP BY 1;
SELECT c, row_number() OVER (PARTITION BY b % 7 ORDER BY c DESC) AS n FROM t1 ORDER BY c, n LIMIT 20000;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
    SELECT count(DISTINCT json_extract(json_object('k', i % 1000, 'v', hex(i)), '$.v')) FROM n;
CREATE TABLE t3 AS SELECT a, b, replace(c, ' ', '_') AS c FROM t1 ORDER BY c;
DELETE FROM t1 WHERE b % 3 = 0;
DELETE FROM t2 WHERE a IN (SELECT b FROM t1 LIMIT 10000);
VACUUM;
PRAGMA integrity_check;
SELECT count(*), sum(a), sum(length(c)) FROM t1;
SELECT count(*), sum(b), max(c) FROM t3;
SQL
}

measured() {
    under sqlite3 :memory: < "$MATERIAL/mix.sql" > result
    sha256sum < result
    tail -3 result
}

real_main "$@"
