-- On: commit
-- The number within a region: customers whose file the region opened, and those that it looks after. Home 0: in all.
-- `elsewhere`: it looks after the customer, whose home is another one. One look per number, whatever the planner thinks of
-- a table that has just been filled (OFFSET 0).
SELECT c.*, u.n
FROM unnest($1::customer_look[]) AS u
CROSS JOIN LATERAL (
    SELECT c.*, c.home_id <> u.home_id AND (c.region_id = u.region_id OR u.home_id = 0) AS elsewhere
    FROM customer_row c
    WHERE c.number = u.number AND (c.home_id = u.home_id OR c.region_id = u.region_id OR u.home_id = 0)
    OFFSET 0) c
