-- On: read
-- One chain. $1 home, $2 customer (0: the organisation), $3 application (0: all), $4 after this seq, $5 limit
SELECT e.home_id, e.customer_id, e.seq, coalesce(e.application_id, 0), e.kind, e.command_id, e.actor, e.at,
       e.from_state, e.to_state, e.version, e.payload::text, e.hash_prev, e.hash
FROM event e
WHERE e.home_id = $1::smallint AND e.customer_id = $2::bigint AND e.seq > $4::bigint
  AND ($3::bigint = 0 OR e.application_id = $3::bigint)
ORDER BY e.seq
LIMIT $5::bigint
