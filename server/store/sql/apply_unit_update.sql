-- On: commit
-- A customer may have come since the batch was loaded. $1 unit, $2 parent (0: none), $3 closed
WITH touched AS (
    UPDATE unit SET parent_id = nullif($2::integer, 0), closed = $3::boolean
    WHERE unit_id = $1::integer
      AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.branch_id = $1::integer OR c.region_id = $1::integer)
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
