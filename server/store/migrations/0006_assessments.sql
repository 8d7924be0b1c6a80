-- Assessments: runs of the scorecard, never changed. The customer row has a copy of what the last one is about. Runs as
-- creditd_owner with search_path = creditd, in one transaction. Conventions: 0001_first.sql.

CREATE TABLE assessment (
    home_id        smallint NOT NULL CHECK (home_id > 0),
    customer_id    bigint NOT NULL CHECK (customer_id > 0),
    assessment_id  bigint NOT NULL CHECK (assessment_id > 0),
    review         smallint NOT NULL CHECK (review BETWEEN 1 AND 3), -- 1 admission, 2 change, 3 periodic
    assessed_on    date NOT NULL,
    policy_version integer NOT NULL CHECK (policy_version > 0),      -- that it was entered under
    factor_values  text NOT NULL CHECK (factor_values <> ''),        -- lines "factor=value"
    documents      json NOT NULL,                                    -- the evidence, as entered
    entered_by     bigint NOT NULL CHECK (entered_by > 0),
    recorded_at    bigint NOT NULL,
    command_id     uuid NOT NULL,
    PRIMARY KEY (home_id, customer_id, assessment_id)
);

CREATE VIEW assessment_row AS
SELECT home_id, customer_id, assessment_id, review, assessed_on, policy_version, factor_values, documents, entered_by,
       recorded_at
FROM assessment;

CREATE TYPE assessment_write AS (
    home_id smallint, customer_id bigint, assessment_id bigint, review smallint, assessed_on date, policy_version integer,
    factor_values text, documents json, entered_by bigint, recorded_at bigint, command_id uuid);

-- ---- the customer's copy ----

ALTER TABLE customer
    ADD assessment_id bigint CHECK (assessment_id > 0),
    ADD assessed_on   date,
    ADD assessed_by   bigint CHECK (assessed_by > 0),
    ADD CONSTRAINT customer_assessment_whole CHECK (
        (assessment_id IS NULL) = (assessed_on IS NULL) AND (assessment_id IS NULL) = (assessed_by IS NULL));

-- A plan that is made on a small table must look a key up by the primary key. An index that begins with the home too costs the
-- same there, and is walked through a whole home once the table has grown; so none does. That of numbers serves both looks.
ALTER TABLE customer
    DROP CONSTRAINT customer_number_once,
    ADD CONSTRAINT customer_number_once UNIQUE (number, home_id);
DROP INDEX customer_by_number;
DROP INDEX application_by_customer;
CREATE INDEX application_by_customer ON application (customer_id, home_id, application_id);

ALTER TYPE customer_write
    ADD ATTRIBUTE assessment_id bigint,
    ADD ATTRIBUTE assessed_on date,
    ADD ATTRIBUTE assessed_by bigint;

CREATE OR REPLACE VIEW customer_row AS
SELECT home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, coalesce(grade, 0::smallint) AS grade,
       in_force_since, coalesce(open_application_id, 0) AS open_application_id, revision, chain_seq, chain_hash,
       last_event_at, coalesce(evaluated_policy, 0) AS evaluated_policy, coalesce(computed_grade, 0::smallint) AS computed_grade,
       computed_admits, criterion_met_on, coalesce(criterion_detected_at, 0) AS criterion_detected_at,
       coalesce(criterion_due_at, 0) AS criterion_due_at, demoted_on, coalesce(demoted_from, 0::smallint) AS demoted_from,
       coalesce(demoted_policy, 0) AS demoted_policy, evaluation_timer_id, coalesce(evaluate_at, 0) AS evaluate_at, imports_open,
       coalesce(assessment_id, 0) AS assessment_id, assessed_on, coalesce(assessed_by, 0) AS assessed_by
FROM customer;

-- ---- events ----

-- 39: assessed.
ALTER TABLE event DROP CONSTRAINT event_kind_known;
ALTER TABLE event ADD CONSTRAINT event_kind_known CHECK (CASE WHEN home_id = 0
        THEN CASE customer_id WHEN 0 THEN kind BETWEEN 50 AND 57 ELSE kind BETWEEN 58 AND 60 END
        ELSE kind BETWEEN 1 AND 9 OR kind = 20 OR kind BETWEEN 30 AND 39 END);

-- ---- integrity ----

-- The faults of each subject stand in a view of their own from now on.
ALTER VIEW integrity_violation RENAME TO integrity_of_cases;

CREATE VIEW integrity_of_assessments (kind, home_id, id, detail) AS
WITH last_assessment AS (
    SELECT DISTINCT ON (home_id, customer_id) home_id, customer_id, assessment_id, assessed_on, entered_by
    FROM assessment ORDER BY home_id, customer_id, assessed_on DESC, recorded_at DESC, assessment_id DESC)
SELECT 'assessment', coalesce(c.home_id, a.home_id)::integer, coalesce(c.customer_id, a.customer_id),
       format('row %s of %s by %s, last %s of %s by %s', c.assessment_id, c.assessed_on, c.assessed_by, a.assessment_id,
              a.assessed_on, a.entered_by)
FROM (SELECT * FROM customer WHERE assessment_id IS NOT NULL) c FULL JOIN last_assessment a USING (home_id, customer_id)
WHERE (c.assessment_id, c.assessed_on, c.assessed_by) IS DISTINCT FROM (a.assessment_id, a.assessed_on, a.entered_by)
UNION ALL
SELECT 'assessment without event', a.home_id, a.customer_id, format('%s', a.assessment_id)
FROM assessment a
WHERE NOT EXISTS (SELECT FROM event e WHERE e.home_id = a.home_id AND e.customer_id = a.customer_id AND e.kind = 39
                  AND e.command_id = a.command_id AND e.actor = a.entered_by AND e.at = a.recorded_at);

-- What no row alone can show. Empty, always; each row is one fault.
CREATE VIEW integrity_violation (kind, home_id, id, detail) AS
SELECT * FROM integrity_of_cases UNION ALL SELECT * FROM integrity_of_assessments;

-- ---- rights ----

GRANT SELECT ON assessment, assessment_row, integrity_violation TO creditd_app, creditd_audit;
GRANT INSERT ON assessment TO creditd_app;
GRANT UPDATE (assessment_id, assessed_on, assessed_by) ON customer TO creditd_app;
