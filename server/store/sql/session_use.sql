-- On: session
UPDATE session SET last_used_at = greatest(last_used_at, real_now())
WHERE token_hash = $1::bytea AND ended_at IS NULL AND expires_at > real_now()
  AND last_used_at + idle_s::bigint * 1000000 > real_now()
RETURNING user_id, expires_at, expires_at - real_now(), (SELECT e.epoch FROM reference_epoch e)
