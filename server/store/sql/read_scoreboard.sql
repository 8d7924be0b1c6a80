-- On: read
-- From events alone: $1 from, $2 to (before), $3 branch (0: any), $4 region (0: any). Each event counts for the branch and the
-- region that its case, or its customer, belonged to then: those that the next move was from.
-- A missed deadline is of the time in which it lay, however much later it was noted, or a step showed it: the second and
-- the third scan read what came after the time asked for. Late steps are found by the text of payloads, which has no blanks
-- and escapes quotes: to take all of them apart costs several times as much. An end at 24:00 lies in the day that it ends.
-- Columns as in enum score_count.
WITH event_of AS (
    SELECT e.home_id, e.customer_id, e.seq, e.application_id, e.kind, e.from_state, e.at, e.payload, true AS inside
    FROM event e
    WHERE e.at >= $1::bigint AND e.at < $2::bigint AND e.home_id > 0
      AND (e.kind BETWEEN 1 AND 11 OR e.kind IN (20, 48, 73, 81)
           -- the beginning of an override, not its end
           OR (e.kind = 31 AND e.payload ->> 'cause' = 'override'
               AND (e.payload ->> 'until' IS NOT NULL OR e.payload ->> 'ends_us' IS NOT NULL)))
    UNION ALL
    SELECT e.home_id, e.customer_id, e.seq, e.application_id, e.kind, e.from_state, e.at, e.payload, false
    FROM event e
    WHERE e.at >= $2::bigint AND e.home_id > 0 AND e.kind IN (20, 81)
      AND (e.payload ->> 'due_before_us')::bigint > $1::bigint AND (e.payload ->> 'due_before_us')::bigint <= $2::bigint
    UNION ALL
    SELECT e.home_id, e.customer_id, e.seq, e.application_id, e.kind, e.from_state, e.at, e.payload, false
    FROM event e
    WHERE e.at >= $2::bigint AND e.home_id > 0 AND (e.kind BETWEEN 1 AND 11 OR e.kind = 73)
      AND strpos(e.payload::text, '"late":true') > 0
      AND (e.payload ->> 'due_before_us')::bigint > $1::bigint AND (e.payload ->> 'due_before_us')::bigint <= $2::bigint),
-- With the deadline that an event is about, and whether that was missed: late, unless it was told before.
judged AS MATERIALIZED (
    SELECT e.*, t.due, t.met_due, coalesce(t.due > $1::bigint AND t.due <= $2::bigint AND CASE
               WHEN e.kind IN (20, 81) THEN true
               WHEN e.at < t.due OR e.payload ->> 'late' IS DISTINCT FROM 'true' THEN false
               -- what a criterion asks for is submitted once
               WHEN e.kind = 1 THEN NOT EXISTS (
                   SELECT FROM event n
                   WHERE n.home_id = e.home_id AND n.customer_id = e.customer_id AND n.seq < e.seq AND n.kind IN (1, 81)
                     AND (n.payload ->> 'due_before_us')::bigint = t.due)
               -- of a move that leaves nothing to do in time, the note is still to come
               WHEN e.kind = 73 AND (e.payload ->> 'due_us')::bigint <= e.at THEN false
               ELSE 20 IS DISTINCT FROM (
                   SELECT n.kind FROM event n
                   WHERE n.home_id = e.home_id AND n.customer_id = e.customer_id AND n.seq < e.seq
                     AND n.application_id = e.application_id
                     AND (n.kind BETWEEN 1 AND 11 OR n.kind = 20 OR (n.payload ->> 'due_us')::bigint > n.at)
                   ORDER BY n.seq DESC LIMIT 1) END, false) AS missed
    FROM event_of e
    CROSS JOIN LATERAL (SELECT (e.payload ->> 'due_before_us')::bigint AS due,
                               CASE e.kind WHEN 1 THEN (e.payload ->> 'met_due_us')::bigint END AS met_due OFFSET 0) t),
-- Whose step it was that was missed, as the state before it; 0: the submission.
waited AS (
    SELECT e.*, CASE
               WHEN NOT e.missed THEN NULL
               WHEN e.kind IN (1, 81) THEN 0
               WHEN e.kind IN (20, 73) THEN CASE e.payload ->> 'state'
                   WHEN 'submitted' THEN 1 WHEN 'returned' THEN 2 WHEN 'verified' THEN 3 WHEN 'approved' THEN 4 END
               ELSE e.from_state END AS missed_in
    FROM judged e
    WHERE e.missed OR (e.inside AND e.kind IN (1, 2, 3, 5, 6, 8, 11, 31, 48)))
