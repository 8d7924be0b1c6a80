-- Routes of more nodes than the regulation's: who has signed, and what the system decides. Runs as creditd_owner with
-- search_path = creditd, in one transaction. Conventions: 0001_first.sql.

-- ---- cases ----

-- verifiers: of the hands those who have verified and never entered. signers: who has signed in the running state.
ALTER TABLE application
    ADD node           smallint NOT NULL DEFAULT 0 CHECK (node BETWEEN 0 AND 15), -- of the state, from 0
    ADD signatures     smallint NOT NULL DEFAULT 0 CHECK (signatures >= 0),       -- of the node that is waited for
    ADD signed_grade   smallint CHECK (signed_grade BETWEEN 1 AND 4),             -- what they are for
    ADD signers        bigint[] NOT NULL DEFAULT '{}',
    ADD signer_nodes   smallint[] NOT NULL DEFAULT '{}', -- at which node of the state
    ADD verifiers      bigint[] NOT NULL DEFAULT '{}',
    ADD countersigners bigint[] NOT NULL DEFAULT '{}',        -- who must sign the node besides
    ADD automatic      boolean NOT NULL DEFAULT false,        -- the system has decided
    ADD held_by        bigint CHECK (held_by > 0);            -- whose text of the step waits for a head of his unit
UPDATE application SET verifiers = array_remove(ARRAY[verified_by, verified_for], NULL)
WHERE open AND verified_by IS NOT NULL;
ALTER TABLE application
    DROP CONSTRAINT application_step_is_published,
    DROP CONSTRAINT application_no_step_skipped,
    DROP CONSTRAINT application_four_eyes,
    DROP CONSTRAINT application_four_eyes_for,
    DROP CONSTRAINT application_decided_fits,
    DROP CONSTRAINT application_turn_fits;
ALTER TABLE application
    ADD CONSTRAINT application_step_is_published CHECK ((came_from, action, state) IN (
        (0, 1, 1),
        (1, 2, 3), (1, 3, 2), (3, 3, 2), (2, 4, 1),
        (3, 5, 4), (3, 6, 6), (4, 8, 5),
        (1, 7, 7), (2, 7, 7), (3, 7, 7),
        (1, 9, 8), (2, 9, 8), (3, 9, 8), (4, 9, 8),
        (1, 10, 2), (3, 10, 1), (3, 11, 1),
        (1, 12, 1), (3, 12, 3), (1, 13, 1), (3, 13, 3))),
    ADD CONSTRAINT application_no_step_skipped CHECK (version >= CASE state
        WHEN 1 THEN CASE action WHEN 1 THEN 1 WHEN 12 THEN 2 ELSE 3 END WHEN 2 THEN 2 WHEN 3 THEN 2
        WHEN 4 THEN 3 WHEN 5 THEN 4 WHEN 6 THEN 3 ELSE 2 END),
    -- Four eyes: who decides has neither entered nor verified the case, nor signed it before.
    ADD CONSTRAINT application_four_eyes CHECK (decided_by IS NULL OR
        (decided_by <> ALL (hands) AND decided_by <> submitted_by AND decided_by IS DISTINCT FROM verified_by)),
    ADD CONSTRAINT application_four_eyes_for CHECK (decided_for IS NULL OR decided_for <> ALL (hands)),
    ADD CONSTRAINT application_decides_once CHECK (
        (decided_by IS NULL OR decided_by <> ALL (signers)) AND (decided_for IS NULL OR decided_for <> ALL (signers))),
    ADD CONSTRAINT application_verifiers_are_hands CHECK (verifiers <@ hands AND submitted_by <> ALL (verifiers)),
    ADD CONSTRAINT application_signers_whole CHECK (array_position(signers, NULL) IS NULL AND cardinality(signers) <= 32
        AND cardinality(signer_nodes) = cardinality(signers)
        AND signatures <= cardinality(signers) AND (state <> 1 OR signers <@ verifiers)
        AND (state IN (1, 3, 4, 5, 6, 7, 8) OR signers = '{}')),
    ADD CONSTRAINT application_countersigners_whole CHECK (array_position(countersigners, NULL) IS NULL
        AND cardinality(countersigners) <= 16 AND (state IN (1, 3) OR countersigners = '{}')),
    ADD CONSTRAINT application_held_is_of_turn CHECK (held_by IS NULL OR state IN (1, 2, 3)),
    ADD CONSTRAINT application_grade_signed CHECK (signed_grade IS NULL OR (state = 3 AND signers <> '{}')),
    ADD CONSTRAINT application_decided_fits CHECK ((decided_by IS NULL) = (decided_at IS NULL OR automatic) AND
        CASE WHEN state IN (4, 5) THEN decided_at IS NOT NULL AND decided_grade IS NOT NULL
             WHEN state = 6 THEN decided_by IS NOT NULL AND decided_grade IS NULL
             WHEN state = 8 AND came_from = 4 THEN decided_at IS NOT NULL AND decided_grade IS NOT NULL
             ELSE decided_at IS NULL AND decided_grade IS NULL END),
    -- An open case has a due instant and a turn, a closed one has neither, nor a timer.
    ADD CONSTRAINT application_turn_fits CHECK (CASE WHEN state IN (1, 2, 3, 4)
        THEN due_at IS NOT NULL AND turn_unit_id IS NOT NULL AND turn_role IS NOT NULL AND
             CASE state WHEN 1 THEN turn_role IN (1, 2) WHEN 3 THEN turn_role IN (3, 4) ELSE turn_role = 1 END
        ELSE due_at IS NULL AND turn_unit_id IS NULL AND turn_role IS NULL AND timer_id IS NULL END);

