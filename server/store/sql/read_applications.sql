-- On: read
-- $1 home (-1: any), $2 application (0: any), $3 branch, $4 region, $5 customer, $6 state, $7 open only,
-- $8 overdue only, $9 and $10 rows after this key, $11 limit, $12 only those with an extension to be answered
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
