-- On: watch
-- Customers evaluated under another policy than $3 (with $5: those too who never were and have an assessment), after the key
-- ($1, $2), in the order of keys. Whoever waits for the end of an import is evaluated then.
SELECT c.home_id, c.customer_id
FROM customer c
WHERE (c.evaluated_policy <> $3::integer OR ($5::boolean AND c.evaluated_policy IS NULL AND c.assessment_id IS NOT NULL))
  AND c.imports_open = 0
  AND (c.home_id, c.customer_id) > ($1::smallint, $2::bigint)
ORDER BY c.home_id, c.customer_id LIMIT $4::bigint
