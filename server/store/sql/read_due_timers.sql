-- On: watch
SELECT t.home_id, t.timer_id, t.kind, t.customer_id, coalesce(t.application_id, 0), t.due_at
FROM timer t WHERE NOT t.closed AND t.due_at <= business_now() ORDER BY t.due_at, t.home_id, t.timer_id
LIMIT $1::bigint
