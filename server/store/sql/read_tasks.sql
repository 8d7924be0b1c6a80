-- On: read
-- Customers with something to do: $1 branch, $2 region (0: any), score of an assessment of $3 or before, $4 and $5 after this
-- key, $6 limit
SELECT c.*
FROM customer_row c
JOIN customer k ON k.home_id = c.home_id AND k.customer_id = c.customer_id
    AND (k.measures_open <> 0 OR k.noticed_on IS NOT NULL OR k.assessed_on IS NOT NULL OR k.emergency_by IS NOT NULL
         OR k.review_opened_at IS NOT NULL)
WHERE (c.measures_open <> 0 OR c.noticed_on IS NOT NULL OR c.assessed_on <= $3::date OR c.emergency_by <> 0
       OR c.review_opened_at <> 0)
  AND ($1::integer = 0 OR c.branch_id = $1::integer)
  AND ($2::integer = 0 OR c.region_id = $2::integer)
  AND ($5::bigint = 0 OR (c.home_id, c.customer_id) > ($4::smallint, $5::bigint))
ORDER BY c.home_id, c.customer_id
LIMIT $6::bigint
