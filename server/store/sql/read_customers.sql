-- On: read
-- $1 home (-1: any), $2 customer (0: any), $3 number (NULL: any), $4 branch, $5 region, $6 tier, $7 grade (0: any
-- for each of them), $8 and $9 rows after this key, $10 limit
SELECT c.*
FROM customer_row c
WHERE ($1::smallint = -1 OR c.home_id = $1::smallint)
  AND ($2::bigint = 0 OR c.customer_id = $2::bigint)
  AND ($3::text IS NULL OR c.number = $3::text)
  AND ($4::integer = 0 OR c.branch_id = $4::integer)
  AND ($5::integer = 0 OR c.region_id = $5::integer)
  AND ($6::smallint = 0 OR c.tier = $6::smallint)
  AND ($7::smallint = 0 OR c.grade = $7::smallint)
  AND ($9::bigint = 0 OR (c.home_id, c.customer_id) > ($8::smallint, $9::bigint))
ORDER BY c.home_id, c.customer_id
LIMIT $10::bigint
