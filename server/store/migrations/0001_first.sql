-- The first schema. Runs as creditd_owner with search_path = creditd, in one transaction.
--
-- Conventions: *_at are instants in UTC microseconds (bigint), *_on are civil dates, NULL is "none". Numbers of the closed
-- lists (grades, states, steps, roles ...) are those of common/vocabulary.h. home_id leads every key of business data;
-- home 0 is the organisation's own. There are no triggers, and no foreign keys on the tables that every command writes:
-- the engine has just loaded what it points to, the constraints below hold what a row alone can show, and the view
-- integrity_violation holds what only several rows can.

-- ---- reference data ----

CREATE TABLE reference_epoch (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch bigint NOT NULL CHECK (epoch > 0)
);
INSERT INTO reference_epoch (epoch) VALUES (1);

CREATE TABLE clock (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    test_clock boolean NOT NULL,
    offset_us  bigint NOT NULL,
    CONSTRAINT clock_moves_only_in_tests CHECK (test_clock OR offset_us = 0)
);
INSERT INTO clock (test_clock, offset_us) VALUES (false, 0);

CREATE FUNCTION real_now() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (extract(epoch FROM statement_timestamp()) * 1000000)::bigint;
CREATE FUNCTION business_now() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (extract(epoch FROM statement_timestamp()) * 1000000)::bigint + (SELECT c.offset_us FROM clock c);

