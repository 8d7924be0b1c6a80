-- People away: whom a step was taken for, who may act for whom, who has claimed a step; recall, and return to the region; what
-- has changed, for those who watch; units that get another zone. Runs as creditd_owner with search_path = creditd, in one
-- transaction. Conventions: 0001_first.sql.

-- ---- cases ----

-- The one for whom a substitute acted; NULL: whoever acted did so as himself. `hands` holds both.
ALTER TABLE application
    ADD submitted_for bigint CHECK (submitted_for > 0),
    ADD verified_for  bigint CHECK (verified_for > 0),
    ADD decided_for   bigint CHECK (decided_for > 0),
    ADD recorded_for  bigint CHECK (recorded_for > 0),
    ADD extension_for bigint CHECK (extension_for > 0),
    ADD claimed_by    bigint CHECK (claimed_by > 0); -- the only one who takes the step waited for, as long as he can
ALTER TABLE application
    DROP CONSTRAINT application_step_is_published,
    ADD CONSTRAINT application_step_is_published CHECK ((came_from, action, state) IN (
        (0, 1, 1),
        (1, 2, 3), (1, 3, 2), (3, 3, 2), (2, 4, 1),
        (3, 5, 4), (3, 6, 6), (4, 8, 5),
        (1, 7, 7), (2, 7, 7), (3, 7, 7),
        (1, 9, 8), (2, 9, 8), (3, 9, 8), (4, 9, 8),
        (1, 10, 2), (3, 10, 1), (3, 11, 1))),
    ADD CONSTRAINT application_claim_is_of_open CHECK (claimed_by IS NULL OR state IN (1, 2, 3, 4)),
    ADD CONSTRAINT application_acted_for_another CHECK (
        submitted_for IS DISTINCT FROM submitted_by AND
        (verified_for IS NULL OR (verified_by IS NOT NULL AND verified_for <> verified_by)) AND
        (decided_for IS NULL OR (decided_by IS NOT NULL AND decided_for <> decided_by)) AND
        (recorded_for IS NULL OR (recorded_by IS NOT NULL AND recorded_for <> recorded_by)) AND
        (extension_for IS NULL OR (extension_by IS NOT NULL AND extension_for <> extension_by))),
    -- Four eyes see through a delegation, both ways.
    ADD CONSTRAINT application_four_eyes_for CHECK (decided_for IS NULL OR decided_for <> ALL (hands)),
    ADD CONSTRAINT application_verified_for_another CHECK (
        verified_for IS DISTINCT FROM submitted_by AND
        (submitted_for IS NULL OR (submitted_for IS DISTINCT FROM verified_by AND submitted_for IS DISTINCT FROM verified_for))),
    ADD CONSTRAINT application_hands_hold_for CHECK (
        (submitted_for IS NULL OR submitted_for = ANY (hands)) AND (verified_for IS NULL OR verified_for = ANY (hands)));

ALTER TYPE application_write
    ADD ATTRIBUTE submitted_for bigint,
    ADD ATTRIBUTE verified_for bigint,
    ADD ATTRIBUTE decided_for bigint,
    ADD ATTRIBUTE recorded_for bigint,
    ADD ATTRIBUTE extension_for bigint,
    ADD ATTRIBUTE claimed_by bigint;

-- ---- delegations ----

-- In effect in [begins_at, ends_at); revoked: it ended earlier than it was to.
CREATE TABLE delegation (
    delegation_id bigint PRIMARY KEY,
    delegator_id  bigint NOT NULL REFERENCES app_user,
    substitute_id bigint NOT NULL REFERENCES app_user,
    begins_at     bigint NOT NULL,
    ends_at       bigint NOT NULL,
    kinds         smallint NOT NULL CHECK (kinds >= 0), -- bits 1 << kind of case; 0: all
    set_by        bigint NOT NULL REFERENCES app_user,
    revoked_by    bigint REFERENCES app_user,
    CONSTRAINT delegation_to_another CHECK (substitute_id <> delegator_id),
    CONSTRAINT delegation_set_by_another CHECK (set_by <> substitute_id),
    CONSTRAINT delegation_has_an_end CHECK (ends_at > begins_at OR revoked_by IS NOT NULL)
);
CREATE INDEX delegation_end ON delegation (ends_at);

-- ---- what has changed ----

