-- On: watch
-- Customers whose branch was merged into another one, or stands in another region than their row says, after the key ($1, $2),
-- in the order of keys, $3 of them at most. One look into an index for each branch on either side of its region.
SELECT c.home_id, c.customer_id
FROM unit b
CROSS JOIN LATERAL (
    (SELECT c.home_id, c.customer_id FROM customer c
     WHERE b.merged_into IS NOT NULL AND c.branch_id = b.unit_id)
    UNION ALL
    (SELECT c.home_id, c.customer_id FROM customer c
     WHERE b.merged_into IS NULL AND c.branch_id = b.unit_id AND c.region_id < b.parent_id)
    UNION ALL
    (SELECT c.home_id, c.customer_id FROM customer c
     WHERE b.merged_into IS NULL AND c.branch_id = b.unit_id AND c.region_id > b.parent_id)) c
WHERE b.level = 3 AND (c.home_id, c.customer_id) > ($1::smallint, $2::bigint)
ORDER BY c.home_id, c.customer_id LIMIT $3::bigint
