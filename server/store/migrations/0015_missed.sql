-- What is stuck or missed is told when it arises. Runs as creditd_owner with search_path = creditd, in one transaction.
-- Conventions: 0001_first.sql.

-- Where it may be that nobody can act on a case (server/rules/sieve.h).
CREATE TYPE case_sieve AS (
    unit_id integer, policy_version integer, state smallint, place smallint, need smallint, capacity integer,
    weight integer, own_manager boolean, people bigint[], tied bigint[]);

-- ---- criteria ----

-- 1 awaited, 2 its end is past and that was noted, 3 submitted (server/rules/model.h, enum criterion_answer).
ALTER TABLE customer ADD criterion_answer smallint CHECK (criterion_answer BETWEEN 1 AND 3);
-- Of those of before, what was not submitted is awaited: the watch notes what is past.
UPDATE customer c
SET criterion_answer = CASE
    WHEN c.open_application_id IS NOT NULL THEN 3
    WHEN c.criterion_due_at > business_now() THEN 1
    WHEN EXISTS (SELECT FROM application a
                 WHERE a.customer_id = c.customer_id AND a.home_id = c.home_id AND a.submitted_at >= c.criterion_detected_at)
    THEN 3
    ELSE 1 END
WHERE c.criterion_detected_at IS NOT NULL;
ALTER TABLE customer
    ADD CONSTRAINT customer_criterion_has_answer CHECK ((criterion_answer IS NULL) = (criterion_detected_at IS NULL)),
    ADD CONSTRAINT customer_criterion_is_awaited CHECK (criterion_answer <> 1 OR open_application_id IS NULL);
-- What the watch looks for.
CREATE INDEX customer_criterion_awaited ON customer (criterion_due_at) WHERE criterion_answer = 1;
ALTER TYPE customer_write ADD ATTRIBUTE criterion_answer smallint;

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
       coalesce(managed_by, 0) AS managed_by, volume_minor, volume_currency,
       coalesce(criterion_answer, 0::smallint) AS criterion_answer
FROM customer;

-- ---- events ----

-- 81 criterion missed: of the customer, by the system.
ALTER TABLE event DROP CONSTRAINT event_kind_known;
ALTER TABLE event
    ADD CONSTRAINT event_kind_known CHECK (CASE WHEN home_id = 0
        THEN CASE customer_id WHEN 0 THEN kind BETWEEN 50 AND 57 OR kind BETWEEN 61 AND 65 ELSE kind BETWEEN 58 AND 60 END
        ELSE kind BETWEEN 1 AND 13 OR kind BETWEEN 20 AND 28 OR kind BETWEEN 30 AND 46 OR kind = 48
             OR kind BETWEEN 70 AND 81 END),
    ADD CONSTRAINT event_criterion_missed_is_past CHECK (kind <> 81 OR (
        actor = 0 AND application_id IS NULL AND coalesce((payload ->> 'due_before_us')::bigint <= at, false)));

-- What was missed is counted in the month in which it was due, however long ago: read_scoreboard.sql has the same form.
CREATE INDEX event_missed ON event (((payload ->> 'due_before_us')::bigint))
    WHERE kind IN (20, 81) OR strpos(payload::text, '"late":true') > 0;

-- ---- integrity ----

-- A criterion is missed when an event says so, and that is said once.
CREATE VIEW integrity_of_criteria (kind, home_id, id, detail) AS
SELECT 'criterion missed', c.home_id::integer, c.customer_id,
       format('answer %s, noted %s times since %s', c.criterion_answer, e.count, c.criterion_detected_at)
FROM customer c
CROSS JOIN LATERAL (SELECT count(*) FROM event e
                    WHERE e.home_id = c.home_id AND e.customer_id = c.customer_id AND e.kind = 81
                      AND e.at >= c.criterion_detected_at
                      AND (e.payload ->> 'due_before_us')::bigint = c.criterion_due_at) e
WHERE c.criterion_detected_at IS NOT NULL
  AND (e.count > 1 OR (c.criterion_answer = 1 AND e.count > 0) OR (c.criterion_answer = 2 AND e.count = 0));

CREATE OR REPLACE VIEW integrity_violation (kind, home_id, id, detail) AS
SELECT * FROM integrity_of_cases UNION ALL SELECT * FROM integrity_of_assessments UNION ALL SELECT * FROM integrity_of_units
UNION ALL SELECT * FROM integrity_of_emergencies UNION ALL SELECT * FROM integrity_of_managers
UNION ALL SELECT * FROM integrity_of_limits UNION ALL SELECT * FROM integrity_of_criteria;

-- ---- rights ----

GRANT UPDATE (criterion_answer) ON customer TO creditd_app;