-- The events of cases that a transaction has committed, for those who watch: what a snapshot did not see and a later one
-- sees is what has changed in between, once, without a lock and without a gap. Kept for a day.
CREATE TABLE change (
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(), -- not unique: a restored database counts anew
    at        bigint NOT NULL, -- real time
    homes     bigint[] NOT NULL,
    customers bigint[] NOT NULL,
    seqs      bigint[] NOT NULL,
    CONSTRAINT change_lists_fit CHECK (cardinality(homes) = cardinality(customers) AND cardinality(homes) = cardinality(seqs))
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_threshold = 100, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX change_xid ON change (xid);

-- ---- events ----

-- 10 recall, 11 return to the region: steps. 70 claimed, 71 released, 72 transferred: of an application, and no steps. 62
-- delegation granted, 63 revoked, 64 unit edited: of the organisation's chain.
ALTER TABLE event
    DROP CONSTRAINT event_kind_known,
    DROP CONSTRAINT event_is_of_application,
    DROP CONSTRAINT event_step_is_published,
    DROP CONSTRAINT event_text_given;
ALTER TABLE event
    ADD CONSTRAINT event_kind_known CHECK (CASE WHEN home_id = 0
        THEN CASE customer_id WHEN 0 THEN kind BETWEEN 50 AND 57 OR kind BETWEEN 61 AND 64 ELSE kind BETWEEN 58 AND 60 END
        ELSE kind BETWEEN 1 AND 11 OR kind BETWEEN 20 AND 28 OR kind BETWEEN 30 AND 44 OR kind BETWEEN 70 AND 72 END),
    ADD CONSTRAINT event_is_of_application CHECK (
        NOT (kind BETWEEN 20 AND 28 OR kind BETWEEN 70 AND 72) OR application_id IS NOT NULL),
    ADD CONSTRAINT event_step_is_published CHECK (CASE WHEN kind BETWEEN 1 AND 11
        THEN application_id IS NOT NULL AND version > 0 AND (from_state, kind, to_state) IN (
            (0, 1, 1),
            (1, 2, 3), (1, 3, 2), (3, 3, 2), (2, 4, 1),
            (3, 5, 4), (3, 6, 6), (4, 8, 5),
            (1, 7, 7), (2, 7, 7), (3, 7, 7),
            (1, 9, 8), (2, 9, 8), (3, 9, 8), (4, 9, 8),
            (1, 10, 2), (3, 10, 1), (3, 11, 1))
        ELSE from_state = 0 AND to_state = 0 AND (version > 0) = (kind BETWEEN 58 AND 60) END),
    ADD CONSTRAINT event_text_given CHECK (CASE
        WHEN kind = 2 THEN coalesce(btrim(payload ->> 'opinion'), '') <> ''
        WHEN kind IN (3, 6, 11, 33, 35, 36) THEN coalesce(btrim(payload ->> 'reason'), '') <> ''
        ELSE true END);

-- ---- integrity ----

CREATE OR REPLACE VIEW integrity_of_cases (kind, home_id, id, detail) AS
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
    FROM event WHERE kind BETWEEN 1 AND 11 GROUP BY home_id, application_id),
path AS (
    SELECT home_id, application_id, seq, version, from_state,
           lag(to_state, 1, 0::smallint) OVER w AS before_state, lag(version, 1, 0) OVER w AS before_version
    FROM event WHERE kind BETWEEN 1 AND 11 WINDOW w AS (PARTITION BY home_id, application_id ORDER BY seq)),
people AS (
    SELECT home_id, application_id, kind, actor AS person FROM event WHERE kind BETWEEN 1 AND 11
    UNION ALL
    SELECT home_id, application_id, kind, (payload ->> 'acted_for')::bigint FROM event
    WHERE kind BETWEEN 1 AND 11 AND payload ->> 'acted_for' IS NOT NULL),
hands AS (
    SELECT home_id, application_id, array_agg(DISTINCT person) FILTER (WHERE kind IN (1, 2, 4)) AS entered,
           array_agg(person) FILTER (WHERE kind = 2) AS verified, array_agg(person) FILTER (WHERE kind IN (5, 6)) AS decided
    FROM people GROUP BY home_id, application_id),
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
FROM last_event e LEFT JOIN customer c USING (home_id, customer_id) WHERE e.home_id <> 0 AND c.customer_id IS NULL
UNION ALL
SELECT 'reference head', 0, h.chain, format('row %s, last event %s', h.chain_seq, e.seq)
FROM reference_head h LEFT JOIN last_event e ON e.home_id = 0 AND e.customer_id = h.chain
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
       format('row %s, verified by %s for %s, decided by %s for %s; events %s, %s, %s', a.hands, a.verified_by, a.verified_for,
              a.decided_by, a.decided_for, h.entered, h.verified, h.decided)
