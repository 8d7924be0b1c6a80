-- On: commit
INSERT INTO application (home_id, application_id, customer_id, version, came_from, action, state, from_tier, from_grade,
                         to_grade, decided_grade, off_criteria, finding, hands, submitted_by, verified_by, decided_by,
                         recorded_by, branch_id, region_id, policy_version, criterion_met_on, criterion_detected_at,
                         clock_started_at, submitted_at, verified_at, decided_at, recorded_at, due_at, complete_by,
                         turn_unit_id, turn_role, timer_id, reason)
SELECT u.home_id, u.application_id, u.customer_id, u.version, u.came_from, u.action, u.state, u.from_tier, u.from_grade,
       u.to_grade, u.decided_grade, u.off_criteria, u.finding, u.hands, u.submitted_by, u.verified_by, u.decided_by,
       u.recorded_by, u.branch_id, u.region_id, u.policy_version, u.criterion_met_on, u.criterion_detected_at,
       u.clock_started_at, u.submitted_at, u.verified_at, u.decided_at, u.recorded_at, u.due_at, u.complete_by,
       u.turn_unit_id, u.turn_role, u.timer_id, u.reason
FROM unnest($1::application_write[]) AS u
