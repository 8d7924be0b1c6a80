-- On: commit
-- Assessments of customers to be evaluated, each customer once with `whole`.
SELECT a.home_id, a.customer_id, a.assessment_id, a.review, a.assessed_on, a.policy_version, a.factor_values, '' AS documents,
       a.entered_by, a.recorded_at
FROM unnest($1::evaluation_look[]) AS u
CROSS JOIN LATERAL (
    SELECT a.* FROM assessment_row a WHERE u.whole AND a.home_id = u.home_id AND a.customer_id = u.customer_id
    OFFSET 0) a