FROM application a JOIN hands h USING (home_id, application_id)
WHERE NOT (a.hands @> h.entered AND a.hands <@ h.entered) OR h.decided && h.entered
   OR NOT (array_remove(ARRAY[a.decided_by, a.decided_for], NULL) @> coalesce(h.decided, '{}')
           AND array_remove(ARRAY[a.decided_by, a.decided_for], NULL) <@ coalesce(h.decided, '{}'))
   OR NOT array_remove(ARRAY[a.verified_by, a.verified_for], NULL) <@ coalesce(h.verified, '{}')
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
SELECT 'timer', coalesce(a.home_id, t.home_id), coalesce(a.application_id, t.subject_id),
       format('application has %s due %s, turn %s %s; timer is %s due %s, turn %s %s', a.timer_id, a.due_at, a.turn_unit_id,
              a.turn_role, t.timer_id, t.due_at, t.unit_id, t.role)
FROM (SELECT * FROM application WHERE open) a
FULL JOIN (SELECT * FROM timer WHERE kind = 20) t ON t.home_id = a.home_id AND t.subject_id = a.application_id
WHERE (a.application_id, a.customer_id, a.timer_id, a.due_at, a.turn_unit_id, a.turn_role)
      IS DISTINCT FROM (t.subject_id, t.customer_id, t.timer_id, t.due_at, t.unit_id, t.role)
UNION ALL
SELECT 'evaluation timer', coalesce(c.home_id, t.home_id), coalesce(c.customer_id, t.subject_id),
       format('customer has %s at %s, timer is %s due %s', c.evaluation_timer_id, c.evaluate_at, t.timer_id, t.due_at)
FROM (SELECT * FROM customer WHERE evaluation_timer_id IS NOT NULL) c
FULL JOIN (SELECT * FROM timer WHERE kind = 21) t ON t.home_id = c.home_id AND t.subject_id = c.customer_id
WHERE (c.customer_id, c.evaluation_timer_id, c.evaluate_at) IS DISTINCT FROM (t.subject_id, t.timer_id, t.due_at)
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
WHERE (i.customers, i.evaluated) IS DISTINCT FROM (coalesce(c.count, 0), coalesce(c.evaluated, 0))
UNION ALL
SELECT 'policy version', 0, coalesce(p.version, e.version),
       format('row %s %s %s %s %s %s, events %s %s %s %s %s %s', p.proposed_by, p.base_version, p.text_sha256, p.published_by,
              p.effective_at, p.rolled_back_by, e.proposed_by, e.base_version, e.text_sha256, e.published_by, e.effective_at,
              e.rolled_back_by)
FROM (SELECT version, rolled_back_by, by_hands, CASE WHEN by_hands THEN proposed_by END AS proposed_by,
             CASE WHEN by_hands THEN base_version END AS base_version,
             CASE WHEN by_hands THEN encode(sha256(convert_to(text, 'UTF8')), 'hex') END AS text_sha256,
             CASE WHEN by_hands THEN published_by END AS published_by,
             CASE WHEN by_hands THEN effective_at END AS effective_at
      FROM (SELECT *, proposed_by <> 0 OR published_by <> 0 AS by_hands FROM policy_version) v) p
FULL JOIN (SELECT version, max(actor) FILTER (WHERE kind = 58) AS proposed_by,
                  max((payload ->> 'base_version')::integer) FILTER (WHERE kind = 58) AS base_version,
                  max(payload ->> 'text_sha256') FILTER (WHERE kind = 58) AS text_sha256,
                  max(actor) FILTER (WHERE kind = 59) AS published_by,
                  max((payload ->> 'effective_us')::bigint) FILTER (WHERE kind = 59) AS effective_at,
                  max(actor) FILTER (WHERE kind = 60) AS rolled_back_by
           FROM event WHERE home_id = 0 AND customer_id = 1 GROUP BY version) e USING (version)
WHERE (p.proposed_by, p.base_version, p.text_sha256, p.published_by, p.effective_at, p.rolled_back_by)
      IS DISTINCT FROM (e.proposed_by, e.base_version, e.text_sha256, e.published_by, e.effective_at, e.rolled_back_by)
   OR p.version IS NULL;

-- ---- rights ----

GRANT UPDATE (verified_for, decided_for, recorded_for, extension_for, claimed_by) ON application TO creditd_app;
GRANT UPDATE (name, zone) ON unit TO creditd_app;
GRANT SELECT ON delegation, change TO creditd_app, creditd_audit;
GRANT INSERT, DELETE ON change TO creditd_app;
GRANT INSERT ON delegation TO creditd_app;
GRANT UPDATE (ends_at, revoked_by) ON delegation TO creditd_app;
