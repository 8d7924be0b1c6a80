-- On: commit
-- $1 unit, $2 the one that it is merged into: its users and the units below it go there.
WITH below AS (UPDATE unit SET parent_id = $2::integer WHERE parent_id = $1::integer),
users AS (UPDATE app_user SET unit_id = $2::integer WHERE unit_id = $1::integer),
touched AS (
    UPDATE unit SET closed = true, merged_into = $2::integer WHERE unit_id = $1::integer AND NOT closed
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
