-- Queries of an application over one connection: many short ones planned anew each time, then sorts, hashes, JSON, text.
\set ON_ERROR_STOP 1
SET work_mem = '24MB';
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TEMP TABLE item AS SELECT i AS id, i % 977 AS kind, md5(i::text) AS name, (i * 7919) % 100003 AS price
    FROM generate_series(1, 60000) AS i;
CREATE INDEX ON item (kind);
ANALYZE item;
SELECT format('SELECT count(*), sum(price) FROM item AS a WHERE kind = %s AND name LIKE ''%s%%''', i, to_hex(i % 16))
    FROM generate_series(1, 1500) AS i \gexec
SELECT format('SELECT count(*) FROM item AS a JOIN item AS b ON a.id = b.price LEFT JOIN item AS c ON c.id = b.kind WHERE a.kind = %s AND b.id IN (1, 2, %s)', i, i * 40)
    FROM generate_series(1, 400) AS i \gexec
SELECT kind % 10, count(*), count(DISTINCT name), md5(string_agg(name, ',' ORDER BY price, id)) FROM item GROUP BY 1 ORDER BY 1;
SELECT md5(string_agg(t, '')) FROM (SELECT jsonb_build_object('id', id, 'n', jsonb_build_array(name, price))::text AS t
    FROM item ORDER BY name LIMIT 30000) AS x;
SELECT sum(length(regexp_replace(name, '([0-9]+)([a-f])', '\2-\1', 'g'))) FROM item;
SELECT md5(array_agg(d ORDER BY d)::text) FROM (SELECT DISTINCT ROW(a.kind, b.price % 50)::text AS d FROM item AS a JOIN item AS b USING (id)) AS x;
DO $$ DECLARE t text := ''; n bigint := 0; BEGIN
    FOR i IN 1..30000 LOOP t := right(t || md5(i::text), 900); n := n + length(upper(t)); END LOOP;
    RAISE NOTICE 'n %', n; END $$;
