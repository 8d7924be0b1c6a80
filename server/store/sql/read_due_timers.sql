-- On: watch
-- Timers that are due, oldest first: $1 of them after ($2, $3, $4, $5), due instant and key.
SELECT t.home_id, t.kind, t.subject_id, t.customer_id, t.timer_id, t.due_at
FROM timer t WHERE t.timer_id IS NOT NULL AND t.due_at <= (SELECT real_now() + c.offset_us FROM clock c)
  AND (t.due_at, t.home_id, t.kind, t.subject_id) > ($2::bigint, $3::smallint, $4::smallint, $5::bigint)
ORDER BY t.due_at, t.home_id, t.kind, t.subject_id
LIMIT $1::bigint
