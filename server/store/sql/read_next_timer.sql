-- On: watch
SELECT coalesce(min(t.due_at), 0) FROM timer t
WHERE t.timer_id IS NOT NULL AND t.due_at > (SELECT real_now() + c.offset_us FROM clock c)
