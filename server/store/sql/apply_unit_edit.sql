-- On: commit
-- $1 unit, $2 name, $3 zone
WITH touched AS (
    UPDATE unit SET name = $2::text, zone = $3::text WHERE unit_id = $1::integer
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
