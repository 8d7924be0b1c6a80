-- On: read
-- Trades that may count, of the customers from ($1, $2) to ($3, $4), due on $5 or later, by customer
SELECT t.*
FROM trade_row t
WHERE (t.home_id, t.customer_id) >= ($1::smallint, $2::bigint) AND (t.home_id, t.customer_id) <= ($3::smallint, $4::bigint)
  AND t.due_on >= $5::date AND NOT t.cancelled
ORDER BY t.home_id, t.customer_id
