-- On: read
-- Versions below $1 (0: all), newest first, at most $2
SELECT r.* FROM policy_row r WHERE $1::integer = 0 OR r.version < $1::integer ORDER BY r.version DESC LIMIT $2::bigint
