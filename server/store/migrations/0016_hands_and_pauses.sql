-- The region's signatures stand while HQ has the case, no row has one person as two hands of it, a pause keeps what it began
-- with, whoever has made a case follows it, and a criterion that HQ has rejected is answered. Runs as creditd_owner with
-- search_path = creditd, in one transaction. Conventions: 0001_first.sql.

-- ---- cases ----

-- In state 3: who has signed for the region, and for whom, and at which of its nodes.
ALTER TABLE application
    ADD region_signers bigint[] NOT NULL DEFAULT '{}',
    ADD region_nodes   smallint[] NOT NULL DEFAULT '{}';
-- Of cases that the region or HQ has: who has signed since the case last came to the region anew (11 with a node: it went back to
-- that one), unless a later return has made it void. Nodes are counted as they were signed, which is no later than they stand; of a
-- case moved to another policy meanwhile, all count as the first, and as standing.
CREATE TABLE region_signature AS
WITH came AS (
    SELECT a.home_id, a.customer_id, a.application_id, a.verifiers, max(e.seq) AS since
    FROM application a JOIN event e USING (home_id, customer_id, application_id)
    WHERE a.state IN (1, 3) AND e.kind < 20 AND e.to_state = 1 AND e.from_state <> 1
      AND (e.kind <> 11 OR e.payload ->> 'node' IS NULL)
    GROUP BY a.home_id, a.application_id),
later AS (
    SELECT c.home_id, c.application_id, c.verifiers, coalesce(e.payload ->> 'node', '') AS node, e.seq, e.kind, e.from_state,
           e.actor, (e.payload ->> 'acted_for')::bigint AS acted_for
    FROM came c JOIN event e USING (home_id, customer_id, application_id)
    WHERE e.seq > c.since AND e.kind IN (2, 11, 12, 13, 22)),
signed AS (
    SELECT l.home_id, l.application_id, l.node, l.seq, p.person
    FROM later l CROSS JOIN LATERAL (VALUES (l.actor), (l.acted_for)) p (person)
    WHERE (l.kind = 2 OR (l.kind = 12 AND l.from_state = 1)) AND p.person = ANY (l.verifiers)),
moved AS (SELECT DISTINCT home_id, application_id FROM later WHERE kind = 22),
-- One that was signed before nodes had names is the first.
nodes AS (
    SELECT s.home_id, s.application_id, s.node,
           CASE WHEN m.application_id IS NOT NULL OR s.node = '' THEN 0
                ELSE row_number() OVER (PARTITION BY s.home_id, s.application_id, s.node = '' ORDER BY min(s.seq)) - 1 END AS place
    FROM signed s LEFT JOIN moved m USING (home_id, application_id)
    GROUP BY s.home_id, s.application_id, s.node, m.application_id),
back AS (
    SELECT l.home_id, l.application_id, l.seq, n.place, l.kind = 11 AS from_hq
    FROM later l JOIN nodes n USING (home_id, application_id, node) WHERE l.kind = 11 OR (l.kind = 13 AND l.from_state = 1))
SELECT s.home_id, s.application_id, s.person, min(n.place)::smallint AS place, min(s.seq) AS seq,
       m.application_id IS NULL AND EXISTS (
           SELECT FROM back b WHERE b.home_id = s.home_id AND b.application_id = s.application_id AND b.from_hq) AS was_lost
FROM signed s
JOIN nodes n USING (home_id, application_id, node)
LEFT JOIN moved m USING (home_id, application_id)
WHERE m.application_id IS NOT NULL OR NOT EXISTS (
    SELECT FROM back b WHERE b.home_id = s.home_id AND b.application_id = s.application_id AND b.seq > s.seq AND b.place <= n.place)
GROUP BY s.home_id, s.application_id, s.person, m.application_id;
UPDATE application a SET region_signers = l.people, region_nodes = l.places
FROM (SELECT home_id, application_id, array_agg(person ORDER BY seq, person) AS people,
             array_agg(place ORDER BY seq, person) AS places
      FROM region_signature GROUP BY home_id, application_id) l
WHERE a.state = 3 AND l.home_id = a.home_id AND l.application_id = a.application_id;
-- What stood when HQ returned it was not kept, and stands again.
UPDATE application a SET signers = l.people || a.signers, signer_nodes = l.places || a.signer_nodes
FROM (SELECT r.home_id, r.application_id, array_agg(r.person ORDER BY r.seq, r.person) AS people,
             array_agg(r.place ORDER BY r.seq, r.person) AS places
      FROM region_signature r JOIN application USING (home_id, application_id)
      WHERE r.was_lost AND r.person <> ALL (signers)
      GROUP BY r.home_id, r.application_id) l