-- A statement of a batch that did not touch exactly the rows it was given ends the whole batch.
CREATE FUNCTION credit_expect(actual bigint, expected bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF actual IS DISTINCT FROM expected THEN
        RAISE EXCEPTION 'rows touched: %, expected: %', actual, expected USING ERRCODE = 'CR001';
    END IF;
    RETURN actual;
END $$;
-- What a failpoint puts in the place of a statement.
CREATE FUNCTION credit_fail(state text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'failpoint' USING ERRCODE = state;
END $$;

CREATE TABLE unit (
    unit_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id integer REFERENCES unit,
    level     smallint NOT NULL CHECK (level BETWEEN 1 AND 3),
    home_id   smallint CHECK (home_id > 0),
    code      text NOT NULL CHECK (code <> ''),
    name      text NOT NULL CHECK (name <> ''),
    zone      text NOT NULL CHECK (zone <> ''),
    closed    boolean NOT NULL DEFAULT false,
    CONSTRAINT unit_code_once UNIQUE (code),
    CONSTRAINT unit_home_once UNIQUE (home_id),
    CONSTRAINT unit_top_is_hq CHECK ((parent_id IS NULL) = (level = 1)),
    CONSTRAINT unit_home_is_of_region CHECK ((home_id IS NOT NULL) = (level = 2))
);
CREATE UNIQUE INDEX unit_one_hq ON unit ((true)) WHERE level = 1;

-- roles: bit 1 << role (common/vocabulary.h); an administrator (8) may hold no other role but auditor (7).
CREATE TABLE app_user (
    user_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login     text NOT NULL CHECK (login <> '' AND login <> 'system'),
    name      text NOT NULL CHECK (name <> ''),
    unit_id   integer NOT NULL REFERENCES unit,
    job_level smallint NOT NULL CHECK (job_level BETWEEN 1 AND 4),
    roles     integer NOT NULL,
    disabled  boolean NOT NULL DEFAULT false,
    CONSTRAINT user_login_once UNIQUE (login),
    CONSTRAINT user_roles_known CHECK (roles & ~1022 = 0),
    CONSTRAINT user_administrator_decides_nothing CHECK (roles & 256 = 0 OR roles & ~(256 | 128) = 0)
);

CREATE TABLE user_password (
    user_id    bigint PRIMARY KEY REFERENCES app_user,
    hash       text NOT NULL CHECK (hash LIKE '$argon2id$%'),
    changed_at bigint NOT NULL
);

CREATE TABLE policy_version (
    version       integer PRIMARY KEY CHECK (version > 0),
    text          text NOT NULL CHECK (text <> ''),
    registered_at bigint NOT NULL
);

-- Head of the organisation's own chain of events (home 0, customer 0).
CREATE TABLE organisation_head (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    chain_seq     bigint NOT NULL CHECK (chain_seq >= 0),
    chain_hash    bytea NOT NULL CHECK (length(chain_hash) = 32),
    last_event_at bigint NOT NULL
);
INSERT INTO organisation_head (chain_seq, chain_hash, last_event_at) VALUES (0, decode(repeat('00', 32), 'hex'), 0);

-- Written by a batch that holds only repeated commands, so that it commits like any other.
CREATE TABLE repeats (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    batches bigint NOT NULL CHECK (batches >= 0)
);
INSERT INTO repeats (batches) VALUES (0);

-- Real time, not business time.
CREATE TABLE session (
    token_hash   bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id      bigint NOT NULL REFERENCES app_user,
    created_at   bigint NOT NULL,
    last_used_at bigint NOT NULL,
    idle_s       integer NOT NULL CHECK (idle_s > 0),
    expires_at   bigint NOT NULL CHECK (expires_at > created_at),
    ended_at     bigint
) WITH (fillfactor = 70);

-- ---- business data ----

-- Numbers of customers and applications, over all homes.
CREATE SEQUENCE row_number AS bigint CACHE 1;
CREATE SEQUENCE read_audit_number AS bigint CACHE 1;

CREATE TABLE customer (
    home_id             smallint NOT NULL CHECK (home_id > 0),
    customer_id         bigint NOT NULL CHECK (customer_id > 0),
    version             integer NOT NULL CHECK (version > 0),
    number              text NOT NULL CHECK (number <> ''),
    name                text NOT NULL CHECK (name <> ''),
    branch_id           integer NOT NULL,
    region_id           integer NOT NULL,
    stage               smallint NOT NULL CHECK (stage BETWEEN 1 AND 3),
    tier                smallint NOT NULL,
    grade               smallint,
    open_application_id bigint CHECK (open_application_id > 0),
    chain_seq           bigint NOT NULL CHECK (chain_seq > 0),
    chain_hash          bytea NOT NULL CHECK (length(chain_hash) = 32),
    last_event_at       bigint NOT NULL,
    PRIMARY KEY (home_id, customer_id),
    CONSTRAINT customer_number_once UNIQUE (home_id, number),
    CONSTRAINT customer_standing_fits CHECK (
        (tier = 1 AND grade IS NOT NULL AND grade BETWEEN 1 AND 4) OR (tier = 2 AND grade IS NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_threshold = 100,
        autovacuum_analyze_scale_factor = 0.05);
-- A list by number without a home.
CREATE INDEX customer_by_number ON customer (number);

CREATE TABLE application (
    home_id               smallint NOT NULL CHECK (home_id > 0),
    application_id        bigint NOT NULL CHECK (application_id > 0),
    customer_id           bigint NOT NULL CHECK (customer_id > 0),
    version               integer NOT NULL CHECK (version > 0),
    came_from             smallint NOT NULL,
    action                smallint NOT NULL,
    state                 smallint NOT NULL,
    open                  boolean NOT NULL GENERATED ALWAYS AS (state IN (1, 2, 3, 4)) STORED,
    from_tier             smallint NOT NULL,
    from_grade            smallint,
    to_grade              smallint NOT NULL,
    decided_grade         smallint,
    off_criteria          boolean NOT NULL,
    finding               smallint CHECK (finding IN (1, 2)),
    hands                 bigint[] NOT NULL,
    submitted_by          bigint NOT NULL CHECK (submitted_by > 0),
    verified_by           bigint CHECK (verified_by > 0),
    decided_by            bigint CHECK (decided_by > 0),
    recorded_by           bigint CHECK (recorded_by > 0),
    branch_id             integer NOT NULL,
    region_id             integer NOT NULL,
    policy_version        integer NOT NULL CHECK (policy_version > 0),
    criterion_met_on      date,
    criterion_detected_at bigint,
    clock_started_at      bigint NOT NULL,
    submitted_at          bigint NOT NULL,
    verified_at           bigint,
    decided_at            bigint,
    recorded_at           bigint,
    due_at                bigint,
    complete_by           bigint NOT NULL,
    turn_unit_id          integer,
    turn_role             smallint,
    timer_id              uuid,
    reason                text NOT NULL,
    PRIMARY KEY (home_id, application_id),
    -- The published state table: (came_from, action, state).
    CONSTRAINT application_step_is_published CHECK ((came_from, action, state) IN (
        (0, 1, 1),
        (1, 2, 3), (1, 3, 2), (3, 3, 2), (2, 4, 1),
        (3, 5, 4), (3, 6, 6), (4, 8, 5),
        (1, 7, 7), (2, 7, 7), (3, 7, 7),
        (1, 9, 8), (2, 9, 8), (3, 9, 8), (4, 9, 8))),
    -- No shorter way leads there.
    CONSTRAINT application_no_step_skipped CHECK (version >= CASE state
        WHEN 1 THEN CASE action WHEN 1 THEN 1 ELSE 3 END WHEN 2 THEN 2 WHEN 3 THEN 2
        WHEN 4 THEN 3 WHEN 5 THEN 4 WHEN 6 THEN 3 ELSE 2 END),
    CONSTRAINT application_first_step CHECK ((action = 1) = (version = 1)),
    CONSTRAINT application_from_fits CHECK (
        (from_tier = 1 AND from_grade IS NOT NULL AND from_grade BETWEEN 1 AND 4) OR
        (from_tier = 2 AND from_grade IS NULL)),
    CONSTRAINT application_asks_for_a_change CHECK (to_grade BETWEEN 1 AND 4 AND to_grade <> coalesce(from_grade, 5)),
    -- Between the old grade, which is excluded, and the requested one; an ordinary customer stands below black.
    CONSTRAINT application_decided_between CHECK (decided_grade IS NULL OR
        (decided_grade BETWEEN least(to_grade, coalesce(from_grade, 5)) AND greatest(to_grade, coalesce(from_grade, 5))
         AND decided_grade <> coalesce(from_grade, 5))),
    -- Four eyes: who decides has neither entered nor verified the case.
    CONSTRAINT application_four_eyes CHECK (decided_by IS NULL OR
        (decided_by <> ALL (hands) AND decided_by <> submitted_by AND decided_by IS DISTINCT FROM verified_by)),
    CONSTRAINT application_verified_by_another CHECK (verified_by IS NULL OR verified_by <> submitted_by),
    CONSTRAINT application_hands_hold CHECK (submitted_by = ANY (hands) AND array_position(hands, NULL) IS NULL AND
        (verified_by IS NULL OR verified_by = ANY (hands)) AND cardinality(hands) <= 32),
    CONSTRAINT application_verified_fits CHECK ((verified_by IS NULL) = (verified_at IS NULL) AND
        (state NOT IN (3, 4, 5, 6) OR (verified_by IS NOT NULL AND finding IS NOT NULL))),
    CONSTRAINT application_decided_fits CHECK ((decided_by IS NULL) = (decided_at IS NULL) AND
        CASE WHEN state IN (4, 5) THEN decided_by IS NOT NULL AND decided_grade IS NOT NULL
             WHEN state = 6 THEN decided_by IS NOT NULL AND decided_grade IS NULL
             WHEN state = 8 AND came_from = 4 THEN decided_by IS NOT NULL AND decided_grade IS NOT NULL
             ELSE decided_by IS NULL AND decided_grade IS NULL END),
    CONSTRAINT application_recorded_fits CHECK ((recorded_by IS NULL) = (recorded_at IS NULL) AND
        (recorded_by IS NOT NULL) = (state = 5)),
    -- An open case has a due instant and a turn, a closed one has neither, nor a timer.
    CONSTRAINT application_turn_fits CHECK (CASE WHEN state IN (1, 2, 3, 4)
        THEN due_at IS NOT NULL AND turn_unit_id IS NOT NULL AND turn_role IS NOT NULL AND
             turn_role = CASE state WHEN 1 THEN 2 WHEN 3 THEN 3 ELSE 1 END
        ELSE due_at IS NULL AND turn_unit_id IS NULL AND turn_role IS NULL AND timer_id IS NULL END),
    CONSTRAINT application_due_within_whole CHECK (due_at IS NULL OR due_at <= complete_by),
    CONSTRAINT application_criterion_fits CHECK ((criterion_met_on IS NULL) = (criterion_detected_at IS NULL)),
    CONSTRAINT application_off_criteria_has_reason CHECK (NOT off_criteria OR btrim(reason) <> '')
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_threshold = 100,
        autovacuum_analyze_scale_factor = 0.05);
-- Inbox and lists of open cases. It holds only what no step but the first and the last changes (the unit whose turn it is
-- and the due instant are read from the row), so that the steps between are HOT updates; a home's open cases are few.
CREATE INDEX application_open_by_branch ON application (home_id, branch_id, application_id) WHERE open;
-- One open application per customer, for the database too.
CREATE UNIQUE INDEX application_one_open ON application (home_id, customer_id) WHERE open;
CREATE INDEX application_by_customer ON application (home_id, customer_id, application_id);

-- Insert-only. customer_id 0 (home 0): the organisation's chain. payload is json, not jsonb: its bytes are hashed.
CREATE TABLE event (
    home_id        smallint NOT NULL,
    customer_id    bigint NOT NULL CHECK (customer_id >= 0),
    seq            bigint NOT NULL CHECK (seq > 0),
    application_id bigint CHECK (application_id > 0),
    kind           smallint NOT NULL,
    command_id     uuid NOT NULL,
    actor          bigint NOT NULL CHECK (actor >= 0),
    at             bigint NOT NULL,
    from_state     smallint NOT NULL,
    to_state       smallint NOT NULL,
    version        integer NOT NULL,
    payload        json NOT NULL,
    hash_prev      bytea NOT NULL CHECK (length(hash_prev) = 32),
    hash           bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (home_id, customer_id, seq),
    CONSTRAINT event_home_fits CHECK ((home_id = 0) = (customer_id = 0) AND home_id >= 0),
    CONSTRAINT event_kind_known CHECK (CASE WHEN home_id = 0 THEN kind BETWEEN 50 AND 57
        ELSE kind BETWEEN 1 AND 9 OR kind IN (20, 30, 31) END),
    CONSTRAINT event_step_is_published CHECK (CASE WHEN kind BETWEEN 1 AND 9
        THEN application_id IS NOT NULL AND version > 0 AND (from_state, kind, to_state) IN (
            (0, 1, 1),
            (1, 2, 3), (1, 3, 2), (3, 3, 2), (2, 4, 1),
            (3, 5, 4), (3, 6, 6), (4, 8, 5),
            (1, 7, 7), (2, 7, 7), (3, 7, 7),
            (1, 9, 8), (2, 9, 8), (3, 9, 8), (4, 9, 8))
        ELSE from_state = 0 AND to_state = 0 AND version = 0 END),
    CONSTRAINT event_deadline_is_of_application CHECK (kind <> 20 OR application_id IS NOT NULL),
    -- A verification carries its opinion, a submission, a return and a rejection their reason.
    CONSTRAINT event_text_given CHECK (CASE
        WHEN kind = 2 THEN coalesce(btrim(payload ->> 'opinion'), '') <> ''
        WHEN kind IN (1, 3, 6) THEN coalesce(btrim(payload ->> 'reason'), '') <> ''
        ELSE true END)
) WITH (autovacuum_analyze_threshold = 100, autovacuum_analyze_scale_factor = 0.05,
        autovacuum_vacuum_insert_scale_factor = 0.1);

-- Insert-only: one row per command, accepted or refused. home 0: commands on the organisation.
CREATE TABLE command (
    home_id      smallint NOT NULL CHECK (home_id >= 0),
    command_id   uuid NOT NULL,
    user_id      bigint NOT NULL CHECK (user_id >= 0),
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    method       smallint NOT NULL CHECK (method > 0),
    status       smallint NOT NULL CHECK (status IN (1, 2)),
    reason       integer NOT NULL,
    field        text NOT NULL,
    arguments    text NOT NULL,
    entity       text NOT NULL,
    version      integer NOT NULL CHECK (version >= 0),
    at           bigint NOT NULL,
    PRIMARY KEY (home_id, command_id),
    CONSTRAINT command_refused_for_a_reason CHECK ((status = 1) = (reason = 0))
) WITH (autovacuum_analyze_threshold = 100, autovacuum_analyze_scale_factor = 0.05,
        autovacuum_vacuum_insert_scale_factor = 0.1);

-- Insert-only: what standing applied from when (valid_from), as known since when (recorded_at).
CREATE TABLE standing_history (
    home_id        smallint NOT NULL CHECK (home_id > 0),
    customer_id    bigint NOT NULL CHECK (customer_id > 0),
    seq            bigint NOT NULL CHECK (seq > 0),
    tier           smallint NOT NULL,
    grade          smallint,
    cause          smallint NOT NULL CHECK (cause BETWEEN 1 AND 5),
    valid_from     date NOT NULL,
    recorded_at    bigint NOT NULL,
    application_id bigint CHECK (application_id > 0),
    PRIMARY KEY (home_id, customer_id, seq),
    CONSTRAINT standing_fits CHECK (
        (tier = 1 AND grade IS NOT NULL AND grade BETWEEN 1 AND 4) OR (tier = 2 AND grade IS NULL)),
    CONSTRAINT standing_names_its_application CHECK ((application_id IS NOT NULL) = (cause = 2))
);

CREATE TABLE timer (
    home_id        smallint NOT NULL CHECK (home_id > 0),
    timer_id       uuid NOT NULL,
    kind           smallint NOT NULL CHECK (kind = 20),
    customer_id    bigint NOT NULL CHECK (customer_id > 0),
    application_id bigint NOT NULL CHECK (application_id > 0),
    due_at         bigint NOT NULL,
    closed         boolean NOT NULL DEFAULT false,
    PRIMARY KEY (home_id, timer_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_threshold = 100,
        autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX timer_due ON timer (due_at) WHERE NOT closed;

-- Insert-only: one row per answer that carried credit information. home_id is that of the reader's unit.
CREATE TABLE read_audit (
    home_id       smallint NOT NULL CHECK (home_id >= 0),
    read_audit_id bigint NOT NULL DEFAULT nextval('read_audit_number'),
    at            bigint NOT NULL,
    user_id       bigint NOT NULL CHECK (user_id > 0),
    method        smallint NOT NULL CHECK (method > 0),
    purpose       text NOT NULL,
    customer_home smallint[] NOT NULL,
    customer_id   bigint[] NOT NULL,
    PRIMARY KEY (home_id, read_audit_id),
    CONSTRAINT read_audit_lists_fit CHECK (cardinality(customer_home) = cardinality(customer_id))
);

-- ---- integrity ----

-- What no row alone can show. Empty, always; each row is one fault.
CREATE VIEW integrity_violation (kind, home_id, id, detail) AS
WITH last_event AS (
    SELECT DISTINCT ON (home_id, customer_id) home_id, customer_id, seq, hash, at
    FROM event ORDER BY home_id, customer_id, seq DESC),
linked AS (
    SELECT home_id, customer_id, seq, hash_prev, at,
           lag(seq) OVER chain AS before_seq, lag(hash) OVER chain AS before_hash, lag(at) OVER chain AS before_at
    FROM event WINDOW chain AS (PARTITION BY home_id, customer_id ORDER BY seq)),
steps AS (
    SELECT home_id, application_id, count(*) AS steps, max(version) AS top, min(customer_id) AS customer_id,
           (array_agg(to_state ORDER BY seq DESC))[1] AS to_state
    FROM event WHERE kind BETWEEN 1 AND 9 GROUP BY home_id, application_id),
path AS (
    SELECT home_id, application_id, seq, version, from_state,
           lag(to_state, 1, 0::smallint) OVER w AS before_state, lag(version, 1, 0) OVER w AS before_version
    FROM event WHERE kind BETWEEN 1 AND 9 WINDOW w AS (PARTITION BY home_id, application_id ORDER BY seq)),
hands AS (
    SELECT home_id, application_id, array_agg(DISTINCT actor) FILTER (WHERE kind IN (1, 2, 4)) AS entered,
           array_agg(actor) FILTER (WHERE kind = 2) AS verified, max(actor) FILTER (WHERE kind IN (5, 6)) AS decided
    FROM event WHERE kind BETWEEN 1 AND 9 GROUP BY home_id, application_id),
last_standing AS (
    SELECT DISTINCT ON (home_id, customer_id) home_id, customer_id, tier, grade
    FROM standing_history ORDER BY home_id, customer_id, seq DESC)
SELECT 'customer head', c.home_id::integer, c.customer_id,
       format('row %s %s, last event %s %s', c.chain_seq, encode(c.chain_hash, 'hex'), e.seq, encode(e.hash, 'hex'))
FROM customer c LEFT JOIN last_event e USING (home_id, customer_id)
WHERE (c.chain_seq, c.chain_hash, c.last_event_at) IS DISTINCT FROM (e.seq, e.hash, e.at)
UNION ALL
SELECT 'customer unit', c.home_id, c.customer_id, format('branch %s of region %s', c.branch_id, c.region_id)
FROM customer c LEFT JOIN unit b ON b.unit_id = c.branch_id
WHERE (b.level, b.parent_id, b.closed) IS DISTINCT FROM (3::smallint, c.region_id, false)
UNION ALL
SELECT 'event without customer', e.home_id, e.customer_id, NULL
FROM last_event e LEFT JOIN customer c USING (home_id, customer_id) WHERE e.customer_id <> 0 AND c.customer_id IS NULL
UNION ALL
SELECT 'organisation head', 0, 0, format('row %s, last event %s', h.chain_seq, e.seq)
FROM organisation_head h LEFT JOIN last_event e ON e.home_id = 0 AND e.customer_id = 0
WHERE (h.chain_seq, h.chain_hash)
      IS DISTINCT FROM (coalesce(e.seq, 0), coalesce(e.hash, decode(repeat('00', 32), 'hex')))
UNION ALL
SELECT 'chain gap', home_id, customer_id, format('seq %s after %s', seq, coalesce(before_seq, 0))
FROM linked WHERE seq <> coalesce(before_seq, 0) + 1
UNION ALL
SELECT 'chain link', home_id, customer_id, format('seq %s', seq)
FROM linked WHERE hash_prev <> coalesce(before_hash, decode(repeat('00', 32), 'hex'))
UNION ALL
SELECT 'time runs back', home_id, customer_id, format('seq %s', seq) FROM linked WHERE at < before_at
UNION ALL
SELECT 'application version', a.home_id, a.application_id,
       format('version %s state %s, steps %s last to %s', a.version, a.state, s.steps, s.to_state)
FROM application a LEFT JOIN steps s USING (home_id, application_id)
WHERE (a.version::bigint, a.version, a.state, a.customer_id)
      IS DISTINCT FROM (s.steps, s.top, s.to_state, s.customer_id)
UNION ALL
SELECT 'event without application', s.home_id, s.application_id, NULL
FROM steps s LEFT JOIN application a USING (home_id, application_id) WHERE a.application_id IS NULL
UNION ALL
SELECT 'path broken', home_id, application_id,
       format('seq %s: version %s from %s, before it %s in %s', seq, version, from_state, before_version, before_state)
FROM path WHERE version <> before_version + 1 OR from_state <> before_state
UNION ALL
SELECT 'hands', a.home_id, a.application_id,
       format('row %s, verified by %s, decided by %s; events %s, %s, %s', a.hands, a.verified_by, a.decided_by, h.entered,
              h.verified, h.decided)
FROM application a JOIN hands h USING (home_id, application_id)
WHERE NOT (a.hands @> h.entered AND a.hands <@ h.entered) OR h.decided = ANY (h.entered)
   OR a.decided_by IS DISTINCT FROM h.decided OR (a.verified_by IS NOT NULL AND a.verified_by <> ALL (h.verified))
UNION ALL
SELECT 'open application', c.home_id, c.customer_id,
       format('customer names %s, open is %s', c.open_application_id, a.application_id)
FROM customer c LEFT JOIN application a ON a.home_id = c.home_id AND a.customer_id = c.customer_id AND a.open
WHERE c.open_application_id IS DISTINCT FROM a.application_id
UNION ALL
SELECT 'application without customer', a.home_id, a.application_id, NULL
FROM application a LEFT JOIN customer c USING (home_id, customer_id) WHERE c.customer_id IS NULL
UNION ALL
SELECT 'standing', c.home_id, c.customer_id,
       format('row %s %s, history %s %s', c.tier, c.grade, s.tier, s.grade)
FROM customer c LEFT JOIN last_standing s USING (home_id, customer_id)
WHERE (c.tier, c.grade) IS DISTINCT FROM (coalesce(s.tier, 2::smallint), s.grade)
UNION ALL
SELECT 'standing without event', s.home_id, s.customer_id, format('seq %s', s.seq)
FROM standing_history s LEFT JOIN event e ON (e.home_id, e.customer_id, e.seq) = (s.home_id, s.customer_id, s.seq)
WHERE e.seq IS NULL OR e.kind NOT IN (9, 31)
UNION ALL
SELECT 'event without command', e.home_id, e.customer_id, format('seq %s, command %s', e.seq, e.command_id)
FROM event e LEFT JOIN command k ON k.home_id = e.home_id AND k.command_id = e.command_id
WHERE (k.user_id, k.status) IS DISTINCT FROM (e.actor, 1::smallint)
UNION ALL
SELECT 'timer', coalesce(a.home_id, t.home_id), coalesce(a.application_id, t.application_id),
       format('application has %s due %s, timer is %s due %s', a.timer_id, a.due_at, t.timer_id, t.due_at)
FROM (SELECT * FROM application WHERE timer_id IS NOT NULL) a
FULL JOIN (SELECT * FROM timer WHERE NOT closed) t ON t.home_id = a.home_id AND t.application_id = a.application_id
WHERE (a.timer_id, a.due_at, a.customer_id) IS DISTINCT FROM (t.timer_id, t.due_at, t.customer_id);

-- ---- rights ----

GRANT USAGE ON SCHEMA creditd TO creditd_app, creditd_audit;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA creditd FROM PUBLIC;
GRANT EXECUTE ON FUNCTION real_now(), business_now(), credit_expect(bigint, bigint), credit_fail(text) TO creditd_app;
GRANT EXECUTE ON FUNCTION real_now(), business_now() TO creditd_audit;

-- The server: no DELETE anywhere; events, command rows, standing history and read audit are never changed.
GRANT SELECT ON ALL TABLES IN SCHEMA creditd TO creditd_app;
GRANT USAGE ON SEQUENCE row_number, read_audit_number TO creditd_app;
GRANT INSERT ON unit, app_user, user_password, session, customer, application, event, command, standing_history, timer,
    read_audit TO creditd_app;
GRANT UPDATE (epoch) ON reference_epoch TO creditd_app;
GRANT UPDATE (offset_us) ON clock TO creditd_app;
GRANT UPDATE (batches) ON repeats TO creditd_app;
GRANT UPDATE (parent_id, closed) ON unit TO creditd_app;
GRANT UPDATE (roles, job_level, disabled, unit_id) ON app_user TO creditd_app;
GRANT UPDATE (hash, changed_at) ON user_password TO creditd_app;
GRANT UPDATE (chain_seq, chain_hash, last_event_at) ON organisation_head TO creditd_app;
GRANT UPDATE (last_used_at, ended_at) ON session TO creditd_app;
GRANT UPDATE (version, name, branch_id, region_id, stage, tier, grade, open_application_id, chain_seq, chain_hash,
    last_event_at) ON customer TO creditd_app;
GRANT UPDATE (version, came_from, action, state, to_grade, decided_grade, off_criteria, finding, hands, verified_by,
    decided_by, recorded_by, branch_id, region_id, verified_at, decided_at, recorded_at, due_at, turn_unit_id, turn_role,
    timer_id, reason) ON application TO creditd_app;
GRANT UPDATE (closed) ON timer TO creditd_app;

-- Auditors read, but no secret.
GRANT SELECT ON ALL TABLES IN SCHEMA creditd TO creditd_audit;
REVOKE ALL ON user_password, session FROM creditd_audit;
