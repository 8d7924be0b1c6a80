-- On: commit
SELECT c.home_id, c.customer_id, c.version, c.number, c.name, c.branch_id, c.region_id, c.stage, c.tier,
       coalesce(c.grade, 0::smallint), coalesce(c.open_application_id, 0), c.chain_seq, c.chain_hash, c.last_event_at
FROM unnest($1::smallint[], $2::text[]) AS u (home_id, number)
JOIN customer c ON c.home_id = u.home_id AND c.number = u.number
