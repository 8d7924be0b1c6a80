-- On: commit
-- Applications and their customers in one look, so that the two fit together.
SELECT a.home_id, a.application_id, a.customer_id, a.version, a.came_from, a.action, a.state, a.from_tier,
       coalesce(a.from_grade, 0::smallint), a.to_grade, coalesce(a.decided_grade, 0::smallint), a.off_criteria,
       coalesce(a.finding, 0::smallint), a.hands, a.submitted_by, coalesce(a.verified_by, 0),
       coalesce(a.decided_by, 0), coalesce(a.recorded_by, 0), a.branch_id, a.region_id, a.policy_version,
       a.criterion_met_on, coalesce(a.criterion_detected_at, 0), a.clock_started_at, a.submitted_at,
       coalesce(a.verified_at, 0), coalesce(a.decided_at, 0), coalesce(a.recorded_at, 0), coalesce(a.due_at, 0),
       a.complete_by, coalesce(a.turn_unit_id, 0), coalesce(a.turn_role, 0::smallint), a.timer_id, a.reason,
       coalesce(a.asked_policy, 0), coalesce(a.asked_by, 0), coalesce(a.assessed_by, 0), coalesce(a.extension_days, 0::smallint),
       coalesce(a.extension_by, 0), a.extended_days, coalesce(a.step_started_at, 0), coalesce(a.paused_at, 0),
       coalesce(a.paused_by, 0), coalesce(a.paused_due_at, 0), a.paused_days, a.step_paused_days, coalesce(a.urged_at, 0), coalesce(a.urged_by, 0), coalesce(a.submitted_for, 0), coalesce(a.verified_for, 0),
       coalesce(a.decided_for, 0), coalesce(a.recorded_for, 0), coalesce(a.extension_for, 0), coalesce(a.claimed_by, 0),
       c.*
FROM unnest($1::entity_key[]) AS u
JOIN application a ON a.home_id = u.home_id AND a.application_id = u.id
JOIN customer_row c ON c.home_id = a.home_id AND c.customer_id = a.customer_id
