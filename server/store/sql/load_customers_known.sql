-- On: commit
-- As load_customers_named, but only what an import needs of the customers whom it has touched, and its mark of them: when
-- there is none, the row is loaded afterwards. A customer with a mark waits for an import.
SELECT c.home_id, c.customer_id, c.number, c.branch_id, c.region_id, c.last_event_at, c.elsewhere, u.n, c.mark, u.import_id
FROM unnest($1::customer_look[]) AS u
CROSS JOIN LATERAL (
    SELECT c.*, c.home_id <> u.home_id AS elsewhere,
           CASE WHEN c.imports_open > 0 THEN (
               SELECT i.command_id FROM import_customer i
               WHERE i.home_id = c.home_id AND i.customer_id = c.customer_id AND i.import_id = u.import_id) END AS mark
    FROM customer c
    WHERE c.number = u.number
      AND (c.home_id = u.home_id OR c.region_id = u.region_id
               OR u.region_id = (WITH RECURSIVE way AS (
                                     SELECT b.parent_id, b.merged_into FROM unit b WHERE b.unit_id = c.branch_id
                                     UNION ALL
                                     SELECT b.parent_id, b.merged_into FROM way w JOIN unit b ON b.unit_id = w.merged_into)
                                 SELECT w.parent_id FROM way w WHERE w.merged_into IS NULL))
    OFFSET 0) c
