-- What a grade brings and what takes it away: measures, overrides by authority, demotions that are announced. Runs as
-- creditd_owner with search_path = creditd, in one transaction. Conventions: 0001_first.sql.

ALTER TABLE customer
    -- Measures of the grade in force: bits, by their places in the list of that policy's grade.
    ADD measures_policy  integer CHECK (measures_policy > 0),
    ADD measures_open    integer NOT NULL DEFAULT 0 CHECK (measures_open >= 0),
    ADD measures_applied integer NOT NULL DEFAULT 0 CHECK (measures_applied >= 0),
    -- The standing in force was put there by authority; override_from is in force again afterwards (0: ordinary).
    ADD override_until   date,
    ADD override_from    smallint CHECK (override_from BETWEEN 0 AND 4),
    ADD override_by      bigint CHECK (override_by > 0),
    -- A demotion is announced, and done after demote_on.
    ADD noticed_on       date,
    ADD demote_on        date,
    ADD appeal_until     date,
    ADD appealed_by      bigint CHECK (appealed_by > 0),
    ADD appealed_at      bigint,
    ADD CONSTRAINT customer_measures_fit CHECK (
        measures_open & measures_applied = 0 AND (measures_open | measures_applied <> 0) = (measures_policy IS NOT NULL)
        AND (measures_policy IS NULL OR tier = 1)),
    ADD CONSTRAINT customer_override_whole CHECK (
        (override_until IS NULL) = (override_from IS NULL) AND (override_until IS NULL) = (override_by IS NULL)
        AND (override_until IS NULL OR (evaluation_timer_id IS NOT NULL OR imports_open > 0))),
    ADD CONSTRAINT customer_override_is_a_difference CHECK (override_from <> coalesce(grade, 0)),
    ADD CONSTRAINT customer_notice_whole CHECK (
        (noticed_on IS NULL) = (demote_on IS NULL) AND (noticed_on IS NULL) = (appeal_until IS NULL)
        AND demote_on >= noticed_on AND appeal_until <= demote_on AND (noticed_on IS NULL OR tier = 1)
        AND (appealed_by IS NULL) = (appealed_at IS NULL) AND (appealed_by IS NULL OR noticed_on IS NOT NULL)),
    DROP CONSTRAINT customer_demotion_fits,
    -- Under an override it stays what may be taken back afterwards.
    ADD CONSTRAINT customer_demotion_fits CHECK (
        (demoted_on IS NULL) = (demoted_from IS NULL) AND (demoted_on IS NULL) = (demoted_policy IS NULL) AND
        (demoted_on IS NULL OR ((tier = 2 OR override_until IS NOT NULL) AND demoted_on <= in_force_since))),
    DROP CONSTRAINT customer_criterion_is_a_difference,
    -- A criterion is the difference between what is computed and what is in force, unless authority has put it there.
    ADD CONSTRAINT customer_criterion_is_a_difference CHECK ((criterion_detected_at IS NOT NULL) = (
        evaluated_policy IS NOT NULL AND override_until IS NULL AND
        CASE tier WHEN 1 THEN computed_grade IS NOT NULL AND computed_grade <> grade ELSE computed_admits END));

-- What a branch has to do.
CREATE INDEX customer_tasks ON customer (home_id, customer_id)
    WHERE measures_open <> 0 OR noticed_on IS NOT NULL OR assessed_on IS NOT NULL;

ALTER TYPE customer_write
    ADD ATTRIBUTE measures_policy integer,
    ADD ATTRIBUTE measures_open integer,
    ADD ATTRIBUTE measures_applied integer,
    ADD ATTRIBUTE override_until date,
    ADD ATTRIBUTE override_from smallint,
    ADD ATTRIBUTE override_by bigint,
    ADD ATTRIBUTE noticed_on date,
    ADD ATTRIBUTE demote_on date,
    ADD ATTRIBUTE appeal_until date,
    ADD ATTRIBUTE appealed_by bigint,
    ADD ATTRIBUTE appealed_at bigint;

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
       coalesce(appealed_by, 0) AS appealed_by, coalesce(appealed_at, 0) AS appealed_at
FROM customer;

-- 40 measure applied, 41 demotion noticed, 42 notice withdrawn, 43 demotion appealed, 44 override ended
-- by hand.
ALTER TABLE event DROP CONSTRAINT event_kind_known;
ALTER TABLE event ADD CONSTRAINT event_kind_known CHECK (CASE WHEN home_id = 0
        THEN CASE customer_id WHEN 0 THEN kind BETWEEN 50 AND 57 ELSE kind BETWEEN 58 AND 60 END
        ELSE kind BETWEEN 1 AND 9 OR kind = 20 OR kind BETWEEN 30 AND 44 END);

GRANT UPDATE (measures_policy, measures_open, measures_applied, override_until, override_from, override_by, noticed_on,
              demote_on, appeal_until, appealed_by, appealed_at) ON customer TO creditd_app;
