-- On: commit
-- Compare-and-set on version.
WITH touched AS (
    UPDATE application a
    SET version = u.version, came_from = u.came_from, action = u.action, state = u.state, to_grade = u.to_grade,
        decided_grade = u.decided_grade, off_criteria = u.off_criteria, finding = u.finding, hands = u.hands,
        verified_by = u.verified_by, decided_by = u.decided_by, recorded_by = u.recorded_by, branch_id = u.branch_id,
        region_id = u.region_id, verified_at = u.verified_at, decided_at = u.decided_at, recorded_at = u.recorded_at,
        due_at = u.due_at, turn_unit_id = u.turn_unit_id, turn_role = u.turn_role, timer_id = u.timer_id,
        reason = u.reason
    FROM unnest($1::application_write[]) AS u
    WHERE a.home_id = u.home_id AND a.application_id = u.application_id AND a.version = u.loaded_version
    RETURNING 1)
SELECT credit_expect(count(*), $2::bigint) FROM touched
