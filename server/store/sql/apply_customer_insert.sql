-- On: commit
INSERT INTO customer (home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, grade, in_force_since,
                      open_application_id, chain_seq, chain_hash, last_event_at, evaluated_policy, computed_grade,
                      computed_admits, criterion_met_on, criterion_detected_at, criterion_due_at, demoted_on,
                      demoted_from, demoted_policy, evaluation_timer_id, evaluate_at, imports_open, assessment_id,
                      assessed_on, assessed_by, measures_policy, measures_open, measures_applied, override_until,
                      override_from, override_by, noticed_on, demote_on, appeal_until, appealed_by, appealed_at, override_ends_at, emergency_by,
                      emergency_grade, emergency_minutes, emergency_expires_at, emergency_reason, review_opened_at,
                      review_due_at, review_asked_by, review_confirmed_by, managed_by, volume_minor, volume_currency,
                      criterion_answer)
SELECT u.home_id, u.customer_id, u.version, u.number, u.name, u.branch_id, u.region_id, u.stage, u.tier, u.grade,
       u.in_force_since, u.open_application_id, u.chain_seq, u.chain_hash, u.last_event_at, u.evaluated_policy,
       u.computed_grade, u.computed_admits, u.criterion_met_on, u.criterion_detected_at, u.criterion_due_at, u.demoted_on,
       u.demoted_from, u.demoted_policy, u.evaluation_timer_id, u.evaluate_at, u.imports_open, u.assessment_id,
       u.assessed_on, u.assessed_by, u.measures_policy, u.measures_open, u.measures_applied, u.override_until, u.override_from,
       u.override_by, u.noticed_on, u.demote_on, u.appeal_until, u.appealed_by, u.appealed_at,
       u.override_ends_at, u.emergency_by, u.emergency_grade, u.emergency_minutes, u.emergency_expires_at, u.emergency_reason,
       u.review_opened_at, u.review_due_at, u.review_asked_by, u.review_confirmed_by, u.managed_by, u.volume_minor, u.volume_currency,
       u.criterion_answer
FROM unnest($1::customer_write[]) AS u
