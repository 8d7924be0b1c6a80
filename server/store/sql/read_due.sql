-- On: read
-- Open cases, oldest due first: $1 due until, $2 branch (0: any), $3 region (0: any), $4 to $6 rows after this due instant and key,
-- $7 limit
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
       c.name, c.number, coalesce(c.assessed_by, 0)
FROM application a JOIN customer c ON c.home_id = a.home_id AND c.customer_id = a.customer_id
WHERE a.open AND a.due_at <= $1::bigint
  AND ($2::integer = 0 OR a.branch_id = $2::integer)
  AND ($3::integer = 0 OR a.region_id = $3::integer)
  AND (a.due_at, a.home_id, a.application_id) > ($4::bigint, $5::smallint, $6::bigint)
ORDER BY a.due_at, a.home_id, a.application_id
LIMIT $7::bigint
