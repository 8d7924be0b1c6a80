-- On: read
-- Trades that may count, of the customers from ($1, $2) to ($3, $4) whom a branch $5 or region $6 (0: any) looks after, due
-- on $7 or later, by customer, at most $8 (0: all). One look per customer, whatever the planner thinks of a range (OFFSET 0).
SELECT t.*
FROM (SELECT c.home_id, c.customer_id
      FROM customer c
      WHERE (c.home_id, c.customer_id) >= ($1::smallint, $2::bigint)
        AND (c.home_id, c.customer_id) <= ($3::smallint, $4::bigint)
        AND ($5::integer = 0 OR c.branch_id = $5::integer) AND ($6::integer = 0 OR c.region_id = $6::integer)
      ORDER BY c.home_id, c.customer_id OFFSET 0) c
CROSS JOIN LATERAL (
    SELECT t.* FROM trade_row t
    WHERE t.home_id = c.home_id AND t.customer_id = c.customer_id AND t.due_on >= $7::date AND NOT t.cancelled
    OFFSET 0) t
ORDER BY t.home_id, t.customer_id
LIMIT nullif($8::bigint, 0)
