-- On: commit
INSERT INTO assessment (home_id, customer_id, assessment_id, review, assessed_on, policy_version, factor_values, documents,
                        entered_by, recorded_at, command_id)
SELECT u.home_id, u.customer_id, u.assessment_id, u.review, u.assessed_on, u.policy_version, u.factor_values, u.documents,
       u.entered_by, u.recorded_at, u.command_id
FROM unnest($1::assessment_write[]) AS u
