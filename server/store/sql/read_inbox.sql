-- On: read
-- $1 units and $2 roles: the desks, $3 to $5 rows after this due instant and key, $6 limit, $7 people whose opinion may be
-- waited for, of whatever desk's case, $8 those too that wait for an answer to an extension, $9 and $10 a maker and his
-- branch (0: none): what he has made.
-- Oldest due first. What has a LIMIT of its own is one look into an index each, whatever the planner thinks of the sizes.
SELECT a.home_id, a.application_id, a.customer_id, a.version, a.state, coalesce(a.from_grade, 0::smallint), a.to_grade,
       coalesce(a.decided_grade, 0::smallint), a.off_criteria, coalesce(a.finding, 0::smallint), a.branch_id,
       a.region_id, a.criterion_met_on, coalesce(a.criterion_detected_at, 0), a.submitted_at, a.complete_by,
       a.turn_unit_id, t.due_at, t.role, a.policy_version, coalesce(a.asked_policy, 0), coalesce(a.asked_by, 0),
       a.clock_started_at, coalesce(a.extension_days, 0::smallint), coalesce(a.extension_by, 0), a.extended_days,
       a.step_started_at, coalesce(a.paused_at, 0), coalesce(a.paused_by, 0), coalesce(a.paused_due_at, 0), a.paused_days, a.step_paused_days, coalesce(a.urged_at, 0), coalesce(a.urged_by, 0),
       coalesce(a.extension_for, 0), coalesce(a.claimed_by, 0), a.hands, coalesce(a.assessed_by, 0), coalesce(c.assessed_by, 0), coalesce(c.managed_by, 0),
       a.node, a.signatures, coalesce(a.signed_grade, 0::smallint), a.signers, a.signer_nodes, a.verifiers, a.countersigners, coalesce(a.held_by, 0), coalesce(a.assistant_id, 0), a.limit_minor, a.limit_currency, a.submitted_by, coalesce(a.submitted_for, 0), c.name, c.number
FROM (SELECT i.role, i.due_at, i.home_id, i.subject_id
      FROM unnest($1::bigint[], $2::bigint[]) AS r (unit, role)
      CROSS JOIN LATERAL (SELECT i.role, i.due_at, i.home_id, i.subject_id
                          FROM timer i
                          WHERE i.unit_id = r.unit AND i.role = r.role
                            AND (i.due_at, i.home_id, i.subject_id) > ($3::bigint, $4::smallint, $5::bigint)
                          ORDER BY i.due_at, i.home_id, i.subject_id
                          LIMIT $6::bigint) AS i
      UNION ALL
      SELECT o.turn_role, o.due_at, o.home_id, o.application_id
      FROM application o
      WHERE o.assistant_id = ANY ($7::bigint[])
        AND (o.due_at, o.home_id, o.application_id) > ($3::bigint, $4::smallint, $5::bigint)
        AND NOT EXISTS (SELECT FROM unnest($1::bigint[], $2::bigint[]) AS r (unit, role)
                        WHERE r.unit = o.turn_unit_id AND r.role = o.turn_role)
      UNION ALL
      SELECT o.turn_role, o.due_at, o.home_id, o.application_id
      FROM application o
      WHERE $8::boolean AND o.extension_days IS NOT NULL
        AND (o.due_at, o.home_id, o.application_id) > ($3::bigint, $4::smallint, $5::bigint)
        AND coalesce(o.assistant_id <> ALL ($7::bigint[]), true)
        AND NOT EXISTS (SELECT FROM unnest($1::bigint[], $2::bigint[]) AS r (unit, role)
                        WHERE r.unit = o.turn_unit_id AND r.role = o.turn_role)
      UNION ALL
      SELECT o.turn_role, o.due_at, o.home_id, o.application_id
      FROM application o
      WHERE o.open AND coalesce(o.submitted_for, o.submitted_by) = $9::bigint AND o.branch_id = $10::integer
        AND (o.due_at, o.home_id, o.application_id) > ($3::bigint, $4::smallint, $5::bigint)
      ORDER BY due_at, home_id, subject_id
      LIMIT $6::bigint) AS t
CROSS JOIN LATERAL (SELECT * FROM application a
                    WHERE a.home_id = t.home_id AND a.application_id = t.subject_id LIMIT 1) AS a
CROSS JOIN LATERAL (SELECT c.name, c.number, c.assessed_by, c.managed_by FROM customer c
                    WHERE c.home_id = a.home_id AND c.customer_id = a.customer_id LIMIT 1) AS c
ORDER BY t.due_at, t.home_id, t.subject_id
