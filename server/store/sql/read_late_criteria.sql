-- On: watch
-- Criteria whose end is past and that are still awaited, oldest first, $1 at most.
SELECT c.home_id, c.customer_id FROM customer c
WHERE c.criterion_answer = 1 AND c.criterion_due_at <= (SELECT real_now() + k.offset_us FROM clock k)
ORDER BY c.criterion_due_at, c.home_id, c.customer_id LIMIT $1::bigint
