-- On: read
-- Of one customer, as known at the instant $3: $1 home, $2 customer.
SELECT a.*
FROM assessment_row a
WHERE a.home_id = $1::smallint AND a.customer_id = $2::bigint AND a.recorded_at <= $3::bigint
