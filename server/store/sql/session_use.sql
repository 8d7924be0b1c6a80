-- On: session
-- Its last use is noted to a hundredth of the time for which it may be unused: when many come again at once, hardly any
-- of them waits for a commit.
WITH found AS (
    SELECT token_hash, user_id, expires_at, last_used_at + idle_s::bigint * 10000 <= real_now() AS must_be_noted
    FROM session
    WHERE token_hash = $1::bytea AND ended_at IS NULL AND expires_at > real_now()
      AND last_used_at + idle_s::bigint * 1000000 > real_now()
), noted AS (
    UPDATE session s SET last_used_at = greatest(s.last_used_at, real_now())
    FROM found f WHERE s.token_hash = f.token_hash AND f.must_be_noted
)
SELECT user_id, expires_at, expires_at - real_now(), (SELECT e.epoch FROM reference_epoch e) FROM found
