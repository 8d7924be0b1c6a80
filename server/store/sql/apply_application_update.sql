-- On: commit
-- Compare-and-set on version.
WITH touched AS (
    UPDATE application a
    SET version = u.version, came_from = u.came_from, action = u.action, state = u.state, to_grade = u.to_grade,
        decided_grade = nullif(u.decided_grade, 0), off_criteria = u.off_criteria, finding = nullif(u.finding, 0),
        hands = u.hands::bigint[], verified_by = nullif(u.verified_by, 0), decided_by = nullif(u.decided_by, 0),
        recorded_by = nullif(u.recorded_by, 0), branch_id = u.branch_id, region_id = u.region_id,
        verified_at = nullif(u.verified_at, 0), decided_at = nullif(u.decided_at, 0),
        recorded_at = nullif(u.recorded_at, 0), due_at = nullif(u.due_at, 0),
        turn_unit_id = nullif(u.turn_unit_id, 0), turn_role = nullif(u.turn_role, 0), timer_id = u.timer_id,
        reason = u.reason
    FROM unnest($1::smallint[], $2::bigint[], $3::integer[], $4::integer[], $5::smallint[], $6::smallint[],
                $7::smallint[], $8::smallint[], $9::smallint[], $10::boolean[], $11::smallint[], $12::text[],
                $13::bigint[], $14::bigint[], $15::bigint[], $16::integer[], $17::integer[], $18::bigint[],
                $19::bigint[], $20::bigint[], $21::bigint[], $22::integer[], $23::smallint[], $24::uuid[], $25::text[])
         AS u (home_id, application_id, loaded_version, version, came_from, action, state, to_grade, decided_grade,
               off_criteria, finding, hands, verified_by, decided_by, recorded_by, branch_id, region_id, verified_at,
               decided_at, recorded_at, due_at, turn_unit_id, turn_role, timer_id, reason)
    WHERE a.home_id = u.home_id AND a.application_id = u.application_id AND a.version = u.loaded_version
    RETURNING 1)
SELECT credit_expect(count(*), $26::bigint) FROM touched
