-- Managers of customers. Runs as creditd_owner with search_path = creditd, in one transaction. Conventions: 0001_first.sql.

ALTER TABLE customer
    -- Who works for the customer, as its file names him; he signs the nodes of a route that are its own manager's.
    ADD managed_by bigint REFERENCES app_user;

ALTER TYPE customer_write
    ADD ATTRIBUTE managed_by bigint;

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
       coalesce(managed_by, 0) AS managed_by
FROM customer;

-- ---- integrity ----

-- Who is the manager is what the last event says that names one, or nobody.
CREATE VIEW integrity_of_managers (kind, home_id, id, detail) AS
WITH last_event AS (
    SELECT DISTINCT ON (home_id, customer_id) home_id, customer_id,
           CASE kind WHEN 30 THEN payload ->> 'manager' ELSE payload -> 'after' ->> 'manager' END AS login
    FROM event WHERE kind IN (30, 32)
    ORDER BY home_id, customer_id, seq DESC)
SELECT 'customer manager', c.home_id::integer, c.customer_id, format('row %s, last event %s', c.managed_by, e.login)
FROM customer c
LEFT JOIN last_event e USING (home_id, customer_id)
LEFT JOIN app_user u ON u.login = e.login
WHERE c.managed_by IS DISTINCT FROM u.user_id;

CREATE OR REPLACE VIEW integrity_violation (kind, home_id, id, detail) AS
SELECT * FROM integrity_of_cases UNION ALL SELECT * FROM integrity_of_assessments UNION ALL SELECT * FROM integrity_of_units
UNION ALL SELECT * FROM integrity_of_emergencies UNION ALL SELECT * FROM integrity_of_managers;

-- ---- rights ----

GRANT UPDATE (managed_by) ON customer TO creditd_app;
