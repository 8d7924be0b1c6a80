-- On: watch
SELECT coalesce(min(t.due_at), 0) FROM timer t WHERE NOT t.closed AND t.due_at > business_now()
