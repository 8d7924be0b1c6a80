-- On: commit
-- The number within a region: customers whose file the region opened, and those that it looks after. Home 0: in all.
-- `elsewhere`: it looks after the customer, whose home is another one. `mark`: of the import $4, while the customer waits
-- for it; of such a customer the row is left out: the rest of a large import needs only to know him. One look per number,
-- whatever the planner thinks of a table that has just been filled (OFFSET 0).
SELECT c.home_id, c.customer_id, c.number, c.branch_id, c.region_id, c.last_event_at, c.elsewhere, c.mark, u.import_id, u.n, w.*
FROM unnest($1::smallint[], $2::integer[], $3::text[], $4::bigint[]) WITH ORDINALITY AS u (home_id, region_id, number, import_id, n)
CROSS JOIN LATERAL (
    SELECT c.home_id, c.customer_id, c.number, c.branch_id, c.region_id, c.last_event_at,
           c.home_id <> u.home_id AND (c.region_id = u.region_id OR u.home_id = 0) AS elsewhere,
           CASE WHEN c.imports_open > 0 AND u.import_id > 0 THEN (
               SELECT i.command_id FROM import_customer i
               WHERE i.home_id = c.home_id AND i.customer_id = c.customer_id AND i.import_id = u.import_id) END AS mark
    FROM customer c
    WHERE c.number = u.number AND (c.home_id = u.home_id OR c.region_id = u.region_id OR u.home_id = 0)
    OFFSET 0) c
LEFT JOIN LATERAL (
    SELECT w.* FROM customer_row w
    WHERE c.mark IS NULL AND w.home_id = c.home_id AND w.customer_id = c.customer_id
    OFFSET 0) w ON true
