-- On: read
-- $1 home (-1: any), $2 application (0: any), $3 branch, $4 region, $5 customer, $6 state, $7 open only,
-- $8 overdue only, $9 and $10 rows after this key, $11 limit, $12 only those with an extension to be answered
SELECT a.*, c.name, c.number, coalesce(c.assessed_by, 0), coalesce(c.managed_by, 0)
FROM application_row a JOIN customer c ON c.home_id = a.home_id AND c.customer_id = a.customer_id
WHERE ($1::smallint = -1 OR a.home_id = $1::smallint)
  AND ($2::bigint = 0 OR a.application_id = $2::bigint)
  AND ($3::integer = 0 OR a.branch_id = $3::integer)
  AND ($4::integer = 0 OR a.region_id = $4::integer)
  AND ($5::bigint = 0 OR a.customer_id = $5::bigint)
  AND ($6::smallint = 0 OR a.state = $6::smallint)
  AND (NOT $7::boolean OR a.open)
  AND (NOT $8::boolean OR a.due_at <= (SELECT real_now() + k.offset_us FROM clock k))
  AND (NOT $12::boolean OR a.extension_days IS NOT NULL)
  AND ($10::bigint = 0 OR (a.home_id, a.application_id) > ($9::smallint, $10::bigint))
ORDER BY a.home_id, a.application_id
LIMIT $11::bigint
