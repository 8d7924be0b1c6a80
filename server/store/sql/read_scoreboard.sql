-- On: read
-- From events alone: $1 from, $2 to (before), $3 branch (0: any), $4 region (0: any); by branch and region that the case was
-- submitted in: those before its first move, if it was moved.
-- Columns as in enum score_count.
SELECT coalesce(b.unit_id, a.branch_id, c.branch_id), coalesce(r.unit_id, a.region_id, c.region_id),
       count(*) FILTER (WHERE e.kind = 1 AND e.payload ->> 'due_before_us' IS NOT NULL),
       count(*) FILTER (WHERE e.kind = 1 AND e.at < (e.payload ->> 'due_before_us')::bigint),
       count(*) FILTER (WHERE e.kind = 1 AND e.payload ->> 'met_due_us' IS NOT NULL),
       count(*) FILTER (WHERE e.kind = 1 AND e.at < (e.payload ->> 'met_due_us')::bigint),
       count(*) FILTER (WHERE e.from_state = 1 AND e.kind IN (2, 3)),
       count(*) FILTER (WHERE e.from_state = 1 AND e.kind IN (2, 3) AND e.at < (e.payload ->> 'due_before_us')::bigint),
       count(*) FILTER (WHERE e.from_state = 3 AND e.kind IN (3, 5, 6, 11)),
       count(*) FILTER (WHERE e.from_state = 3 AND e.kind IN (3, 5, 6, 11) AND e.at < (e.payload ->> 'due_before_us')::bigint),
       count(*) FILTER (WHERE e.kind = 8),
       count(*) FILTER (WHERE e.kind = 8 AND e.at < (e.payload ->> 'due_before_us')::bigint),
       count(*) FILTER (WHERE e.kind = 3),
       count(*) FILTER (WHERE e.kind = 6 OR (e.kind = 5 AND e.payload ->> 'decided_grade' <> e.payload ->> 'to_grade')),
       count(*) FILTER (WHERE e.kind = 20),
       count(*) FILTER (WHERE e.kind = 20 AND NOT EXISTS (
           SELECT FROM event n
           WHERE n.home_id = e.home_id AND n.customer_id = e.customer_id AND n.seq > e.seq
             AND n.application_id = e.application_id AND (n.kind BETWEEN 1 AND 11 OR n.kind IN (20, 24)
                  OR (n.kind = 73 AND (n.payload ->> 'due_us')::bigint > n.at)))),
       count(*) FILTER (WHERE e.kind = 31 AND e.payload ->> 'until' IS NOT NULL),
       count(*) FILTER (WHERE e.kind = 31 AND e.payload ->> 'ends_us' IS NOT NULL),
       -- The next review of the customer is that of this emergency: no other begins before it.
       count(*) FILTER (WHERE e.kind = 31 AND e.payload ->> 'ends_us' IS NOT NULL AND (e.payload ->> 'review_due_us')::bigint <= coalesce(
           (SELECT min(n.at) FROM event n
            WHERE n.home_id = e.home_id AND n.customer_id = e.customer_id AND n.seq > e.seq AND n.kind = 48),
           (SELECT real_now() + k.offset_us FROM clock k))),
       count(*) FILTER (WHERE e.kind = 48 AND e.payload ->> 'finding' = 'unjustified')
FROM event e
JOIN customer c ON c.home_id = e.home_id AND c.customer_id = e.customer_id
LEFT JOIN application a ON a.home_id = e.home_id AND a.application_id = e.application_id
LEFT JOIN LATERAL (SELECT m.payload ->> 'from' AS branch, m.payload ->> 'from_region' AS region FROM event m
                   WHERE m.kind = 73 AND m.home_id = e.home_id AND m.application_id = e.application_id
                   ORDER BY m.seq LIMIT 1) m ON true
LEFT JOIN unit b ON b.code = m.branch
LEFT JOIN unit r ON r.code = m.region
WHERE e.at >= $1::bigint AND e.at < $2::bigint AND e.home_id > 0
  AND (e.kind BETWEEN 1 AND 8 OR e.kind IN (11, 20, 48)
       -- the beginning of an override, not its end
       OR (e.kind = 31 AND e.payload ->> 'cause' = 'override'
           AND (e.payload ->> 'until' IS NOT NULL OR e.payload ->> 'ends_us' IS NOT NULL)))
  AND ($3::integer = 0 OR coalesce(b.unit_id, a.branch_id, c.branch_id) = $3::integer)
  AND ($4::integer = 0 OR coalesce(r.unit_id, a.region_id, c.region_id) = $4::integer)
GROUP BY 1, 2
ORDER BY 1, 2
