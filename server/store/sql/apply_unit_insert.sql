-- On: commit
-- The epoch row, raised before, is locked: a region's home is drawn without a gap. $1 parent, $2 level, $3 code,
-- $4 name, $5 zone
WITH touched AS (
    INSERT INTO unit (parent_id, level, home_id, code, name, zone)
    SELECT $1::integer, $2::smallint,
           CASE WHEN $2::smallint = 2 THEN (SELECT coalesce(max(u.home_id), 0) + 1 FROM unit u)::smallint END,
           $3::text, $4::text, $5::text
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
