-- On: read
-- Events of cases that the snapshot $1 ('': none) did not see, in order, with the case as it is now: $2 branch (0: any), $3 region
-- (0: any), which it had at the event; $4 limit; of so many transactions at most, oldest first, and whether there are more. Always a row, with the snapshot that
-- they were read by and the timeline that its numbers are of (another one may give them anew), and with what may have changed of other tasks: branches with a criterion, branches of cases that are or
-- were overdue, and whether there is an emergency or a review, or an emergency ended after $5 (-1: do not look) by its time.
-- What a snapshot did not see is what was under way in it, and what has come behind it; nothing in between is looked at,
-- however long a transaction stays open.
-- Where a case was before an event and after it is read off what has come since: the first step, move, change of policy,
-- opinion and extension from there on each say what they found, and what none of them has changed is as it is now. Each as
-- one list, least by its seq: state, branch, region, policy, who is asked, (1) the turn as it is now, and (1) an extension
-- is waited for; beside it the node, when the step was a signature there.
-- Planned once, for it runs all the time; each row of the keys is looked up by its whole key, whatever the planner believed
-- of the tables then (OFFSET 0: it may not put the joins into another order).
WITH missed AS MATERIALIZED (
    SELECT h.xid, h.homes, h.customers, h.seqs
    FROM ((SELECT h.xid, h.homes, h.customers, h.seqs
           FROM change h
           WHERE h.xid = ANY (ARRAY(SELECT pg_snapshot_xip(nullif($1::text, '')::pg_snapshot)))
           ORDER BY h.xid
           LIMIT 5001)
          UNION ALL
          (SELECT h.xid, h.homes, h.customers, h.seqs
           FROM change h
           WHERE h.xid >= pg_snapshot_xmax(nullif($1::text, '')::pg_snapshot)
             AND h.xid < pg_snapshot_xmax(pg_current_snapshot())
           ORDER BY h.xid
           LIMIT 5001)) h
    ORDER BY h.xid
    LIMIT 5001),
since AS MATERIALIZED (
    SELECT h.xid, k.place, e.*, c.name, c.number, coalesce(c.assessed_by, 0) AS assessed_by, coalesce(c.managed_by, 0) AS managed_by,
           c.branch_id, c.criterion_detected_at IS NOT NULL AS has_criterion, c.open_application_id IS NOT NULL AS has_case,
           coalesce(c.criterion_answer = 2, false) AS was_missed,
           c.emergency_by IS NOT NULL OR c.review_opened_at IS NOT NULL AS has_emergency,
           m.branch_id AS from_branch, m.region_id AS from_region, (e.payload ->> 'assistant')::bigint AS assistant
    FROM missed h
    CROSS JOIN LATERAL unnest(h.homes, h.customers, h.seqs) WITH ORDINALITY AS k (home, customer, seq, place)
    CROSS JOIN LATERAL (
        SELECT e.home_id, e.customer_id, e.application_id, e.seq, e.kind, e.actor, e.at, e.from_state, e.to_state, e.payload
        FROM event e
        WHERE e.home_id = k.home AND e.customer_id = k.customer AND e.seq = k.seq
        OFFSET 0) e
    CROSS JOIN LATERAL (
        SELECT * FROM customer c
        WHERE c.home_id = e.home_id AND c.customer_id = e.customer_id
        OFFSET 0) c
    LEFT JOIN LATERAL (
        SELECT b.unit_id AS branch_id, r.unit_id AS region_id
        FROM unit b, unit r
        WHERE b.code = CASE WHEN e.kind IN (33, 73) THEN e.payload ->> 'from' END
          AND r.code = CASE WHEN e.kind IN (33, 73) THEN e.payload ->> 'from_region' END) m ON true),
onwards AS (
    SELECT e.*,
           min(ARRAY[lpad(e.seq::text, 19, '0'), e.from_state::text, CASE WHEN e.kind IN (2, 5, 12) THEN e.payload ->> 'node' END])
               FILTER (WHERE e.to_state <> 0) OVER later AS step,
           min(ARRAY[e.seq, e.from_branch, e.from_region]) FILTER (WHERE e.kind = 73) OVER later AS move,
           min(ARRAY[e.seq, (e.payload ->> 'from_policy')::bigint]) FILTER (WHERE e.kind = 22) OVER later AS policy,
           min(ARRAY[e.seq, CASE e.kind WHEN 76 THEN 0 ELSE e.assistant END])
               FILTER (WHERE e.assistant IS NOT NULL) OVER later AS asked,
           min(ARRAY[e.seq, (e.kind <> 23)::int])
               FILTER (WHERE e.kind IN (23, 24, 25) OR e.payload ->> 'extension_ended' IS NOT NULL) OVER later AS extension
    FROM since e
    WHERE e.application_id IS NOT NULL
    WINDOW later AS (PARTITION BY e.home_id, e.application_id ORDER BY e.seq DESC)),
