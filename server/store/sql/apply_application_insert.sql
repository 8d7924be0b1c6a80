-- On: commit
WITH touched AS (
    INSERT INTO application (home_id, application_id, customer_id, version, came_from, action, state, from_tier,
                             from_grade, to_grade, decided_grade, off_criteria, finding, hands, submitted_by,
                             verified_by, decided_by, recorded_by, branch_id, region_id, policy_version,
                             criterion_met_on, criterion_detected_at, clock_started_at, submitted_at, verified_at,
                             decided_at, recorded_at, due_at, complete_by, turn_unit_id, turn_role, timer_id, reason)
    SELECT u.home_id, u.application_id, u.customer_id, u.version, u.came_from, u.action, u.state, u.from_tier,
           nullif(u.from_grade, 0), u.to_grade, nullif(u.decided_grade, 0), u.off_criteria, nullif(u.finding, 0),
           u.hands::bigint[], u.submitted_by, nullif(u.verified_by, 0), nullif(u.decided_by, 0),
           nullif(u.recorded_by, 0), u.branch_id, u.region_id, u.policy_version, u.criterion_met_on,
           nullif(u.criterion_detected_at, 0), u.clock_started_at, u.submitted_at, nullif(u.verified_at, 0),
           nullif(u.decided_at, 0), nullif(u.recorded_at, 0), nullif(u.due_at, 0), u.complete_by,
           nullif(u.turn_unit_id, 0), nullif(u.turn_role, 0), u.timer_id, u.reason
    FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::integer[], $5::smallint[], $6::smallint[],
                $7::smallint[], $8::smallint[], $9::smallint[], $10::smallint[], $11::smallint[], $12::boolean[],
                $13::smallint[], $14::text[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[],
                $19::integer[], $20::integer[], $21::integer[], $22::date[], $23::bigint[], $24::bigint[],
                $25::bigint[], $26::bigint[], $27::bigint[], $28::bigint[], $29::bigint[], $30::bigint[],
                $31::integer[], $32::smallint[], $33::uuid[], $34::text[])
         AS u (home_id, application_id, customer_id, version, came_from, action, state, from_tier, from_grade, to_grade,
               decided_grade, off_criteria, finding, hands, submitted_by, verified_by, decided_by, recorded_by,
               branch_id, region_id, policy_version, criterion_met_on, criterion_detected_at, clock_started_at,
               submitted_at, verified_at, decided_at, recorded_at, due_at, complete_by, turn_unit_id, turn_role,
               timer_id, reason)
    RETURNING 1)
SELECT credit_expect(count(*), $35::bigint) FROM touched
