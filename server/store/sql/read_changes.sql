-- On: read
-- Events of cases that the snapshot $1 ('': none) did not see, in order, with the case as it is now: $2 branch (0: any), $3 region
-- (0: any), which a case that was moved had before it, too; $4 limit; of so many transactions at most, oldest first, and whether there are more. Always a row, with the snapshot that
-- they were read by. Planned once, for it runs all the time.
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
       a.home_id, a.application_id, a.customer_id, a.version, a.came_from, a.action, a.state, a.from_tier,
       coalesce(a.from_grade, 0::smallint), a.to_grade, coalesce(a.decided_grade, 0::smallint), a.off_criteria,
       coalesce(a.finding, 0::smallint), a.hands, a.submitted_by, coalesce(a.verified_by, 0),
       coalesce(a.decided_by, 0), coalesce(a.recorded_by, 0), a.branch_id, a.region_id, a.policy_version,
       a.criterion_met_on, coalesce(a.criterion_detected_at, 0), a.clock_started_at, a.submitted_at,
       coalesce(a.verified_at, 0), coalesce(a.decided_at, 0), coalesce(a.recorded_at, 0), coalesce(a.due_at, 0),
       a.complete_by, coalesce(a.turn_unit_id, 0), coalesce(a.turn_role, 0::smallint), a.timer_id, a.reason,
       coalesce(a.asked_policy, 0), coalesce(a.asked_by, 0), coalesce(a.assessed_by, 0), coalesce(a.extension_days, 0::smallint),
       coalesce(a.extension_by, 0), a.extended_days, coalesce(a.step_started_at, 0), coalesce(a.paused_at, 0),
       coalesce(a.paused_by, 0), coalesce(a.paused_due_at, 0), a.paused_days, a.step_paused_days, coalesce(a.urged_at, 0), coalesce(a.urged_by, 0), coalesce(a.submitted_for, 0), coalesce(a.verified_for, 0),
       coalesce(a.decided_for, 0), coalesce(a.recorded_for, 0), coalesce(a.extension_for, 0), coalesce(a.claimed_by, 0),
       c.name, c.number, coalesce(c.assessed_by, 0)
FROM (SELECT h.xid, h.homes, h.customers, h.seqs
      FROM change h
      WHERE h.xid >= pg_snapshot_xmin(nullif($1::text, '')::pg_snapshot)
        AND h.xid < pg_snapshot_xmax(pg_current_snapshot())
        AND NOT pg_visible_in_snapshot(h.xid, nullif($1::text, '')::pg_snapshot)
      ORDER BY h.xid
      LIMIT 5000) h
CROSS JOIN LATERAL unnest(h.homes, h.customers, h.seqs) WITH ORDINALITY AS k (home, customer, seq, place)
JOIN event e ON e.home_id = k.home AND e.customer_id = k.customer AND e.seq = k.seq
JOIN application a ON a.home_id = e.home_id AND a.application_id = e.application_id
JOIN customer c ON c.home_id = a.home_id AND c.customer_id = a.customer_id
LEFT JOIN LATERAL (
    SELECT b.unit_id AS branch_id, r.unit_id AS region_id, e.payload ->> 'state' AS state
    FROM unit b, unit r
    WHERE e.kind = 73 AND b.code = e.payload ->> 'from' AND r.code = e.payload ->> 'from_region') m ON true
WHERE ($2::integer = 0 OR $2::integer IN (a.branch_id, m.branch_id))
  AND ($3::integer = 0 OR $3::integer IN (a.region_id, m.region_id))
ORDER BY h.xid, k.place
LIMIT $4::bigint) x ON true
