-- On: read
-- What applied on the date $3 as known at the instant $4: the last row recorded by then that is valid from then on.
SELECT s.seq, s.tier, coalesce(s.grade, 0::smallint), s.cause, s.valid_from, s.recorded_at
FROM standing_history s
WHERE s.home_id = $1::smallint AND s.customer_id = $2::bigint AND s.valid_from <= $3::date AND s.recorded_at <= $4::bigint
ORDER BY s.seq DESC LIMIT 1
