-- On: commit
-- All that may count within $3 months back from today, in any zone, and later.
SELECT t.*
FROM unnest($1::smallint[], $2::bigint[]) AS u (home_id, customer_id)
JOIN trade_row t ON t.home_id = u.home_id AND t.customer_id = u.customer_id
WHERE NOT t.cancelled
  AND t.due_on >= ((to_timestamp(business_now() / 1000000.0) AT TIME ZONE 'UTC')::date - 2
                   - make_interval(months => $3::integer))::date
ORDER BY t.home_id, t.customer_id