ALTER TYPE application_write
    ADD ATTRIBUTE node smallint,
    ADD ATTRIBUTE signatures smallint,
    ADD ATTRIBUTE signed_grade smallint,
    ADD ATTRIBUTE signers bigint[],
    ADD ATTRIBUTE signer_nodes smallint[],
    ADD ATTRIBUTE verifiers bigint[],
    ADD ATTRIBUTE countersigners bigint[],
    ADD ATTRIBUTE automatic boolean,
    ADD ATTRIBUTE held_by bigint;

-- A case as the server reads it; the last three columns are for conditions, which find their indexes by them.
CREATE VIEW application_row AS
SELECT a.home_id, a.application_id, a.customer_id, a.version, a.came_from, a.action, a.state, a.from_tier,
       coalesce(a.from_grade, 0::smallint) AS from_grade, a.to_grade,
       coalesce(a.decided_grade, 0::smallint) AS decided_grade, a.off_criteria,
       coalesce(a.finding, 0::smallint) AS finding, a.hands, a.submitted_by,
       coalesce(a.verified_by, 0) AS verified_by, coalesce(a.decided_by, 0) AS decided_by,
       coalesce(a.recorded_by, 0) AS recorded_by, a.branch_id, a.region_id, a.policy_version, a.criterion_met_on,
       coalesce(a.criterion_detected_at, 0) AS criterion_detected_at, a.clock_started_at, a.submitted_at,
       coalesce(a.verified_at, 0) AS verified_at, coalesce(a.decided_at, 0) AS decided_at,
       coalesce(a.recorded_at, 0) AS recorded_at, coalesce(a.due_at, 0) AS due_instant, a.complete_by,
       coalesce(a.turn_unit_id, 0) AS turn_unit_id, coalesce(a.turn_role, 0::smallint) AS turn_role, a.timer_id,
       a.reason, coalesce(a.asked_policy, 0) AS asked_policy, coalesce(a.asked_by, 0) AS asked_by,
       coalesce(a.assessed_by, 0) AS assessed_by, coalesce(a.extension_days, 0::smallint) AS extension_asked,
       coalesce(a.extension_by, 0) AS extension_by, a.extended_days,
       coalesce(a.step_started_at, 0) AS step_started_at, coalesce(a.paused_at, 0) AS paused_at,
       coalesce(a.paused_by, 0) AS paused_by, coalesce(a.paused_due_at, 0) AS paused_due_at, a.paused_days,
       a.step_paused_days, coalesce(a.urged_at, 0) AS urged_at, coalesce(a.urged_by, 0) AS urged_by,
       coalesce(a.submitted_for, 0) AS submitted_for, coalesce(a.verified_for, 0) AS verified_for,
       coalesce(a.decided_for, 0) AS decided_for, coalesce(a.recorded_for, 0) AS recorded_for,
       coalesce(a.extension_for, 0) AS extension_for, coalesce(a.claimed_by, 0) AS claimed_by, a.node, a.signatures,
       coalesce(a.signed_grade, 0::smallint) AS signed_grade, a.signers, a.signer_nodes, a.verifiers, a.countersigners, a.automatic, coalesce(a.held_by, 0) AS held_by,
       a.open, a.due_at, a.extension_days
