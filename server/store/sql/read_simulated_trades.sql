-- On: read
-- Trades that may count, of the customers from ($1, $2) to ($3, $4) whom a branch $5 or region $6 (0: any) looks after, due
-- on $7 or later, by customer, at most $8 (0: all)
SELECT t.*
FROM customer c
JOIN trade_row t ON t.home_id = c.home_id AND t.customer_id = c.customer_id
WHERE (c.home_id, c.customer_id) >= ($1::smallint, $2::bigint) AND (c.home_id, c.customer_id) <= ($3::smallint, $4::bigint)
  AND ($5::integer = 0 OR c.branch_id = $5::integer) AND ($6::integer = 0 OR c.region_id = $6::integer)
  AND t.due_on >= $7::date AND NOT t.cancelled
ORDER BY t.home_id, t.customer_id
LIMIT nullif($8::bigint, 0)
