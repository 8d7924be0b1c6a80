-- Trades, imports of them, and the standing computed from them. Runs as creditd_owner with search_path = creditd, in one
-- transaction. Conventions: 0001_first.sql.

-- ---- customers: the last evaluation and what follows from it ----

-- Numbers and documents are compared byte by byte: every import looks up thousands of them.
ALTER TABLE customer ALTER number TYPE text COLLATE "C";
-- revision: raised by every write of the row; the compare-and-set of the commit engine is on it.
ALTER TABLE customer
    ADD revision             bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
    ADD in_force_since       date,
    ADD evaluated_policy     integer CHECK (evaluated_policy > 0),
    ADD computed_grade       smallint CHECK (computed_grade BETWEEN 1 AND 4),
    ADD computed_admits      boolean NOT NULL DEFAULT false,
    ADD criterion_met_on     date,
    ADD criterion_detected_at bigint,
    ADD criterion_due_at     bigint,
    ADD demoted_on           date,
    ADD demoted_from         smallint CHECK (demoted_from BETWEEN 1 AND 4),
    ADD demoted_policy       integer CHECK (demoted_policy > 0),
    ADD evaluation_timer_id  uuid,
    ADD evaluate_at          bigint,
    ADD imports_open         smallint NOT NULL DEFAULT 0 CHECK (imports_open >= 0),
    ADD CONSTRAINT customer_evaluation_fits CHECK (evaluated_policy IS NOT NULL OR
        (computed_grade IS NULL AND NOT computed_admits AND criterion_detected_at IS NULL)),
    ADD CONSTRAINT customer_admits_fits CHECK (NOT computed_admits OR computed_grade IS NOT NULL),
    ADD CONSTRAINT customer_criterion_fits CHECK (
        (criterion_met_on IS NULL) = (criterion_detected_at IS NULL) AND
        (criterion_due_at IS NULL) = (criterion_detected_at IS NULL)),
    -- A criterion is the difference between what is computed and what is in force.
    ADD CONSTRAINT customer_criterion_is_a_difference CHECK ((criterion_detected_at IS NOT NULL) = (
        evaluated_policy IS NOT NULL AND
        CASE tier WHEN 1 THEN computed_grade IS NOT NULL AND computed_grade <> grade ELSE computed_admits END)),
    -- Below the floor a key account becomes ordinary: at once, by the timer that is armed, or at the end of an import.
    ADD CONSTRAINT customer_below_floor_is_ordinary CHECK (
        tier = 2 OR evaluated_policy IS NULL OR computed_grade IS NOT NULL OR evaluation_timer_id IS NOT NULL OR
        imports_open > 0),
    ADD CONSTRAINT customer_demotion_fits CHECK (
        (demoted_on IS NULL) = (demoted_from IS NULL) AND (demoted_on IS NULL) = (demoted_policy IS NULL) AND
        (demoted_on IS NULL OR (tier = 2 AND demoted_on = in_force_since))),
    ADD CONSTRAINT customer_timer_fits CHECK ((evaluation_timer_id IS NULL) = (evaluate_at IS NULL));
UPDATE customer c SET in_force_since = s.valid_from
FROM (SELECT DISTINCT ON (home_id, customer_id) home_id, customer_id, valid_from
      FROM standing_history ORDER BY home_id, customer_id, seq DESC) s
WHERE s.home_id = c.home_id AND s.customer_id = c.customer_id;
-- The inbox of a branch.
CREATE INDEX customer_criterion ON customer (home_id, branch_id, customer_id) WHERE criterion_detected_at IS NOT NULL;

-- The columns of a customer as the server reads them, in its order.
CREATE VIEW customer_row AS
SELECT home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, coalesce(grade, 0::smallint) AS grade,
       in_force_since, coalesce(open_application_id, 0) AS open_application_id, revision, chain_seq, chain_hash,
       last_event_at, coalesce(evaluated_policy, 0) AS evaluated_policy, coalesce(computed_grade, 0::smallint) AS computed_grade,
       computed_admits, criterion_met_on, coalesce(criterion_detected_at, 0) AS criterion_detected_at,
       coalesce(criterion_due_at, 0) AS criterion_due_at, demoted_on, coalesce(demoted_from, 0::smallint) AS demoted_from,
       coalesce(demoted_policy, 0) AS demoted_policy, evaluation_timer_id, coalesce(evaluate_at, 0) AS evaluate_at, imports_open
FROM customer;

-- ---- trades ----

