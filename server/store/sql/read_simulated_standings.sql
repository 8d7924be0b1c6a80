-- On: read
-- Standing history of the customers from ($1, $2) to ($3, $4), by customer, as recorded
SELECT s.home_id, s.customer_id, s.tier, coalesce(s.grade, 0::smallint), s.valid_from
FROM standing_history s
WHERE (s.home_id, s.customer_id) >= ($1::smallint, $2::bigint) AND (s.home_id, s.customer_id) <= ($3::smallint, $4::bigint)
ORDER BY s.home_id, s.customer_id, s.seq
