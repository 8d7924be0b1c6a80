-- On: read
-- Timers, and criteria whose end nobody has noted, that were due more than a minute ago; 10,000 of each at most.
SELECT (SELECT count(*) FROM (SELECT FROM timer t
                              WHERE t.timer_id IS NOT NULL AND t.due_at <= (SELECT business_now() - 60000000) LIMIT 10000) t)
     + (SELECT count(*) FROM (SELECT FROM customer c
                              WHERE c.criterion_answer = 1 AND c.criterion_due_at <= (SELECT business_now() - 60000000)
                              LIMIT 10000) c)
