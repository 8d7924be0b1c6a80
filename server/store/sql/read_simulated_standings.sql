-- On: read
-- Standing history of the customers from ($1, $2) to ($3, $4) whom a branch $5 or region $6 (0: any) looks after, by
-- customer, as recorded. One look per customer, as for their trades.
SELECT s.home_id, s.customer_id, s.tier, coalesce(s.grade, 0::smallint), s.valid_from
FROM (SELECT c.home_id, c.customer_id
      FROM customer c
      WHERE (c.home_id, c.customer_id) >= ($1::smallint, $2::bigint)
        AND (c.home_id, c.customer_id) <= ($3::smallint, $4::bigint)
        AND ($5::integer = 0 OR c.branch_id = $5::integer) AND ($6::integer = 0 OR c.region_id = $6::integer)
      ORDER BY c.home_id, c.customer_id OFFSET 0) c
CROSS JOIN LATERAL (
    SELECT h.* FROM standing_history h WHERE h.home_id = c.home_id AND h.customer_id = c.customer_id OFFSET 0) s
ORDER BY s.home_id, s.customer_id, s.seq
