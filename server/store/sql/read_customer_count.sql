-- On: read
-- $1 branch, $2 region (0: any)
SELECT count(*) FROM customer c
WHERE ($1::integer = 0 OR c.branch_id = $1::integer) AND ($2::integer = 0 OR c.region_id = $2::integer)
