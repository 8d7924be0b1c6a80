-- On: session
UPDATE session SET ended_at = real_now() WHERE token_hash = $1::bytea AND ended_at IS NULL
