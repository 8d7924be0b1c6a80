-- On: session
-- $1 user, $2 token hash, $3 idle seconds, $4 absolute seconds
INSERT INTO session (token_hash, user_id, created_at, last_used_at, idle_s, expires_at)
VALUES ($2::bytea, $1::bigint, real_now(), real_now(), $3::integer, real_now() + $4::integer::bigint * 1000000)
RETURNING user_id, expires_at, expires_at - real_now(), (SELECT e.epoch FROM reference_epoch e)
