-- On: commit
-- The number within a region: customers whose file the region opened, those that it looks after, and those that are about to
-- follow their branch to it. Home 0: in all. `elsewhere`: the home is another one. One look per number, whatever the planner
-- thinks of a table that has just been filled (OFFSET 0).
SELECT c.*, u.n
FROM unnest($1::customer_look[]) AS u
CROSS JOIN LATERAL (
    SELECT c.*, c.home_id <> u.home_id AS elsewhere
    FROM customer_row c
    WHERE c.number = u.number
      AND (c.home_id = u.home_id OR c.region_id = u.region_id OR u.home_id = 0
               OR u.region_id = (WITH RECURSIVE way AS (
                                     SELECT b.parent_id, b.merged_into FROM unit b WHERE b.unit_id = c.branch_id
                                     UNION ALL
                                     SELECT b.parent_id, b.merged_into FROM way w JOIN unit b ON b.unit_id = w.merged_into)
                                 SELECT w.parent_id FROM way w WHERE w.merged_into IS NULL))
    OFFSET 0) c