-- The newest version of each trade. Documents are unique within the home of their customer.
CREATE TABLE trade (
    home_id      smallint NOT NULL CHECK (home_id > 0),
    document     text COLLATE "C" NOT NULL CHECK (document <> ''),
    customer_id  bigint NOT NULL CHECK (customer_id > 0),
    version      integer NOT NULL CHECK (version > 0),
    currency     text NOT NULL CHECK (length(currency) = 3),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    issued_on    date NOT NULL,
    due_on       date NOT NULL,
    settled_on   date,
    cancelled    boolean NOT NULL,
    import_home  smallint CHECK (import_home >= 0),
    import_id    bigint CHECK (import_id > 0),
    command_id   uuid NOT NULL,
    recorded_at  bigint NOT NULL,
    PRIMARY KEY (home_id, document),
    CONSTRAINT trade_import_whole CHECK ((import_home IS NULL) = (import_id IS NULL)),
    CONSTRAINT trade_due_after_issue CHECK (due_on >= issued_on)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_threshold = 100,
        autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
CREATE INDEX trade_by_customer ON trade (home_id, customer_id, due_on);

-- Insert-only: earlier versions, each with the instant at which the next one took its place.
CREATE TABLE trade_past (
    home_id       smallint NOT NULL,
    document      text COLLATE "C" NOT NULL,
    customer_id   bigint NOT NULL,
    version       integer NOT NULL CHECK (version > 0),
    currency      text NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    issued_on     date NOT NULL,
    due_on        date NOT NULL,
    settled_on    date,
    cancelled     boolean NOT NULL,
    import_home   smallint,
    import_id     bigint,
    command_id    uuid NOT NULL,
    recorded_at   bigint NOT NULL,
    superseded_at bigint NOT NULL CHECK (superseded_at >= recorded_at),
    PRIMARY KEY (home_id, document, version)
) WITH (autovacuum_analyze_threshold = 100, autovacuum_analyze_scale_factor = 0.05,
        autovacuum_vacuum_insert_scale_factor = 0.1);
CREATE INDEX trade_past_by_customer ON trade_past (home_id, customer_id);

-- The columns of a trade as the server reads them, in its order: of the newest versions, and of all, each with the instant
-- at which another one took its place.
CREATE VIEW trade_row AS
SELECT home_id, customer_id, document, version, currency, amount_minor, issued_on, due_on, settled_on, cancelled,
       coalesce(import_home, 0::smallint) AS import_home, coalesce(import_id, 0) AS import_id, command_id, recorded_at
FROM trade;
CREATE VIEW trade_version AS
SELECT home_id, customer_id, document, version, currency, amount_minor, issued_on, due_on, settled_on, cancelled,
       coalesce(import_home, 0::smallint) AS import_home, coalesce(import_id, 0) AS import_id, command_id, recorded_at, 9223372036854775807 AS superseded_at
FROM trade
UNION ALL
SELECT home_id, customer_id, document, version, currency, amount_minor, issued_on, due_on, settled_on, cancelled,
       coalesce(import_home, 0::smallint) AS import_home, coalesce(import_id, 0) AS import_id, command_id, recorded_at, superseded_at
FROM trade_past;

-- home_id: of the unit of who imports, 0 for HQ. source stands for the file and its mapping.
CREATE TABLE trade_import (
    home_id          smallint NOT NULL CHECK (home_id >= 0),
    import_id        bigint NOT NULL CHECK (import_id > 0),
    version          integer NOT NULL CHECK (version > 0),
    user_id          bigint NOT NULL CHECK (user_id > 0),
    source           bytea NOT NULL CHECK (length(source) = 32),
    name             text NOT NULL,
    create_customers boolean NOT NULL,
    started_at       bigint NOT NULL,
    last_at          bigint NOT NULL,
    finished_at      bigint,
    added            bigint NOT NULL CHECK (added >= 0),
    changed          bigint NOT NULL CHECK (changed >= 0),
    unchanged        bigint NOT NULL CHECK (unchanged >= 0),
    refused          bigint NOT NULL CHECK (refused >= 0),
    customers_added  bigint NOT NULL CHECK (customers_added >= 0),
    customers        bigint NOT NULL CHECK (customers >= 0),
    evaluated        bigint NOT NULL CHECK (evaluated >= 0),
    demoted          bigint NOT NULL CHECK (demoted >= 0),
    corrected        bigint NOT NULL CHECK (corrected >= 0),
    criteria         bigint NOT NULL CHECK (criteria >= 0),
    PRIMARY KEY (home_id, import_id),
    CONSTRAINT import_evaluated_after_its_end CHECK (evaluated = 0 OR finished_at IS NOT NULL),
    CONSTRAINT import_evaluated_of_its_customers CHECK (evaluated <= customers)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX trade_import_open ON trade_import (home_id, user_id, source) WHERE finished_at IS NULL;
CREATE INDEX trade_import_idle ON trade_import (last_at) WHERE finished_at IS NULL;
CREATE INDEX trade_import_to_evaluate ON trade_import (import_id) WHERE finished_at IS NOT NULL AND evaluated < customers;

CREATE VIEW import_row AS
SELECT home_id, import_id, version, user_id, source, name, create_customers, started_at, last_at,
       coalesce(finished_at, 0) AS finished_at, added, changed, unchanged, refused, customers_added, customers, evaluated,
       demoted, corrected, criteria
FROM trade_import;

-- A customer whose trades an import has changed, to be evaluated once after its end by the command command_id.
-- result: 1 nothing followed, 2 demoted, 3 a demotion taken back, 4 a criterion met.
CREATE TABLE import_customer (
    home_id     smallint NOT NULL CHECK (home_id > 0),
    customer_id bigint NOT NULL CHECK (customer_id > 0),
    import_id   bigint NOT NULL CHECK (import_id > 0),
    command_id  uuid NOT NULL,
    result      smallint CHECK (result BETWEEN 1 AND 4),
    PRIMARY KEY (home_id, customer_id, import_id)
) WITH (fillfactor = 90, autovacuum_analyze_threshold = 100, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX import_customer_to_evaluate ON import_customer (import_id, home_id, customer_id) WHERE result IS NULL;

-- ---- timers, events ----

-- 20: the deadline of an application, 21: the evaluation of a customer.
ALTER TABLE timer DROP CONSTRAINT timer_kind_check, ALTER application_id DROP NOT NULL,
    ADD CONSTRAINT timer_kind_known CHECK (kind IN (20, 21)),
    ADD CONSTRAINT timer_application_fits CHECK ((kind = 20) = (application_id IS NOT NULL));
ALTER TABLE event DROP CONSTRAINT event_kind_known, ADD CONSTRAINT event_kind_known CHECK (
        CASE WHEN home_id = 0 THEN kind BETWEEN 50 AND 57 ELSE kind BETWEEN 1 AND 9 OR kind = 20 OR kind BETWEEN 30 AND 38 END),
    DROP CONSTRAINT event_text_given, ADD CONSTRAINT event_text_given CHECK (CASE
        WHEN kind = 2 THEN coalesce(btrim(payload ->> 'opinion'), '') <> ''
        WHEN kind IN (3, 6, 33, 35, 36) THEN coalesce(btrim(payload ->> 'reason'), '') <> ''
        ELSE true END);

-- ---- integrity ----

DROP VIEW integrity_violation;
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
    SELECT DISTINCT ON (home_id, customer_id) home_id, customer_id, tier, grade, valid_from
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
       format('row %s %s since %s, history %s %s since %s', c.tier, c.grade, c.in_force_since, s.tier, s.grade, s.valid_from)
FROM customer c LEFT JOIN last_standing s USING (home_id, customer_id)
WHERE (c.tier, c.grade, c.in_force_since) IS DISTINCT FROM (coalesce(s.tier, 2::smallint), s.grade, s.valid_from)
UNION ALL
SELECT 'standing without event', s.home_id, s.customer_id, format('seq %s', s.seq)
FROM standing_history s LEFT JOIN event e ON (e.home_id, e.customer_id, e.seq) = (s.home_id, s.customer_id, s.seq)
WHERE e.seq IS NULL OR e.kind NOT IN (9, 31)
UNION ALL
SELECT 'event without command', e.home_id, e.customer_id, format('seq %s, command %s', e.seq, e.command_id)
FROM event e
WHERE NOT EXISTS (SELECT FROM command k WHERE k.command_id = e.command_id AND k.user_id = e.actor AND k.status = 1)
UNION ALL
SELECT 'timer', coalesce(a.home_id, t.home_id), coalesce(a.application_id, t.application_id),
       format('application has %s due %s, timer is %s due %s', a.timer_id, a.due_at, t.timer_id, t.due_at)
FROM (SELECT * FROM application WHERE timer_id IS NOT NULL) a
FULL JOIN (SELECT * FROM timer WHERE NOT closed AND kind = 20) t ON t.home_id = a.home_id AND t.application_id = a.application_id
WHERE (a.timer_id, a.due_at, a.customer_id) IS DISTINCT FROM (t.timer_id, t.due_at, t.customer_id)
UNION ALL
SELECT 'evaluation timer', coalesce(c.home_id, t.home_id), coalesce(c.customer_id, t.customer_id),
       format('customer has %s at %s, timer is %s due %s', c.evaluation_timer_id, c.evaluate_at, t.timer_id, t.due_at)
FROM (SELECT * FROM customer WHERE evaluation_timer_id IS NOT NULL) c
FULL JOIN (SELECT * FROM timer WHERE NOT closed AND kind = 21) t
     ON t.home_id = c.home_id AND t.customer_id = c.customer_id
WHERE (c.evaluation_timer_id, c.evaluate_at) IS DISTINCT FROM (t.timer_id, t.due_at)
UNION ALL
SELECT 'trade without customer', t.home_id, t.customer_id, t.document
FROM trade t LEFT JOIN customer c USING (home_id, customer_id) WHERE c.customer_id IS NULL
UNION ALL
SELECT 'trade versions', t.home_id, t.customer_id, format('%s: version %s after %s others', t.document, t.version, p.count)
FROM trade t
JOIN (SELECT home_id, document, count(*), min(version), max(version), max(superseded_at) AS superseded_at,
             count(DISTINCT customer_id) AS customers, min(customer_id) AS customer_id
      FROM trade_past GROUP BY home_id, document) p USING (home_id, document)
WHERE (p.count, p.min, p.max, p.superseded_at, p.customers, p.customer_id)
      IS DISTINCT FROM (t.version::bigint - 1, 1, t.version - 1, t.recorded_at, 1::bigint, t.customer_id)
UNION ALL
SELECT 'trade without its past', t.home_id, t.customer_id, format('%s: version %s', t.document, t.version)
FROM trade t LEFT JOIN trade_past p ON p.home_id = t.home_id AND p.document = t.document
WHERE t.version > 1 AND p.document IS NULL
UNION ALL
SELECT 'past without trade', p.home_id, p.customer_id, p.document
FROM trade_past p LEFT JOIN trade t USING (home_id, document) WHERE t.document IS NULL
UNION ALL
SELECT 'trade without command', t.home_id, t.customer_id, t.document
FROM trade t LEFT JOIN command k ON k.command_id = t.command_id AND k.status = 1 WHERE k.command_id IS NULL
UNION ALL
SELECT 'open imports', c.home_id, c.customer_id, format('row %s, open %s', c.imports_open, coalesce(i.count, 0))
FROM customer c
FULL JOIN (SELECT home_id, customer_id, count(*) FROM import_customer WHERE result IS NULL
           GROUP BY home_id, customer_id) i USING (home_id, customer_id)
WHERE c.imports_open IS DISTINCT FROM coalesce(i.count, 0)
UNION ALL
SELECT 'import counts', i.home_id, i.import_id,
       format('row %s, %s evaluated; customers %s, %s evaluated', i.customers, i.evaluated, c.count, c.evaluated)
FROM trade_import i
FULL JOIN (SELECT import_id, count(*), count(result) AS evaluated FROM import_customer GROUP BY import_id) c
     USING (import_id)
WHERE (i.customers, i.evaluated) IS DISTINCT FROM (coalesce(c.count, 0), coalesce(c.evaluated, 0));

-- ---- rights ----

GRANT SELECT ON ALL TABLES IN SCHEMA creditd TO creditd_app;
GRANT INSERT ON trade, trade_past, trade_import, import_customer TO creditd_app;
GRANT UPDATE (revision, in_force_since, evaluated_policy, computed_grade, computed_admits, criterion_met_on,
    criterion_detected_at, criterion_due_at, demoted_on, demoted_from, demoted_policy, evaluation_timer_id, evaluate_at,
    imports_open) ON customer TO creditd_app;
GRANT UPDATE (version, currency, amount_minor, issued_on, due_on, settled_on, cancelled, import_home, import_id, command_id,
    recorded_at) ON trade TO creditd_app;
GRANT UPDATE (version, last_at, finished_at, added, changed, unchanged, refused, customers_added, customers, evaluated, demoted,
    corrected, criteria) ON trade_import TO creditd_app;
GRANT UPDATE (result) ON import_customer TO creditd_app;
GRANT SELECT ON ALL TABLES IN SCHEMA creditd TO creditd_audit;
REVOKE ALL ON user_password, session FROM creditd_audit;
