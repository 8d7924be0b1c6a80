-- On: commit
-- One that is closed looks after nobody, and nobody is on the way to it from a unit that was merged into it. A customer may
-- have come since the batch was loaded. $1 unit, $2 parent (0: none), $3 closed
WITH RECURSIVE led AS (
    SELECT $1::integer AS unit_id
    UNION
    SELECT u.unit_id FROM unit u JOIN led ON u.merged_into = led.unit_id),
touched AS (
    UPDATE unit SET parent_id = nullif($2::integer, 0), closed = $3::boolean
    WHERE unit_id = $1::integer
      AND NOT ($3::boolean AND EXISTS (SELECT 1 FROM customer c JOIN led ON led.unit_id = c.branch_id OR led.unit_id = c.region_id))
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
