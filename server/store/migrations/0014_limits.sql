-- Amounts of cases: the credit limit that the requested grade brings, and the volume that it is worked out from. Runs as
-- creditd_owner with search_path = creditd, in one transaction. Conventions: 0001_first.sql.

-- Of the window, on the day of the last evaluation; NULL: there were no trades, or the evaluation was before this.
ALTER TABLE customer
    ADD volume_minor    bigint CHECK (volume_minor >= 0),
    ADD volume_currency text CHECK (length(volume_currency) = 3),
    ADD CONSTRAINT customer_volume_whole CHECK (
        num_nulls(volume_minor, volume_currency) IN (0, 2) AND (volume_minor IS NULL OR evaluated_policy IS NOT NULL));
-- NULL: it is not known.
ALTER TABLE application
    ADD limit_minor    bigint CHECK (limit_minor >= 0),
    ADD limit_currency text CHECK (length(limit_currency) = 3),
    ADD CONSTRAINT application_limit_whole CHECK (num_nulls(limit_minor, limit_currency) IN (0, 2));
-- The limit of cases at most; NULL: any, and one that is not known.
ALTER TABLE delegation
    ADD amount_to_minor bigint CHECK (amount_to_minor > 0),
    ADD amount_currency text CHECK (length(amount_currency) = 3),
    ADD CONSTRAINT delegation_amount_whole CHECK (num_nulls(amount_to_minor, amount_currency) IN (0, 2));

ALTER TYPE customer_write
    ADD ATTRIBUTE volume_minor bigint,
    ADD ATTRIBUTE volume_currency text;
ALTER TYPE application_write
    ADD ATTRIBUTE limit_minor bigint,
    ADD ATTRIBUTE limit_currency text;

CREATE OR REPLACE VIEW customer_row AS
SELECT home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, coalesce(grade, 0::smallint) AS grade,
       in_force_since, coalesce(open_application_id, 0) AS open_application_id, revision, chain_seq, chain_hash,
       last_event_at, coalesce(evaluated_policy, 0) AS evaluated_policy, coalesce(computed_grade, 0::smallint) AS computed_grade,
       computed_admits, criterion_met_on, coalesce(criterion_detected_at, 0) AS criterion_detected_at,
       coalesce(criterion_due_at, 0) AS criterion_due_at, demoted_on, coalesce(demoted_from, 0::smallint) AS demoted_from,
       coalesce(demoted_policy, 0) AS demoted_policy, evaluation_timer_id, coalesce(evaluate_at, 0) AS evaluate_at, imports_open,
       coalesce(assessment_id, 0) AS assessment_id, assessed_on, coalesce(assessed_by, 0) AS assessed_by,
       coalesce(measures_policy, 0) AS measures_policy, measures_open, measures_applied, override_until,
       coalesce(override_from, 0::smallint) AS override_from, coalesce(override_by, 0) AS override_by, noticed_on, demote_on,
       appeal_until,
       coalesce(appealed_by, 0) AS appealed_by, coalesce(appealed_at, 0) AS appealed_at,
       coalesce(override_ends_at, 0) AS override_ends_at, coalesce(emergency_by, 0) AS emergency_by,
       coalesce(emergency_grade, 0::smallint) AS emergency_grade, coalesce(emergency_minutes, 0) AS emergency_minutes,
       coalesce(emergency_expires_at, 0) AS emergency_expires_at, coalesce(emergency_reason, '') AS emergency_reason,
       coalesce(review_opened_at, 0) AS review_opened_at, coalesce(review_due_at, 0) AS review_due_at,
       coalesce(review_asked_by, 0) AS review_asked_by, coalesce(review_confirmed_by, 0) AS review_confirmed_by,
       volume_minor, volume_currency
FROM customer;

