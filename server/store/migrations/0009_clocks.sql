-- More time for HQ to decide, the clock of a case that stands still, and the calendars of units. Runs as creditd_owner with
-- search_path = creditd, in one transaction. Conventions: 0001_first.sql.

-- ---- cases ----

ALTER TABLE application
    ADD extension_days   smallint CHECK (extension_days > 0),       -- asked for by HQ, and not answered yet
    ADD extension_by     bigint CHECK (extension_by > 0),
    ADD extended_days    smallint NOT NULL DEFAULT 0 CHECK (extended_days >= 0), -- granted for the running step
    ADD step_started_at  bigint,                                    -- of the step that is waited for
    ADD paused_at        bigint,
    ADD paused_by        bigint CHECK (paused_by > 0),
    ADD paused_due_at    bigint,                                    -- what the step was due at as the pause began
    ADD paused_days      smallint NOT NULL DEFAULT 0 CHECK (paused_days >= 0),      -- of the whole, pauses that are over
    ADD step_paused_days smallint NOT NULL DEFAULT 0 CHECK (step_paused_days >= 0), -- of them, in the running step
    ADD urged_at         bigint,                                    -- last, in the running step
    ADD urged_by         bigint CHECK (urged_by > 0);
UPDATE application a
SET step_started_at = (SELECT max(e.at) FROM event e
                       WHERE e.home_id = a.home_id AND e.customer_id = a.customer_id AND e.application_id = a.application_id
                         AND e.kind BETWEEN 1 AND 9)
WHERE state IN (1, 2, 3, 4);
ALTER TABLE application
    ADD CONSTRAINT application_extension_whole CHECK ((extension_days IS NULL) = (extension_by IS NULL)),
    -- Only HQ's step is extended.
    ADD CONSTRAINT application_extension_is_of_hq CHECK (state = 3 OR (extension_days IS NULL AND extended_days = 0)),
    ADD CONSTRAINT application_step_began CHECK ((state IN (1, 2, 3, 4)) = (step_started_at IS NOT NULL)),
    ADD CONSTRAINT application_pause_whole CHECK ((paused_at IS NULL) = (paused_by IS NULL) AND (paused_at IS NULL) = (paused_due_at IS NULL)
        AND (paused_at IS NULL OR (state IN (1, 2, 3) AND paused_at >= step_started_at))),
    ADD CONSTRAINT application_urge_whole CHECK ((urged_at IS NULL) = (urged_by IS NULL)
        AND (urged_at IS NULL OR urged_at >= step_started_at)),
    ADD CONSTRAINT application_pauses_fit CHECK (step_paused_days <= paused_days);

-- The desk of whoever answers.
CREATE INDEX application_extension ON application (home_id, application_id) WHERE extension_days IS NOT NULL;

ALTER TYPE application_write
    ADD ATTRIBUTE extension_days smallint,
    ADD ATTRIBUTE extension_by bigint,
    ADD ATTRIBUTE extended_days smallint,
    ADD ATTRIBUTE step_started_at bigint,
    ADD ATTRIBUTE paused_at bigint,
    ADD ATTRIBUTE paused_by bigint,
    ADD ATTRIBUTE paused_due_at bigint,
    ADD ATTRIBUTE paused_days smallint,
    ADD ATTRIBUTE step_paused_days smallint,
    ADD ATTRIBUTE urged_at bigint,
    ADD ATTRIBUTE urged_by bigint;

-- ---- calendars ----

-- A day holds for the unit and those below it, unless one of them has an entry of its own for it.
CREATE TABLE calendar_day (
    unit_id integer NOT NULL REFERENCES unit,
    day     date NOT NULL,
    working boolean NOT NULL,
    name    text NOT NULL,
    PRIMARY KEY (unit_id, day)
);

CREATE TYPE calendar_write AS (unit_id integer, day date, working boolean, name text);

-- ---- events ----

-- 23 extension asked for, 24 granted, 25 refused, 26 paused, 27 resumed, 28 urged: of an application, and no steps. 61 calendar: of the
-- organisation's chain.
ALTER TABLE event
    DROP CONSTRAINT event_kind_known,
    DROP CONSTRAINT event_is_of_application;
ALTER TABLE event
    ADD CONSTRAINT event_kind_known CHECK (CASE WHEN home_id = 0
        THEN CASE customer_id WHEN 0 THEN kind BETWEEN 50 AND 57 OR kind = 61 ELSE kind BETWEEN 58 AND 60 END
        ELSE kind BETWEEN 1 AND 9 OR kind BETWEEN 20 AND 28 OR kind BETWEEN 30 AND 44 END),
    ADD CONSTRAINT event_is_of_application CHECK (kind NOT BETWEEN 20 AND 28 OR application_id IS NOT NULL);

-- What happened in a month: events come nearly in the order of their instants, so that this costs a writer nothing.
CREATE INDEX event_at ON event USING brin (at);

-- ---- rights ----

GRANT UPDATE (extension_days, extension_by, extended_days, step_started_at, paused_at, paused_by, paused_due_at, paused_days,
              step_paused_days, urged_at, urged_by) ON application TO creditd_app;
GRANT SELECT ON calendar_day TO creditd_app, creditd_audit;
GRANT INSERT, UPDATE (working, name) ON calendar_day TO creditd_app;
