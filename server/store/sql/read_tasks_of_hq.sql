-- On: read
-- Customers with an emergency that is to be confirmed or reviewed: $1 and $2 after this key, $3 limit
SELECT c.*
FROM customer_row c
JOIN customer k ON k.home_id = c.home_id AND k.customer_id = c.customer_id
    AND (k.emergency_by IS NOT NULL OR k.review_opened_at IS NOT NULL)
WHERE $2::bigint = 0 OR (c.home_id, c.customer_id) > ($1::smallint, $2::bigint)
ORDER BY c.home_id, c.customer_id
LIMIT $3::bigint