WHERE a.state = 1 AND l.home_id = a.home_id AND l.application_id = a.application_id;
DROP TABLE region_signature;

ALTER TABLE application
    ADD CONSTRAINT application_verified_signers_whole CHECK (array_position(region_signers, NULL) IS NULL
        AND cardinality(region_signers) <= 32 AND cardinality(region_nodes) = cardinality(region_signers)
        AND region_signers <@ verifiers
        AND CASE state WHEN 3 THEN array_remove(ARRAY[verified_by, verified_for], NULL) <@ region_signers
            ELSE region_signers = '{}' END),
    -- Not valid of cases that were closed under the rules of before: they are written no more (before 0012_routes.sql they have
    -- no verifiers, either).
    -- Who has signed for the decision has neither entered nor verified the case.
    ADD CONSTRAINT application_signers_are_others CHECK (state NOT IN (3, 4, 5, 6) OR NOT signers && hands)
        NOT VALID,
    -- Who has assessed neither signs nor decides. He may have verified the case before he did so, until it is verified anew.
    ADD CONSTRAINT application_assessor_judges_not CHECK (decided_for <> assessed_by AND assessed_by <> ALL (signers)
        AND (state NOT IN (3, 4, 5, 6) OR (verified_by <> assessed_by AND verified_for <> assessed_by)))
        NOT VALID,
    ADD CONSTRAINT application_verified_names_verifiers CHECK (array_remove(ARRAY[verified_by, verified_for], NULL) <@ verifiers)
        NOT VALID;

-- When the whole ended as the pause began; NULL: there is none, or it began before this.
ALTER TABLE application
    ADD paused_complete_by bigint,
    ADD CONSTRAINT application_pause_has_whole CHECK (paused_complete_by IS NULL OR paused_at IS NOT NULL);

ALTER TYPE application_write
    ADD ATTRIBUTE region_signers bigint[],
    ADD ATTRIBUTE region_nodes smallint[],
    ADD ATTRIBUTE paused_complete_by bigint;

-- Whoever has made a case follows it: in whose name it was submitted. The index holds only what no step but the first and the
-- last changes, so that the steps between stay HOT updates; one maker's open cases are few.
CREATE INDEX application_maker ON application (coalesce(submitted_for, submitted_by), branch_id) WHERE open;

CREATE OR REPLACE VIEW application_row AS
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
       coalesce(a.assistant_id, 0) AS assistant_id,
       a.open, a.due_at, a.extension_days, a.limit_minor, a.limit_currency, a.region_signers, a.region_nodes,
       coalesce(a.paused_complete_by, 0) AS paused_complete_by
FROM application a;

-- ---- criteria ----

-- One that HQ rejected before 0015_missed.sql waits for nothing, though that migration took it for awaited.
UPDATE customer c SET criterion_answer = 3
WHERE c.criterion_answer = 1 AND EXISTS (SELECT FROM application a
                                         WHERE a.home_id = c.home_id AND a.customer_id = c.customer_id AND a.state = 6
                                           AND a.decided_at >= c.criterion_detected_at);

-- ---- integrity ----

-- An override tells first, as the system, that the end of the criterion that it takes away had passed.
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
    SELECT home_id, application_id, kind, from_state, payload ->> 'state' AS of_state, actor AS person
    FROM event WHERE (kind < 20 OR kind = 77) AND actor <> 0
    UNION ALL
    SELECT home_id, application_id, kind, from_state, payload ->> 'state', (payload ->> 'acted_for')::bigint FROM event
    WHERE (kind < 20 OR kind = 77) AND payload ->> 'acted_for' IS NOT NULL),
hands AS (
    SELECT home_id, application_id,
           array_agg(DISTINCT person) FILTER (
               WHERE kind IN (1, 2, 4) OR (kind = 12 AND from_state = 1) OR (kind = 77 AND of_state = 'submitted')) AS entered,
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
                  AND (k.user_id = e.actor OR (e.actor = 0 AND e.kind IN (5, 79, 81))))
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

GRANT UPDATE (region_signers, region_nodes, paused_complete_by) ON application TO creditd_app;
