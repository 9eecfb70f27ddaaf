SELECT sum(abalance), count(*) FROM pgbench_accounts WHERE abalance <> 0;
SELECT sum(tbalance) FROM pgbench_tellers;
SELECT count(*), sum(delta) FROM pgbench_history;
SELECT md5(string_agg(aid || ':' || delta, ',' ORDER BY aid, delta, tid)) FROM pgbench_history;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET min_parallel_table_scan_size = 0;
SET work_mem = '2MB';
CREATE TABLE item AS SELECT i AS id, i * 7919 % 1009 AS grp, repeat(chr(97 + i % 26), i % 200) AS body,
    jsonb_build_object('id', i, 'list', jsonb_build_array(i % 7, i % 11)) AS doc FROM generate_series(1, 60000) i;
CREATE INDEX ON item (grp, id);
CREATE INDEX ON item USING gin (doc);
ANALYZE item;
SELECT a.grp, count(*), sum(length(a.body)) FROM item a JOIN item b ON a.id = b.grp GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5;
SELECT count(*) FROM item WHERE doc @> '{"list": [3]}';
SELECT md5(string_agg(md5(body), '' ORDER BY body, id)) FROM item;
SELECT id, sum(length(body)) OVER (PARTITION BY grp ORDER BY id) FROM item WHERE grp = 5 ORDER BY id LIMIT 5;
SELECT regexp_replace(string_agg(body, ' ' ORDER BY id), '(b+) (c+)', '\2 \1', 'g') = '' FROM item WHERE id < 2000;
DO $$ BEGIN
    FOR i IN 1 .. 300 LOOP
        BEGIN
            EXECUTE format('CREATE TEMP TABLE t%s AS SELECT %s AS n', i % 20, i);
        EXCEPTION WHEN duplicate_table THEN EXECUTE format('DROP TABLE t%s', i % 20);
        END;
    END LOOP;
END $$;
UPDATE item SET body = body || '!' WHERE grp % 3 = 0;
DELETE FROM item WHERE grp % 5 = 0;
VACUUM FULL item;
SELECT count(*), sum(length(body)) FROM item;
SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'checkpointer';
