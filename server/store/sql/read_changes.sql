-- On: read
-- Events of cases that the snapshot $1 ('': none) did not see, in order, with the case as it is now: $2 branch (0: any), $3 region
-- (0: any), which a case that was moved had before it, too; $4 limit; of so many transactions at most, oldest first, and whether there are more. Always a row, with the snapshot that
-- they were read by. Planned once, for it runs all the time; each row of the keys is looked up by its whole key, whatever
-- the planner believed of the tables then (OFFSET 0: it may not put the joins into another order).
SELECT s.snapshot, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, s.found > 5000, x.*
FROM (SELECT pg_current_snapshot()::text AS snapshot,
             (SELECT count(*)
              FROM (SELECT FROM change h
                    WHERE h.xid >= pg_snapshot_xmin(nullif($1::text, '')::pg_snapshot)
                      AND h.xid < pg_snapshot_xmax(pg_current_snapshot())
                      AND NOT pg_visible_in_snapshot(h.xid, nullif($1::text, '')::pg_snapshot)
                    LIMIT 5001) AS since) AS found) s
LEFT JOIN LATERAL (
SELECT e.seq, e.kind, e.actor, e.at, e.from_state, e.to_state, e.payload ->> 'acted_for',
       coalesce(m.branch_id, 0), coalesce(m.region_id, 0), coalesce(m.state, ''),
       a.*, c.name, c.number, coalesce(c.assessed_by, 0)
FROM (SELECT h.xid, h.homes, h.customers, h.seqs
      FROM change h
      WHERE h.xid >= pg_snapshot_xmin(nullif($1::text, '')::pg_snapshot)
        AND h.xid < pg_snapshot_xmax(pg_current_snapshot())
        AND NOT pg_visible_in_snapshot(h.xid, nullif($1::text, '')::pg_snapshot)
      ORDER BY h.xid
      LIMIT 5000) h
CROSS JOIN LATERAL unnest(h.homes, h.customers, h.seqs) WITH ORDINALITY AS k (home, customer, seq, place)
CROSS JOIN LATERAL (
    SELECT * FROM event e
    WHERE e.home_id = k.home AND e.customer_id = k.customer AND e.seq = k.seq
    OFFSET 0) e
CROSS JOIN LATERAL (
    SELECT * FROM application_row a
    WHERE a.home_id = e.home_id AND a.application_id = e.application_id
    OFFSET 0) a
CROSS JOIN LATERAL (
    SELECT * FROM customer c
    WHERE c.home_id = a.home_id AND c.customer_id = a.customer_id
    OFFSET 0) c
LEFT JOIN LATERAL (
    SELECT b.unit_id AS branch_id, r.unit_id AS region_id, e.payload ->> 'state' AS state
    FROM unit b, unit r
    WHERE b.code = CASE e.kind WHEN 73 THEN e.payload ->> 'from' END
      AND r.code = CASE e.kind WHEN 73 THEN e.payload ->> 'from_region' END) m ON true
WHERE ($2::integer = 0 OR $2::integer IN (a.branch_id, m.branch_id))
  AND ($3::integer = 0 OR $3::integer IN (a.region_id, m.region_id))
ORDER BY h.xid, k.place
LIMIT $4::bigint) x ON true
