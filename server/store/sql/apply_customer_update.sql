-- On: commit
-- Compare-and-set on revision, which every write of the row moves.
WITH touched AS (
    UPDATE customer c
    SET revision = c.revision + 1, version = u.version, name = u.name, branch_id = u.branch_id, region_id = u.region_id,
        stage = u.stage, tier = u.tier, grade = u.grade, in_force_since = u.in_force_since,
        open_application_id = u.open_application_id, chain_seq = u.chain_seq, chain_hash = u.chain_hash,
        last_event_at = u.last_event_at, evaluated_policy = u.evaluated_policy, computed_grade = u.computed_grade,
        computed_admits = u.computed_admits, criterion_met_on = u.criterion_met_on,
        criterion_detected_at = u.criterion_detected_at, criterion_due_at = u.criterion_due_at,
        demoted_on = u.demoted_on, demoted_from = u.demoted_from, demoted_policy = u.demoted_policy,
        evaluation_timer_id = u.evaluation_timer_id, evaluate_at = u.evaluate_at, imports_open = u.imports_open,
        assessment_id = u.assessment_id, assessed_on = u.assessed_on, assessed_by = u.assessed_by,
        measures_policy = u.measures_policy, measures_open = u.measures_open, measures_applied = u.measures_applied,
        override_until = u.override_until, override_from = u.override_from, override_by = u.override_by,
        noticed_on = u.noticed_on, demote_on = u.demote_on, appeal_until = u.appeal_until,
        appealed_by = u.appealed_by, appealed_at = u.appealed_at, override_ends_at = u.override_ends_at,
        emergency_by = u.emergency_by, emergency_grade = u.emergency_grade, emergency_minutes = u.emergency_minutes,
        emergency_expires_at = u.emergency_expires_at, emergency_reason = u.emergency_reason,
        review_opened_at = u.review_opened_at, review_due_at = u.review_due_at, review_asked_by = u.review_asked_by,
        review_confirmed_by = u.review_confirmed_by, managed_by = u.managed_by, volume_minor = u.volume_minor,
        volume_currency = u.volume_currency, criterion_answer = u.criterion_answer
    FROM unnest($1::customer_write[]) AS u
    WHERE c.home_id = u.home_id AND c.customer_id = u.customer_id AND c.revision = u.loaded_revision
    RETURNING 1)
SELECT credit_expect(count(*), $2::bigint) FROM touched
