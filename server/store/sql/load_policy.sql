-- On: commit
-- What a change of the policies is decided on: the number of the next version, the version published last and not rolled
-- back, from and to when those but $1 come into force (0: none does), and version $1 (0: there is none).
SELECT n.next, n.base, n.others_from, n.others_to, r.*, p.text
FROM (SELECT max(v.version) + 1 AS next,
             coalesce(max(v.version) FILTER (WHERE v.published_at IS NOT NULL AND v.rolled_back_at IS NULL), 0) AS base,
             coalesce(min(v.effective_at) FILTER (WHERE v.rolled_back_at IS NULL AND v.version <> $1::integer), 0)
                 AS others_from,
             coalesce(max(v.effective_at) FILTER (WHERE v.rolled_back_at IS NULL AND v.version <> $1::integer), 0)
                 AS others_to
      FROM policy_version v) n
LEFT JOIN (policy_row r JOIN policy_version p ON p.version = r.version) ON r.version = $1::integer
