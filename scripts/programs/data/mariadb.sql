CREATE DATABASE shop;
USE shop;
CREATE TABLE item (id INT PRIMARY KEY, grp INT, body VARCHAR(300), KEY (grp), FULLTEXT (body)) ENGINE = InnoDB;
INSERT INTO item SELECT seq, seq * 7919 % 1009, CONCAT('word', seq % 300, ' ', REPEAT(CHAR(97 + seq % 26), seq % 200))
    FROM seq_1_to_30000;
CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, note TEXT, doc JSON) ENGINE = Aria;
INSERT INTO log (note, doc) SELECT body, JSON_OBJECT('id', id, 'list', JSON_ARRAY(grp, id)) FROM item WHERE id % 4 = 0 ORDER BY id;
SELECT grp, COUNT(*), SUM(LENGTH(body)) FROM item GROUP BY grp ORDER BY 3 DESC, 1 LIMIT 5;
SELECT COUNT(*) FROM item WHERE MATCH(body) AGAINST ('word77');
SELECT SUM(JSON_EXTRACT(doc, '$.list[1]')) FROM log;
SELECT id, SUM(id) OVER (PARTITION BY grp ORDER BY id) FROM item WHERE grp < 2 ORDER BY id LIMIT 8;
START TRANSACTION;
UPDATE item SET body = CONCAT(body, '!') WHERE grp % 3 = 0;
DELETE FROM item WHERE grp % 7 = 0;
ROLLBACK;
UPDATE item SET grp = grp + 1 WHERE id % 2;
SET group_concat_max_len = 16000000;
SELECT MD5(GROUP_CONCAT(body ORDER BY body, id)) FROM item;
SELECT a.grp, COUNT(*) FROM item a JOIN item b USING (grp) WHERE a.id < b.id GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5;
ALTER TABLE item ADD COLUMN size INT GENERATED ALWAYS AS (LENGTH(body)) STORED;
DELIMITER //
CREATE PROCEDURE churn(n INT)
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE t LONGTEXT DEFAULT '';
    WHILE i < n DO SET t = CONCAT(t, i, ','), i = i + 1; END WHILE;
    SELECT LENGTH(t), MD5(t);
END//
DELIMITER ;
CALL churn(3000);
OPTIMIZE TABLE item, log;
