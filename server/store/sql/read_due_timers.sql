-- On: watch
SELECT t.home_id, t.kind, t.subject_id, t.customer_id, t.timer_id, t.due_at
FROM timer t WHERE t.timer_id IS NOT NULL AND t.due_at <= (SELECT real_now() + c.offset_us FROM clock c)
ORDER BY t.due_at, t.home_id, t.kind, t.subject_id
LIMIT $1::bigint
