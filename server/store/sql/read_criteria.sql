-- On: read
-- Criteria met, of customers without an open application; $6: only those for which nothing was submitted. $1 branches (none: any),
-- $2 region (0: any), $3 and $4 after this key, $5 limit; $7: only those due until $8, of branches $9 until $10, and all of branches $11
SELECT c.*
FROM customer_row c
JOIN customer k ON k.home_id = c.home_id AND k.customer_id = c.customer_id AND k.criterion_detected_at IS NOT NULL
LEFT JOIN unnest($9::bigint[], $10::bigint[]) u (unit_id, until) ON u.unit_id = c.branch_id
WHERE c.open_application_id = 0
  AND (NOT $6::boolean OR c.criterion_answer IN (1, 2))
  AND (NOT $7::boolean OR c.criterion_due_at <= coalesce(u.until, $8::bigint) OR c.branch_id = ANY ($11::bigint[]))
  AND (cardinality($1::bigint[]) = 0 OR c.branch_id = ANY ($1::bigint[]))
  AND ($2::integer = 0 OR c.region_id = $2::integer)
  AND ($4::bigint = 0 OR (c.home_id, c.customer_id) > ($3::smallint, $4::bigint))
ORDER BY c.home_id, c.customer_id
LIMIT $5::bigint
