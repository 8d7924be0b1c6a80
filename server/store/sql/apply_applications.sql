-- On: commit
-- New ones, and changed ones by compare-and-set on version: one statement, so that PostgreSQL prepares the constraints of
-- the table once for both, which is most of what a small batch costs.
MERGE INTO application a
USING (SELECT * FROM unnest($1::application_write[])) u
ON a.home_id = u.home_id AND a.application_id = u.application_id
WHEN MATCHED AND a.version = u.loaded_version THEN UPDATE
    SET version = u.version, came_from = u.came_from, action = u.action, state = u.state, to_grade = u.to_grade,
        decided_grade = u.decided_grade, off_criteria = u.off_criteria, finding = u.finding, hands = u.hands,
        verified_by = u.verified_by, decided_by = u.decided_by, recorded_by = u.recorded_by, branch_id = u.branch_id,
        region_id = u.region_id, verified_at = u.verified_at, decided_at = u.decided_at, recorded_at = u.recorded_at,
        due_at = u.due_at, turn_unit_id = u.turn_unit_id, turn_role = u.turn_role, timer_id = u.timer_id,
        reason = u.reason, policy_version = u.policy_version, complete_by = u.complete_by, asked_policy = u.asked_policy,
        asked_by = u.asked_by, assessed_by = u.assessed_by, extension_days = u.extension_days, extension_by = u.extension_by,
        extended_days = u.extended_days, step_started_at = u.step_started_at, paused_at = u.paused_at,
        paused_by = u.paused_by, paused_due_at = u.paused_due_at, paused_days = u.paused_days, step_paused_days = u.step_paused_days,
        urged_at = u.urged_at, urged_by = u.urged_by, verified_for = u.verified_for, decided_for = u.decided_for, recorded_for = u.recorded_for, extension_for = u.extension_for,
        claimed_by = u.claimed_by, node = u.node, signatures = u.signatures, signed_grade = u.signed_grade, signers = u.signers, signer_nodes = u.signer_nodes,
        verifiers = u.verifiers, countersigners = u.countersigners, automatic = u.automatic, held_by = u.held_by,
        assistant_id = u.assistant_id,
        limit_minor = u.limit_minor, limit_currency = u.limit_currency, region_signers = u.region_signers,
        region_nodes = u.region_nodes, paused_complete_by = u.paused_complete_by
WHEN NOT MATCHED AND u.loaded_version = 0 THEN INSERT
    (home_id, application_id, customer_id, version, came_from, action, state, from_tier, from_grade, to_grade,
     decided_grade, off_criteria, finding, hands, submitted_by, verified_by, decided_by, recorded_by, branch_id, region_id,
     policy_version, criterion_met_on, criterion_detected_at, clock_started_at, submitted_at, verified_at, decided_at,
     recorded_at, due_at, complete_by, turn_unit_id, turn_role, timer_id, reason, asked_policy, asked_by, assessed_by, extension_days,
     extension_by, extended_days, step_started_at, paused_at, paused_by, paused_due_at, paused_days, step_paused_days,
     urged_at, urged_by, submitted_for, verified_for, decided_for, recorded_for, extension_for,
     claimed_by, node, signatures, signed_grade, signers, signer_nodes, verifiers, countersigners, automatic,
     held_by, assistant_id, limit_minor, limit_currency, region_signers, region_nodes, paused_complete_by)
    VALUES (u.home_id, u.application_id, u.customer_id, u.version, u.came_from, u.action, u.state, u.from_tier,
            u.from_grade, u.to_grade, u.decided_grade, u.off_criteria, u.finding, u.hands, u.submitted_by, u.verified_by,
            u.decided_by, u.recorded_by, u.branch_id, u.region_id, u.policy_version, u.criterion_met_on,
            u.criterion_detected_at, u.clock_started_at, u.submitted_at, u.verified_at, u.decided_at, u.recorded_at,
            u.due_at, u.complete_by, u.turn_unit_id, u.turn_role, u.timer_id, u.reason, u.asked_policy,
            u.asked_by, u.assessed_by, u.extension_days, u.extension_by, u.extended_days, u.step_started_at,
            u.paused_at, u.paused_by, u.paused_due_at, u.paused_days, u.step_paused_days, u.urged_at, u.urged_by,
            u.submitted_for, u.verified_for, u.decided_for, u.recorded_for, u.extension_for, u.claimed_by,
            u.node, u.signatures, u.signed_grade, u.signers, u.signer_nodes, u.verifiers, u.countersigners, u.automatic,
            u.held_by, u.assistant_id, u.limit_minor, u.limit_currency, u.region_signers, u.region_nodes, u.paused_complete_by)
-- Any other row is another's by now: this raises.
WHEN MATCHED THEN UPDATE SET version = credit_expect(0, 1)::integer
WHEN NOT MATCHED THEN INSERT (version) VALUES (credit_expect(0, 1)::integer)
