-- Emergencies: overrides for minutes, by one person or by two, and their review afterwards. Runs as creditd_owner with
-- search_path = creditd, in one transaction. Conventions: 0001_first.sql.

ALTER TABLE customer
    -- The override in force is an emergency, and ends at this instant, whose day is override_until.
    ADD override_ends_at     bigint,
    -- An emergency is asked for, and can be confirmed before it expires (grade 0: ordinary).
    ADD emergency_by         bigint CHECK (emergency_by > 0),
    ADD emergency_grade      smallint CHECK (emergency_grade BETWEEN 0 AND 4),
    ADD emergency_minutes    integer CHECK (emergency_minutes > 0),
    ADD emergency_expires_at bigint,
    ADD emergency_reason     text CHECK (btrim(emergency_reason) <> ''),
    -- The last emergency is to be reviewed.
    ADD review_opened_at     bigint,
    ADD review_due_at        bigint,
    ADD review_asked_by      bigint CHECK (review_asked_by > 0),
    ADD review_confirmed_by  bigint CHECK (review_confirmed_by > 0),
    ADD CONSTRAINT customer_emergency_whole CHECK (num_nulls(emergency_by, emergency_grade, emergency_minutes,
        emergency_expires_at, emergency_reason) IN (0, 5)),
    ADD CONSTRAINT customer_review_whole CHECK (
        num_nulls(review_opened_at, review_due_at, review_asked_by) IN (0, 3) AND review_due_at > review_opened_at
        AND (review_confirmed_by IS NULL OR (review_opened_at IS NOT NULL AND review_confirmed_by <> review_asked_by))),
    -- An emergency in force is one that will be reviewed, and no other begins before that.
    ADD CONSTRAINT customer_emergency_is_reviewed CHECK (
        (override_ends_at IS NULL OR (override_until IS NOT NULL AND review_opened_at IS NOT NULL
                                      AND override_ends_at >= review_opened_at))
        AND (emergency_by IS NULL OR review_opened_at IS NULL)),
    DROP CONSTRAINT customer_criterion_is_a_difference,
    -- A criterion is the difference between what is computed and what is in force, or, in an emergency, beneath it; there
    -- is none against authority.
    ADD CONSTRAINT customer_criterion_is_a_difference CHECK ((criterion_detected_at IS NOT NULL) = (
        evaluated_policy IS NOT NULL AND (override_until IS NULL OR override_ends_at IS NOT NULL) AND
        CASE CASE WHEN override_ends_at IS NULL THEN coalesce(grade, 0) ELSE override_from END
        WHEN 0 THEN computed_admits
        ELSE computed_grade IS NOT NULL
             AND computed_grade <> CASE WHEN override_ends_at IS NULL THEN grade ELSE override_from END END));

-- What is to be done: by somebody, and by HQ.
DROP INDEX customer_tasks;
CREATE INDEX customer_tasks ON customer (home_id, customer_id)
    WHERE measures_open <> 0 OR noticed_on IS NOT NULL OR assessed_on IS NOT NULL OR emergency_by IS NOT NULL
       OR review_opened_at IS NOT NULL;
CREATE INDEX customer_emergencies ON customer (home_id, customer_id)
    WHERE emergency_by IS NOT NULL OR review_opened_at IS NOT NULL;

ALTER TYPE customer_write
    ADD ATTRIBUTE override_ends_at bigint,
    ADD ATTRIBUTE emergency_by bigint,
    ADD ATTRIBUTE emergency_grade smallint,
    ADD ATTRIBUTE emergency_minutes integer,
    ADD ATTRIBUTE emergency_expires_at bigint,
    ADD ATTRIBUTE emergency_reason text,
    ADD ATTRIBUTE review_opened_at bigint,
    ADD ATTRIBUTE review_due_at bigint,
    ADD ATTRIBUTE review_asked_by bigint,
    ADD ATTRIBUTE review_confirmed_by bigint;

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
       coalesce(review_asked_by, 0) AS review_asked_by, coalesce(review_confirmed_by, 0) AS review_confirmed_by
FROM customer;

-- 45 emergency asked, 46 refused, 48 reviewed; one that came into force is a change of the standing (31) with `ends_us`, made
-- by whoever decided it.
ALTER TABLE event
    DROP CONSTRAINT event_kind_known,
    DROP CONSTRAINT event_text_given;