SELECT coalesce(b.unit_id, a.branch_id, c.branch_id), coalesce(r.unit_id, a.region_id, c.region_id),
       count(*) FILTER (WHERE e.inside AND e.kind = 1 AND e.due IS NOT NULL),
       count(*) FILTER (WHERE e.inside AND e.kind = 1 AND e.at < e.due),
       count(*) FILTER (WHERE e.missed_in = 0),
       count(*) FILTER (WHERE e.inside AND e.kind = 1 AND e.met_due IS NOT NULL),
       count(*) FILTER (WHERE e.inside AND e.kind = 1 AND e.at < e.met_due),
       count(*) FILTER (WHERE e.missed_in = 0 OR (e.inside AND e.kind = 1 AND e.at >= e.met_due AND e.at < e.due)),
       count(*) FILTER (WHERE e.inside AND e.from_state = 1 AND e.kind IN (2, 3)),
       count(*) FILTER (WHERE e.inside AND e.from_state = 1 AND e.kind IN (2, 3) AND e.at < e.due),
       count(*) FILTER (WHERE e.missed_in = 1),
       count(*) FILTER (WHERE e.inside AND e.from_state = 3 AND e.kind IN (3, 5, 6, 11)),
       count(*) FILTER (WHERE e.inside AND e.from_state = 3 AND e.kind IN (3, 5, 6, 11) AND e.at < e.due),
       count(*) FILTER (WHERE e.missed_in = 3),
       count(*) FILTER (WHERE e.inside AND e.kind = 8),
       count(*) FILTER (WHERE e.inside AND e.kind = 8 AND e.at < e.due),
       count(*) FILTER (WHERE e.missed_in = 4),
       count(*) FILTER (WHERE e.inside AND e.kind = 3),
       count(*) FILTER (WHERE e.inside AND (e.kind = 6 OR (e.kind = 5 AND e.payload ->> 'decided_grade' <> e.payload ->> 'to_grade'))),
       count(*) FILTER (WHERE e.missed),
       count(*) FILTER (WHERE e.missed AND e.kind IN (20, 81) AND NOT EXISTS (
           SELECT FROM event n
           WHERE n.home_id = e.home_id AND n.customer_id = e.customer_id AND n.seq > e.seq
             AND CASE e.kind WHEN 81 THEN n.kind IN (1, 37, 38, 81) OR (n.kind = 31 AND n.payload ->> 'until' IS NOT NULL)
                 ELSE n.application_id = e.application_id
                      AND (n.kind BETWEEN 1 AND 11 OR n.kind = 20 OR (n.payload ->> 'due_us')::bigint > n.at) END)),
       count(*) FILTER (WHERE e.kind = 31 AND e.payload ->> 'until' IS NOT NULL),
       count(*) FILTER (WHERE e.kind = 31 AND e.payload ->> 'ends_us' IS NOT NULL),
       -- The next review of the customer is that of this emergency: no other begins before it.
       count(*) FILTER (WHERE e.kind = 31 AND e.payload ->> 'ends_us' IS NOT NULL AND (e.payload ->> 'review_due_us')::bigint <= coalesce(
           (SELECT min(n.at) FROM event n
            WHERE n.home_id = e.home_id AND n.customer_id = e.customer_id AND n.seq > e.seq AND n.kind = 48),
           (SELECT real_now() + k.offset_us FROM clock k))),
       count(*) FILTER (WHERE e.kind = 48 AND e.payload ->> 'finding' = 'unjustified')
FROM waited e
JOIN customer c ON c.home_id = e.home_id AND c.customer_id = e.customer_id
LEFT JOIN application a ON a.home_id = e.home_id AND a.application_id = e.application_id
LEFT JOIN LATERAL (SELECT m.payload ->> 'from' AS branch, m.payload ->> 'from_region' AS region FROM event m
                   WHERE m.kind = 73 AND m.home_id = e.home_id AND m.application_id = e.application_id AND m.seq >= e.seq
                   ORDER BY m.seq LIMIT 1) m ON true
LEFT JOIN LATERAL (SELECT w.payload ->> 'from' AS branch, w.payload ->> 'from_region' AS region FROM event w
                   WHERE e.application_id IS NULL AND w.kind = 33 AND w.home_id = e.home_id
                     AND w.customer_id = e.customer_id AND w.seq > e.seq
                   ORDER BY w.seq LIMIT 1) w ON true
LEFT JOIN unit b ON b.code = coalesce(m.branch, w.branch)
LEFT JOIN unit r ON r.code = coalesce(m.region, w.region)
WHERE ($3::integer = 0 OR coalesce(b.unit_id, a.branch_id, c.branch_id) = $3::integer)
  AND ($4::integer = 0 OR coalesce(r.unit_id, a.region_id, c.region_id) = $4::integer)
GROUP BY 1, 2
ORDER BY 1, 2
