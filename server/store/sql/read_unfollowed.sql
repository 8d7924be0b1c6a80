-- On: watch
-- Customers whose branch was merged into another one, or stands in another region than their row says, after the key ($1, $2),
-- $3 of them at most; not always those of the lowest keys, so that whoever wants all begins anew until there are none. On either
-- side of the region of a branch one look into the index (of a branch that was merged all are below), which has a LIMIT of its
-- own, whatever the planner thinks of the sizes.
SELECT c.home_id, c.customer_id
FROM unit b
CROSS JOIN LATERAL (SELECT CASE WHEN b.merged_into IS NULL THEN b.parent_id ELSE 2147483647 END AS region) w
CROSS JOIN LATERAL (
    (SELECT c.home_id, c.customer_id FROM customer c
     WHERE c.branch_id = b.unit_id AND c.region_id < w.region AND (c.home_id, c.customer_id) > ($1::smallint, $2::bigint)
     ORDER BY c.region_id, c.home_id, c.customer_id LIMIT $3::bigint)
    UNION ALL
    (SELECT c.home_id, c.customer_id FROM customer c
     WHERE c.branch_id = b.unit_id AND c.region_id > w.region AND (c.home_id, c.customer_id) > ($1::smallint, $2::bigint)
     ORDER BY c.region_id, c.home_id, c.customer_id LIMIT $3::bigint)) c
WHERE b.level = 3
ORDER BY c.home_id, c.customer_id LIMIT $3::bigint