ALTER TABLE event
    ADD CONSTRAINT event_kind_known CHECK (CASE WHEN home_id = 0
        THEN CASE customer_id WHEN 0 THEN kind BETWEEN 50 AND 57 OR kind BETWEEN 61 AND 65 ELSE kind BETWEEN 58 AND 60 END
        ELSE kind BETWEEN 1 AND 13 OR kind BETWEEN 20 AND 28 OR kind BETWEEN 30 AND 46 OR kind = 48
             OR kind BETWEEN 70 AND 75 OR kind IN (78, 79) END),
    ADD CONSTRAINT event_text_given CHECK (CASE
        WHEN kind IN (2, 48) OR (kind = 12 AND from_state = 1) THEN coalesce(btrim(payload ->> 'opinion'), '') <> ''
        WHEN kind IN (3, 6, 11, 13, 35, 36, 45, 46, 65) THEN coalesce(btrim(payload ->> 'reason'), '') <> ''
        WHEN kind IN (33, 73) THEN actor = 0 OR coalesce(btrim(payload ->> 'reason'), '') <> ''
        ELSE true END),
    ADD CONSTRAINT event_emergency_has_hands CHECK (CASE
        WHEN kind = 31 AND payload ->> 'ends_us' IS NOT NULL THEN
            coalesce(btrim(payload ->> 'reason'), '') <> '' AND (payload ->> 'ends_us')::bigint > at AND
            payload ->> 'asked_by_id' IS NOT NULL AND coalesce((payload ->> 'review_due_us')::bigint, 0) > at AND
            CASE WHEN payload ->> 'confirmed_by_id' IS NULL THEN actor = (payload ->> 'asked_by_id')::bigint
            ELSE actor = (payload ->> 'confirmed_by_id')::bigint AND actor <> (payload ->> 'asked_by_id')::bigint END
        WHEN kind = 46 THEN actor IS DISTINCT FROM (payload ->> 'asked_by_id')::bigint
        WHEN kind = 48 THEN coalesce(payload ->> 'finding', '') IN ('justified', 'unjustified') AND
            payload ->> 'asked_by_id' IS NOT NULL AND actor <> (payload ->> 'asked_by_id')::bigint AND
            actor IS DISTINCT FROM (payload ->> 'confirmed_by_id')::bigint
        ELSE true END);

-- ---- integrity ----

-- What the row says of the review and of the emergency that waits is what the last events say.
CREATE VIEW integrity_of_emergencies (kind, home_id, id, detail) AS
WITH last_event AS (
    SELECT DISTINCT ON (home_id, customer_id) home_id, customer_id, kind, at, actor, payload
    FROM event WHERE kind IN (45, 46, 48) OR (kind = 31 AND payload ->> 'ends_us' IS NOT NULL)
    ORDER BY home_id, customer_id, seq DESC)
SELECT 'emergency review', c.home_id::integer, c.customer_id,
       format('row since %s due %s by %s and %s, last event %s at %s', c.review_opened_at, c.review_due_at, c.review_asked_by,
              c.review_confirmed_by, e.kind, e.at)
FROM customer c
LEFT JOIN last_event e ON e.home_id = c.home_id AND e.customer_id = c.customer_id AND e.kind = 31
WHERE (c.review_opened_at, c.review_due_at, c.review_asked_by, c.review_confirmed_by) IS DISTINCT FROM
      (e.at, (e.payload ->> 'review_due_us')::bigint, (e.payload ->> 'asked_by_id')::bigint,
       (e.payload ->> 'confirmed_by_id')::bigint)
UNION ALL
SELECT 'emergency asked', c.home_id, c.customer_id,
       format('row by %s until %s, last event %s by %s', c.emergency_by, c.emergency_expires_at, e.kind, e.actor)
FROM customer c
LEFT JOIN last_event e ON e.home_id = c.home_id AND e.customer_id = c.customer_id AND e.kind = 45
WHERE (c.emergency_by, c.emergency_expires_at, c.emergency_minutes, c.emergency_reason) IS DISTINCT FROM
      (e.actor, (e.payload ->> 'until_us')::bigint, (e.payload ->> 'minutes')::integer, e.payload ->> 'reason');

CREATE OR REPLACE VIEW integrity_violation (kind, home_id, id, detail) AS
SELECT * FROM integrity_of_cases UNION ALL SELECT * FROM integrity_of_assessments UNION ALL SELECT * FROM integrity_of_units
UNION ALL SELECT * FROM integrity_of_emergencies;

-- ---- rights ----

GRANT UPDATE (override_ends_at, emergency_by, emergency_grade, emergency_minutes, emergency_expires_at, emergency_reason,
              review_opened_at, review_due_at, review_asked_by, review_confirmed_by) ON customer TO creditd_app;
