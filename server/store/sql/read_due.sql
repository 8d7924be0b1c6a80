-- On: read
-- Open cases, oldest due first: $1 due until, by units $9 whose turn it is until $10, and those of any due instant that $8
-- catches, on which it may be that nobody can act; $2 branch (0: any), $3 region (0: any), $4 to $6 rows after this due instant
-- and key, $7 limit
SELECT a.*, c.name, c.number, coalesce(c.assessed_by, 0), coalesce(c.managed_by, 0)
FROM (
    SELECT a.*
    FROM application_row a
    LEFT JOIN unnest($8::case_sieve[]) s
        ON s.unit_id = a.turn_unit_id AND s.state = a.state
       AND s.policy_version = CASE WHEN a.state IN (1, 3) THEN a.policy_version ELSE 0 END
       AND s.place = CASE WHEN a.state IN (1, 3) THEN a.node ELSE 0 END
    LEFT JOIN unnest($9::bigint[], $10::bigint[]) u (unit_id, until) ON u.unit_id = a.turn_unit_id
    WHERE a.open
      AND (a.due_at <= coalesce(u.until, $1::bigint)
           OR CASE
              WHEN s.unit_id IS NULL THEN false
              -- for too few people, for countersigners, or for the room for another hand
              WHEN s.capacity < greatest(s.need - a.signatures, 1) OR cardinality(a.countersigners) > 0
                   OR cardinality(a.signers) > 30 OR cardinality(a.hands) > 30 THEN true
              -- for the hands, signers and assessors who are one of those people, or tied to one
              WHEN (a.hands && s.tied OR a.signers && s.tied OR a.assessed_by = ANY (s.tied))
                   AND s.weight * (SELECT count(DISTINCT i) FROM unnest(a.hands || a.signers || a.assessed_by) i
                                   WHERE i = ANY (s.tied)) > s.capacity - greatest(s.need - a.signatures, 1) THEN true
              -- for the customer's manager, or one more
              WHEN s.own_manager OR s.weight > s.capacity - greatest(s.need - a.signatures, 1)
                   OR a.hands && s.tied OR a.signers && s.tied OR a.assessed_by = ANY (s.tied)
              THEN EXISTS (SELECT FROM customer f
                           WHERE f.home_id = a.home_id AND f.customer_id = a.customer_id
                             AND (f.assessed_by = ANY (s.tied)
                                  OR (s.own_manager AND coalesce(f.managed_by <> ALL (s.people), true))))
              ELSE false END)
      AND ($2::integer = 0 OR a.branch_id = $2::integer)
      AND ($3::integer = 0 OR a.region_id = $3::integer)
      AND (a.due_at, a.home_id, a.application_id) > ($4::bigint, $5::smallint, $6::bigint)
    ORDER BY a.due_at, a.home_id, a.application_id
    LIMIT $7::bigint) a
JOIN customer c ON c.home_id = a.home_id AND c.customer_id = a.customer_id
ORDER BY a.due_at, a.home_id, a.application_id
