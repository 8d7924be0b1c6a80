-- On: read
-- Events of cases that the snapshot $1 ('': none) did not see, in order, with the case as it is now: $2 branch (0: any), $3 region
-- (0: any), which a case that was moved had before it, too; $4 limit; of so many transactions at most, oldest first, and whether there are more. Always a row, with the snapshot that
-- they were read by, and with what may have changed of other tasks: branches with a criterion, branches of cases that are or
-- were overdue, and whether there is an emergency or a review, or an emergency ended after $5 (-1: do not look) by its time.
-- Planned once, for it runs all the time; each row of the keys is looked up by its whole key, whatever the planner believed
-- of the tables then (OFFSET 0: it may not put the joins into another order).
WITH since AS MATERIALIZED (
    SELECT h.xid, k.place, e.*, c.name, c.number, coalesce(c.assessed_by, 0) AS assessed_by, coalesce(c.managed_by, 0) AS managed_by,
           c.branch_id, c.criterion_detected_at IS NOT NULL AS has_criterion, c.open_application_id IS NOT NULL AS has_case,
           coalesce(c.criterion_answer = 2, false) AS was_missed,
           c.emergency_by IS NOT NULL OR c.review_opened_at IS NOT NULL AS has_emergency,
           m.branch_id AS from_branch, m.region_id AS from_region
    FROM (SELECT h.xid, h.homes, h.customers, h.seqs
          FROM change h
          WHERE h.xid >= pg_snapshot_xmin(nullif($1::text, '')::pg_snapshot)
            AND h.xid < pg_snapshot_xmax(pg_current_snapshot())
            AND NOT pg_visible_in_snapshot(h.xid, nullif($1::text, '')::pg_snapshot)
          ORDER BY h.xid
          LIMIT 5000) h
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
          AND r.code = CASE WHEN e.kind IN (33, 73) THEN e.payload ->> 'from_region' END) m ON true)
SELECT s.snapshot, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, s.found > 5000, t.*, x.*
FROM (SELECT pg_current_snapshot()::text AS snapshot,
             (SELECT count(*)
              FROM (SELECT FROM change h
                    WHERE h.xid >= pg_snapshot_xmin(nullif($1::text, '')::pg_snapshot)
                      AND h.xid < pg_snapshot_xmax(pg_current_snapshot())
                      AND NOT pg_visible_in_snapshot(h.xid, nullif($1::text, '')::pg_snapshot)
                    LIMIT 5001) AS since) AS found) s
CROSS JOIN (
SELECT coalesce(array_agg(DISTINCT branch_id) FILTER (
                    WHERE kind IN (33, 37, 38) OR has_criterion AND kind IN (1, 6, 7, 8, 9, 31)), '{}')
           || coalesce(array_agg(DISTINCT from_branch) FILTER (WHERE kind = 33 AND from_branch IS NOT NULL), '{}'),
       coalesce(array_agg(DISTINCT branch_id) FILTER (
                    -- who can act on a case may be another one after 3, 7, 10, 11, 13, 32, 39, 75
                    WHERE kind IN (3, 7, 9, 10, 11, 13, 20, 22, 32, 73, 75) OR (kind = 39 AND has_case)
                       -- the end of a criterion was missed, or it goes
                       OR kind = 81 OR (kind IN (1, 33) AND was_missed) OR (kind IN (37, 38) AND payload ->> 'missed' IS NOT NULL)
                       OR (kind = 31 AND payload ->> 'until' IS NOT NULL)
                       OR (payload ->> 'due_before_us')::bigint <= at), '{}')
           || coalesce(array_agg(DISTINCT from_branch) FILTER (
                    WHERE (kind = 73 OR (kind = 33 AND was_missed)) AND from_branch IS NOT NULL), '{}'),
       coalesce(bool_or(kind IN (45, 46, 48) OR has_emergency AND kind IN (31, 33, 44)), false)
           OR ($5::bigint >= 0
               AND EXISTS (SELECT FROM customer c
                           WHERE c.emergency_by IS NOT NULL AND c.emergency_expires_at > $5::bigint
                             AND c.emergency_expires_at <= business_now()))
FROM since) t (criteria, overdue, emergencies)
LEFT JOIN LATERAL (
SELECT e.seq, e.kind, e.actor, e.at, e.from_state, e.to_state, coalesce((e.payload ->> 'acted_for')::bigint, 0), coalesce((e.payload ->> 'assistant')::bigint, 0),
       coalesce(e.from_branch, 0), coalesce(e.from_region, 0), coalesce(e.payload ->> 'state', ''),
       a.*, e.name, e.number, e.assessed_by, e.managed_by
FROM since e
CROSS JOIN LATERAL (
    SELECT * FROM application_row a
    WHERE a.home_id = e.home_id AND a.application_id = e.application_id
    OFFSET 0) a
WHERE ($2::integer = 0 OR $2::integer IN (a.branch_id, e.from_branch))
  AND ($3::integer = 0 OR $3::integer IN (a.region_id, e.from_region))
ORDER BY e.xid, e.place
LIMIT $4::bigint) x ON true