FROM application a;

-- ---- events ----

-- 12 signed, 13 returned to a node of the same state: steps. 74 countersigner added, 75 dropped, 78 text held, 79 nodes skipped: of an
-- application, and no steps.
ALTER TABLE event
    DROP CONSTRAINT event_kind_known,
    DROP CONSTRAINT event_is_of_application,
    DROP CONSTRAINT event_step_is_published,
    DROP CONSTRAINT event_text_given;
ALTER TABLE event
    ADD CONSTRAINT event_kind_known CHECK (CASE WHEN home_id = 0
        THEN CASE customer_id WHEN 0 THEN kind BETWEEN 50 AND 57 OR kind BETWEEN 61 AND 65 ELSE kind BETWEEN 58 AND 60 END
        ELSE kind BETWEEN 1 AND 13 OR kind BETWEEN 20 AND 28 OR kind BETWEEN 30 AND 44 OR kind BETWEEN 70 AND 75
             OR kind IN (78, 79) END),
    ADD CONSTRAINT event_is_of_application CHECK (
        NOT (kind BETWEEN 20 AND 28 OR kind BETWEEN 70 AND 79) OR application_id IS NOT NULL),
    ADD CONSTRAINT event_step_is_published CHECK (CASE WHEN kind BETWEEN 1 AND 13
        THEN application_id IS NOT NULL AND version > 0 AND (from_state, kind, to_state) IN (
            (0, 1, 1),
            (1, 2, 3), (1, 3, 2), (3, 3, 2), (2, 4, 1),
            (3, 5, 4), (3, 6, 6), (4, 8, 5),
            (1, 7, 7), (2, 7, 7), (3, 7, 7),
            (1, 9, 8), (2, 9, 8), (3, 9, 8), (4, 9, 8),
            (1, 10, 2), (3, 10, 1), (3, 11, 1),
            (1, 12, 1), (3, 12, 3), (1, 13, 1), (3, 13, 3))
        ELSE from_state = 0 AND to_state = 0 AND (version > 0) = (kind BETWEEN 58 AND 60) END),
    ADD CONSTRAINT event_text_given CHECK (CASE
        WHEN kind = 2 OR (kind = 12 AND from_state = 1) THEN coalesce(btrim(payload ->> 'opinion'), '') <> ''
        WHEN kind IN (3, 6, 11, 13, 35, 36, 65) THEN coalesce(btrim(payload ->> 'reason'), '') <> ''
        WHEN kind IN (33, 73) THEN actor = 0 OR coalesce(btrim(payload ->> 'reason'), '') <> ''
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
    FROM event WHERE kind < 20 GROUP BY home_id, application_id),
path AS (
    SELECT home_id, application_id, seq, version, from_state,
           lag(to_state, 1, 0::smallint) OVER w AS before_state, lag(version, 1, 0) OVER w AS before_version
    FROM event WHERE kind < 20 WINDOW w AS (PARTITION BY home_id, application_id ORDER BY seq)),
people AS (
    SELECT home_id, application_id, kind, from_state, actor AS person FROM event WHERE kind < 20 AND actor <> 0
    UNION ALL
    SELECT home_id, application_id, kind, from_state, (payload ->> 'acted_for')::bigint FROM event
    WHERE kind < 20 AND payload ->> 'acted_for' IS NOT NULL),
hands AS (
    SELECT home_id, application_id,
           array_agg(DISTINCT person) FILTER (WHERE kind IN (1, 2, 4) OR (kind = 12 AND from_state = 1)) AS entered,
           array_agg(person) FILTER (WHERE kind = 2 OR (kind = 12 AND from_state = 1)) AS verified,
           array_agg(person) FILTER (WHERE kind IN (5, 6)) AS decided
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
WHERE NOT EXISTS (SELECT FROM command k WHERE k.command_id = e.command_id AND k.status = 1
                  AND (k.user_id = e.actor OR (e.actor = 0 AND e.kind IN (5, 79))))
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

GRANT SELECT ON application_row TO creditd_app;
GRANT UPDATE (node, signatures, signed_grade, signers, signer_nodes, verifiers, countersigners, automatic, held_by) ON application TO creditd_app;
