-- On: read
-- Assessments of the customers from ($1, $2) to ($3, $4) whom a branch $5 or region $6 (0: any) looks after. One look per
-- customer, as for their trades.
SELECT a.home_id, a.customer_id, a.assessment_id, a.review, a.assessed_on, a.policy_version, a.factor_values, '' AS documents,
       a.entered_by, a.recorded_at
FROM (SELECT c.home_id, c.customer_id
      FROM customer c
      WHERE (c.home_id, c.customer_id) >= ($1::smallint, $2::bigint)
        AND (c.home_id, c.customer_id) <= ($3::smallint, $4::bigint)
        AND ($5::integer = 0 OR c.branch_id = $5::integer) AND ($6::integer = 0 OR c.region_id = $6::integer)
        AND c.assessment_id IS NOT NULL
      ORDER BY c.home_id, c.customer_id OFFSET 0) c
CROSS JOIN LATERAL (
    SELECT a.* FROM assessment_row a WHERE a.home_id = c.home_id AND a.customer_id = c.customer_id OFFSET 0) a