-- A case as the server reads it; open, due_at and extension_days are for conditions, which find their indexes by them.
CREATE OR REPLACE VIEW application_row AS
SELECT a.home_id, a.application_id, a.customer_id, a.version, a.came_from, a.action, a.state, a.from_tier,
       coalesce(a.from_grade, 0::smallint) AS from_grade, a.to_grade,
       coalesce(a.decided_grade, 0::smallint) AS decided_grade, a.off_criteria,
       coalesce(a.finding, 0::smallint) AS finding, a.hands, a.submitted_by,
       coalesce(a.verified_by, 0) AS verified_by, coalesce(a.decided_by, 0) AS decided_by,
       coalesce(a.recorded_by, 0) AS recorded_by, a.branch_id, a.region_id, a.policy_version, a.criterion_met_on,
       coalesce(a.criterion_detected_at, 0) AS criterion_detected_at, a.clock_started_at, a.submitted_at,
       coalesce(a.verified_at, 0) AS verified_at, coalesce(a.decided_at, 0) AS decided_at,
       coalesce(a.recorded_at, 0) AS recorded_at, coalesce(a.due_at, 0) AS due_instant, a.complete_by,
       coalesce(a.turn_unit_id, 0) AS turn_unit_id, coalesce(a.turn_role, 0::smallint) AS turn_role, a.timer_id,
       a.reason, coalesce(a.asked_policy, 0) AS asked_policy, coalesce(a.asked_by, 0) AS asked_by,
       coalesce(a.assessed_by, 0) AS assessed_by, coalesce(a.extension_days, 0::smallint) AS extension_asked,
       coalesce(a.extension_by, 0) AS extension_by, a.extended_days,
       coalesce(a.step_started_at, 0) AS step_started_at, coalesce(a.paused_at, 0) AS paused_at,
       coalesce(a.paused_by, 0) AS paused_by, coalesce(a.paused_due_at, 0) AS paused_due_at, a.paused_days,
       a.step_paused_days, coalesce(a.urged_at, 0) AS urged_at, coalesce(a.urged_by, 0) AS urged_by,
       coalesce(a.submitted_for, 0) AS submitted_for, coalesce(a.verified_for, 0) AS verified_for,
       coalesce(a.decided_for, 0) AS decided_for, coalesce(a.recorded_for, 0) AS recorded_for,
       coalesce(a.extension_for, 0) AS extension_for, coalesce(a.claimed_by, 0) AS claimed_by, a.node, a.signatures,
       coalesce(a.signed_grade, 0::smallint) AS signed_grade, a.signers, a.signer_nodes, a.verifiers, a.countersigners, a.automatic, coalesce(a.held_by, 0) AS held_by,
       a.open, a.due_at, a.extension_days, a.limit_minor, a.limit_currency
FROM application a;

-- ---- integrity ----

-- The amount of a case is what the last event says that worked it out: 1 submit, 4 resubmit, 22 moved to another policy.
CREATE VIEW integrity_of_limits (kind, home_id, id, detail) AS
WITH last_event AS (
    SELECT DISTINCT ON (home_id, application_id) home_id, application_id, payload ->> 'limit_minor' AS limit_minor,
           payload ->> 'limit_currency' AS limit_currency
    FROM event WHERE kind IN (1, 4, 22) AND home_id <> 0
    ORDER BY home_id, application_id, seq DESC)
SELECT 'case limit', a.home_id::integer, a.application_id,
       format('row %s %s, last event %s %s', a.limit_minor, a.limit_currency, e.limit_minor, e.limit_currency)
FROM application a JOIN last_event e USING (home_id, application_id)
WHERE (a.limit_minor, a.limit_currency) IS DISTINCT FROM (e.limit_minor::bigint, e.limit_currency);

CREATE OR REPLACE VIEW integrity_violation (kind, home_id, id, detail) AS
SELECT * FROM integrity_of_cases UNION ALL SELECT * FROM integrity_of_assessments UNION ALL SELECT * FROM integrity_of_units
UNION ALL SELECT * FROM integrity_of_emergencies UNION ALL SELECT * FROM integrity_of_limits;

-- ---- rights ----

GRANT UPDATE (volume_minor, volume_currency) ON customer TO creditd_app;
GRANT UPDATE (limit_minor, limit_currency) ON application TO creditd_app;
