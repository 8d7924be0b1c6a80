-- A case moves to another version of the policy by two hands: one asks, another approves; and it remembers on whose assessment it
-- was submitted. Runs as creditd_owner with
-- search_path = creditd, in one transaction. Conventions: 0001_first.sql.

ALTER TABLE application
    ADD asked_policy integer CHECK (asked_policy > 0),
    ADD asked_by     bigint CHECK (asked_by > 0),
    ADD assessed_by  bigint CHECK (assessed_by > 0),
    ADD CONSTRAINT application_assessor_decides_not CHECK (decided_by <> assessed_by),
    ADD CONSTRAINT application_asked_whole CHECK ((asked_policy IS NULL) = (asked_by IS NULL)),
    ADD CONSTRAINT application_asks_for_another_policy CHECK (asked_policy <> policy_version);

ALTER TYPE application_write
    ADD ATTRIBUTE asked_policy integer,
    ADD ATTRIBUTE asked_by bigint,
    ADD ATTRIBUTE assessed_by bigint;

-- 21 another policy asked for, 22 moved to it: of an application, and no steps.
ALTER TABLE event
    DROP CONSTRAINT event_kind_known,
    DROP CONSTRAINT event_deadline_is_of_application;
ALTER TABLE event
    ADD CONSTRAINT event_kind_known CHECK (CASE WHEN home_id = 0
        THEN CASE customer_id WHEN 0 THEN kind BETWEEN 50 AND 57 ELSE kind BETWEEN 58 AND 60 END
        ELSE kind BETWEEN 1 AND 9 OR kind BETWEEN 20 AND 22 OR kind BETWEEN 30 AND 44 END),
    ADD CONSTRAINT event_is_of_application CHECK (kind NOT BETWEEN 20 AND 22 OR application_id IS NOT NULL);

GRANT UPDATE (policy_version, complete_by, asked_policy, asked_by, assessed_by) ON application TO creditd_app;
