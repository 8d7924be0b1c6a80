-- On: read
-- Standing history of the customers from ($1, $2) to ($3, $4) whom a branch $5 or region $6 (0: any) looks after, by
-- customer, as recorded
SELECT s.home_id, s.customer_id, s.tier, coalesce(s.grade, 0::smallint), s.valid_from
FROM customer c
JOIN standing_history s ON s.home_id = c.home_id AND s.customer_id = c.customer_id
WHERE (c.home_id, c.customer_id) >= ($1::smallint, $2::bigint) AND (c.home_id, c.customer_id) <= ($3::smallint, $4::bigint)
  AND ($5::integer = 0 OR c.branch_id = $5::integer) AND ($6::integer = 0 OR c.region_id = $6::integer)
ORDER BY s.home_id, s.customer_id, s.seq
