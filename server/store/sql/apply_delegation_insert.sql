-- On: commit
-- $1 id, $2 delegator, $3 substitute, $4 begin, $5 end, $6 kinds of cases, $7 set by
INSERT INTO delegation (delegation_id, delegator_id, substitute_id, begins_at, ends_at, kinds, set_by)
VALUES ($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::smallint, $7::bigint)
