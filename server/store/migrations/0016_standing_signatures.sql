-- The region's signatures stand while HQ has the case, and no row has one person as two hands of it. Runs as creditd_owner
-- with search_path = creditd, in one transaction. Conventions: 0001_first.sql.

-- ---- cases ----

-- In state 3: who has signed for the region, and for whom, and at which of its nodes.
ALTER TABLE application
    ADD region_signers bigint[] NOT NULL DEFAULT '{}',
    ADD region_nodes   smallint[] NOT NULL DEFAULT '{}';
-- Of cases that the region or HQ has: who has signed since the case last came to the region anew (11 with a node: it went back to
-- that one, and signatures of the nodes before it stood). Nodes are counted as they were signed, which is no later than they stand;
-- of one moved to another policy meanwhile, all count as the first.
CREATE TABLE region_signature AS
WITH came AS (
    SELECT a.home_id, a.customer_id, a.application_id, a.verifiers, max(e.seq) AS since
    FROM application a JOIN event e USING (home_id, customer_id, application_id)
    WHERE a.state IN (1, 3) AND e.kind < 20 AND e.to_state = 1 AND e.from_state <> 1
      AND (e.kind <> 11 OR e.payload ->> 'node' IS NULL)
    GROUP BY a.home_id, a.application_id),
signed AS (
    SELECT c.home_id, c.application_id, coalesce(e.payload ->> 'node', '') AS node, e.seq, p.person
    FROM came c
    JOIN event e USING (home_id, customer_id, application_id)
    CROSS JOIN LATERAL (VALUES (e.actor), ((e.payload ->> 'acted_for')::bigint)) p (person)
    WHERE e.seq > c.since AND (e.kind = 2 OR (e.kind = 12 AND e.from_state = 1)) AND p.person = ANY (c.verifiers)),
moved AS (
    SELECT DISTINCT c.home_id, c.application_id
    FROM came c JOIN event e USING (home_id, customer_id, application_id) WHERE e.seq > c.since AND e.kind = 22),
nodes AS (
    SELECT s.home_id, s.application_id, s.node,
           CASE WHEN m.application_id IS NOT NULL THEN 0
                ELSE row_number() OVER (PARTITION BY s.home_id, s.application_id ORDER BY min(s.seq)) - 1 END AS place
    FROM signed s LEFT JOIN moved m USING (home_id, application_id)
    GROUP BY s.home_id, s.application_id, s.node, m.application_id),
-- The first node that it went back to from HQ or at the region.
back AS (
    SELECT c.home_id, c.application_id, min(n.place) AS place
    FROM came c
    JOIN event e USING (home_id, customer_id, application_id)
    LEFT JOIN nodes n ON n.home_id = c.home_id AND n.application_id = c.application_id AND n.node = e.payload ->> 'node'
    WHERE e.seq > c.since AND (e.kind = 11 OR (e.kind = 13 AND e.from_state = 1))
    GROUP BY c.home_id, c.application_id
    HAVING bool_or(e.kind = 11))
SELECT s.home_id, s.application_id, s.person, min(n.place)::smallint AS place, min(s.seq) AS seq, min(b.place) AS back
FROM signed s
JOIN nodes n USING (home_id, application_id, node)
LEFT JOIN back b USING (home_id, application_id)
GROUP BY s.home_id, s.application_id, s.person;
UPDATE application a SET region_signers = l.people, region_nodes = l.places
FROM (SELECT home_id, application_id, array_agg(person ORDER BY seq, person) AS people,
             array_agg(place ORDER BY seq, person) AS places
      FROM region_signature GROUP BY home_id, application_id) l
WHERE a.state = 3 AND l.home_id = a.home_id AND l.application_id = a.application_id;
-- What stood was not kept, and stands again.
UPDATE application a SET signers = l.people || a.signers, signer_nodes = l.places || a.signer_nodes
FROM (SELECT r.home_id, r.application_id, array_agg(r.person ORDER BY r.seq, r.person) AS people,
             array_agg(r.place ORDER BY r.seq, r.person) AS places
      FROM region_signature r JOIN application USING (home_id, application_id)
      WHERE r.place < r.back AND r.person <> ALL (signers)
      GROUP BY r.home_id, r.application_id) l
WHERE a.state = 1 AND l.home_id = a.home_id AND l.application_id = a.application_id;
DROP TABLE region_signature;

ALTER TABLE application
    ADD CONSTRAINT application_verified_signers_whole CHECK (array_position(region_signers, NULL) IS NULL
        AND cardinality(region_signers) <= 32 AND cardinality(region_nodes) = cardinality(region_signers)
        AND region_signers <@ verifiers
        AND CASE state WHEN 3 THEN array_remove(ARRAY[verified_by, verified_for], NULL) <@ region_signers
            ELSE region_signers = '{}' END),
    -- Who has signed for the decision has neither entered nor verified the case.
    ADD CONSTRAINT application_signers_are_others CHECK (state NOT IN (3, 4, 5, 6) OR NOT signers && hands),
    -- Who has assessed neither signs nor decides. He may have verified the case before he did so, until it is verified anew.
    ADD CONSTRAINT application_assessor_judges_not CHECK (decided_for <> assessed_by AND assessed_by <> ALL (signers)
        AND (state NOT IN (3, 4, 5, 6) OR (verified_by <> assessed_by AND verified_for <> assessed_by))),
    -- Cases that were closed before 0012_routes.sql have no verifiers, and are written no more.
    ADD CONSTRAINT application_verified_names_verifiers CHECK (array_remove(ARRAY[verified_by, verified_for], NULL) <@ verifiers)
        NOT VALID;

ALTER TYPE application_write
    ADD ATTRIBUTE region_signers bigint[],
    ADD ATTRIBUTE region_nodes smallint[];

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
       a.open, a.due_at, a.extension_days, a.limit_minor, a.limit_currency, a.region_signers, a.region_nodes
FROM application a;

-- ---- rights ----

GRANT UPDATE (region_signers, region_nodes) ON application TO creditd_app;
