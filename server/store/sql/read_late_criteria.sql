-- On: watch
-- Criteria whose end is past and that are still awaited, oldest first: $1 of them after ($2, $3, $4), end and key.
SELECT c.home_id, c.customer_id, c.criterion_due_at FROM customer c
WHERE c.criterion_answer = 1 AND c.criterion_due_at <= (SELECT real_now() + k.offset_us FROM clock k)
  AND (c.criterion_due_at, c.home_id, c.customer_id) > ($2::bigint, $3::smallint, $4::bigint)
ORDER BY c.criterion_due_at, c.home_id, c.customer_id LIMIT $1::bigint
