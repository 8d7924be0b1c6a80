-- On: read
-- Of one customer, as known at the instant $3: $1 home, $2 customer, due on $4 or later.
SELECT t.*
FROM trade_version t
WHERE t.home_id = $1::smallint AND t.customer_id = $2::bigint AND t.recorded_at <= $3::bigint AND t.superseded_at > $3::bigint
  AND t.due_on >= $4::date