found AS (
    SELECT e.*, ARRAY[e.step[2]::bigint, e.move[2], e.move[3], e.policy[2], e.asked[2], e.extension[2]] AS before,
           CASE WHEN e.policy IS NULL OR e.step[1]::bigint < e.policy[1] THEN e.step[3] END AS node
    FROM onwards e),
placed AS (
    SELECT e.*, lag(e.before) OVER earlier AS after, lag(e.node) OVER earlier AS node_after
    FROM found e
    WINDOW earlier AS (PARTITION BY e.home_id, e.application_id ORDER BY e.seq DESC))
SELECT s.snapshot, s.timeline, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, s.found > 5000, t.*, x.*
FROM (SELECT pg_current_snapshot()::text AS snapshot,
             ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint AS timeline, (SELECT count(*) FROM missed) AS found) s
CROSS JOIN (
SELECT coalesce(array_agg(DISTINCT branch_id) FILTER (
                    WHERE kind IN (33, 37, 38) OR has_criterion AND kind IN (1, 6, 7, 8, 9, 31)), '{}')
           || coalesce(array_agg(DISTINCT from_branch) FILTER (WHERE kind = 33 AND from_branch IS NOT NULL), '{}'),
       coalesce(array_agg(DISTINCT branch_id) FILTER (
                    WHERE kind IN (9, 20, 22, 73)
                       -- the end of a criterion was missed, it goes, or is awaited again
                       OR kind = 81 OR (kind IN (1, 7, 33) AND was_missed) OR (kind IN (37, 38) AND payload ->> 'missed' IS NOT NULL)
                       OR (kind = 31 AND payload ->> 'until' IS NOT NULL)
                       OR (payload ->> 'due_before_us')::bigint <= at), '{}')
           || coalesce(array_agg(DISTINCT from_branch) FILTER (
                    WHERE (kind = 73 OR (kind = 33 AND was_missed)) AND from_branch IS NOT NULL), '{}'),
       -- who can act on a case may be another one after these
       coalesce(array_agg(DISTINCT branch_id) FILTER (
                    WHERE kind IN (3, 7, 10, 11, 13, 32, 75) OR (kind = 39 AND has_case)), '{}'),
       coalesce(bool_or(kind IN (45, 46, 48) OR has_emergency AND kind IN (31, 33, 44)), false)
           OR ($5::bigint >= 0
               AND EXISTS (SELECT FROM customer c
                           WHERE c.emergency_by IS NOT NULL AND c.emergency_expires_at > $5::bigint
                             AND c.emergency_expires_at <= business_now()))
FROM since) t (criteria, overdue, freed, emergencies)
LEFT JOIN LATERAL (
SELECT e.seq, e.kind, e.actor, e.at, coalesce((e.payload ->> 'acted_for')::bigint, 0),
       ARRAY[coalesce(e.before[1], a.state), coalesce(e.before[2], a.branch_id), coalesce(e.before[3], a.region_id),
             coalesce(e.before[4], a.policy_version), coalesce(e.before[5], a.assistant_id),
             (coalesce(e.before[1], e.before[2], e.before[4]) IS NULL)::int, coalesce(e.before[6], (a.extension_days IS NOT NULL)::int)],
       coalesce(e.node, ''),
       ARRAY[coalesce(e.after[1], a.state), coalesce(e.after[2], a.branch_id), coalesce(e.after[3], a.region_id),
             coalesce(e.after[4], a.policy_version), coalesce(e.after[5], a.assistant_id),
             (coalesce(e.after[1], e.after[2], e.after[4]) IS NULL)::int, coalesce(e.after[6], (a.extension_days IS NOT NULL)::int)],
       coalesce(e.node_after, ''),
       a.*, e.name, e.number, e.assessed_by, e.managed_by
FROM placed e
CROSS JOIN LATERAL (
    SELECT * FROM application_row a
    WHERE a.home_id = e.home_id AND a.application_id = e.application_id
    OFFSET 0) a
WHERE ($2::integer = 0 OR $2::integer IN (coalesce(e.before[2], a.branch_id), coalesce(e.after[2], a.branch_id)))
  AND ($3::integer = 0 OR $3::integer IN (coalesce(e.before[3], a.region_id), coalesce(e.after[3], a.region_id)))
ORDER BY e.xid, e.place
LIMIT $4::bigint) x ON true
