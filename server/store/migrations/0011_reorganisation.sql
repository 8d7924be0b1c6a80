-- Reorganisation: units that are merged into others, cases that go with their customers to other units. Runs as
-- creditd_owner with search_path = creditd, in one transaction. Conventions: 0001_first.sql.

-- ---- units ----

ALTER TABLE unit
    ADD merged_into integer REFERENCES unit,
    ADD CONSTRAINT unit_merged_is_closed CHECK (merged_into IS NULL OR (closed AND merged_into <> unit_id));

-- Which customers still have the units of before; does a unit look after customers? Rows hardly ever get another entry.
CREATE INDEX customer_by_branch ON customer (branch_id, region_id, home_id, customer_id);

-- ---- events ----

-- 73 moved to other units: of an application, and no step. 65 unit merged: of the organisation's chain. What the system
-- moves has no reason but the change of the organisation.
ALTER TABLE event
    DROP CONSTRAINT event_kind_known,
    DROP CONSTRAINT event_is_of_application,
    DROP CONSTRAINT event_text_given;
ALTER TABLE event
    ADD CONSTRAINT event_kind_known CHECK (CASE WHEN home_id = 0
        THEN CASE customer_id WHEN 0 THEN kind BETWEEN 50 AND 57 OR kind BETWEEN 61 AND 65 ELSE kind BETWEEN 58 AND 60 END
        ELSE kind BETWEEN 1 AND 11 OR kind BETWEEN 20 AND 28 OR kind BETWEEN 30 AND 44 OR kind BETWEEN 70 AND 73 END),
    ADD CONSTRAINT event_is_of_application CHECK (
        NOT (kind BETWEEN 20 AND 28 OR kind BETWEEN 70 AND 73) OR application_id IS NOT NULL),
    ADD CONSTRAINT event_text_given CHECK (CASE
        WHEN kind = 2 THEN coalesce(btrim(payload ->> 'opinion'), '') <> ''
        WHEN kind IN (3, 6, 11, 35, 36, 65) THEN coalesce(btrim(payload ->> 'reason'), '') <> ''
        WHEN kind IN (33, 73) THEN actor = 0 OR coalesce(btrim(payload ->> 'reason'), '') <> ''
        ELSE true END);

-- Where a case was before: few are moved.
CREATE INDEX event_case_moved ON event (home_id, application_id, seq) WHERE kind = 73;

-- ---- integrity ----

CREATE VIEW integrity_of_units (kind, home_id, id, detail) AS
SELECT 'case unit', a.home_id::integer, a.application_id,
       format('case %s of %s, customer %s of %s', a.branch_id, a.region_id, c.branch_id, c.region_id)
FROM application a JOIN customer c USING (home_id, customer_id)
WHERE a.open AND (a.branch_id, a.region_id) IS DISTINCT FROM (c.branch_id, c.region_id)
UNION ALL
SELECT 'turn unit', a.home_id, a.application_id,
       format('state %s, turn %s, branch %s of %s', a.state, a.turn_unit_id, a.branch_id, a.region_id)
FROM application a
WHERE a.open AND a.turn_unit_id IS DISTINCT FROM
      CASE a.turn_role WHEN 1 THEN a.branch_id WHEN 2 THEN a.region_id ELSE (SELECT unit_id FROM unit WHERE level = 1) END
UNION ALL
SELECT 'merged unit', 0, m.unit_id, format('%s %s %s', x.what, x.id, m.code)
FROM unit m
CROSS JOIN LATERAL (
    SELECT 'user' AS what, user_id AS id FROM app_user WHERE unit_id = m.unit_id
    UNION ALL SELECT 'unit', unit_id FROM unit WHERE parent_id = m.unit_id
    UNION ALL SELECT 'level of', unit_id FROM unit WHERE unit_id = m.merged_into AND level <> m.level) x
WHERE m.merged_into IS NOT NULL;

CREATE OR REPLACE VIEW integrity_violation (kind, home_id, id, detail) AS
SELECT * FROM integrity_of_cases UNION ALL SELECT * FROM integrity_of_assessments UNION ALL SELECT * FROM integrity_of_units;

-- ---- rights ----

GRANT UPDATE (merged_into) ON unit TO creditd_app;
