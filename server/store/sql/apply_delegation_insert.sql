-- On: commit
-- $1 id, $2 delegator, $3 substitute, $4 begin, $5 end, $6 kinds of cases, $7 set by, $8 amount at most and $9 its currency (NULL: any)
INSERT INTO delegation (delegation_id, delegator_id, substitute_id, begins_at, ends_at, kinds, set_by, amount_to_minor, amount_currency)
VALUES ($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::smallint, $7::bigint,
        CASE WHEN $9::text IS NOT NULL THEN $8::bigint END, $9::text)
