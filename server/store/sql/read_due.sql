-- On: read
-- Open cases, oldest due first: $1 due until, $2 branch (0: any), $3 region (0: any), $4 to $6 rows after this due instant and key,
-- $7 limit
SELECT a.*, c.name, c.number, coalesce(c.assessed_by, 0), coalesce(c.managed_by, 0)
FROM application_row a JOIN customer c ON c.home_id = a.home_id AND c.customer_id = a.customer_id
WHERE a.open AND a.due_at <= $1::bigint
  AND ($2::integer = 0 OR a.branch_id = $2::integer)
  AND ($3::integer = 0 OR a.region_id = $3::integer)
  AND (a.due_at, a.home_id, a.application_id) > ($4::bigint, $5::smallint, $6::bigint)
ORDER BY a.due_at, a.home_id, a.application_id
LIMIT $7::bigint
