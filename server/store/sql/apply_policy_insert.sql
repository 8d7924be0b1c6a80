-- On: commit
-- $1 version, $2 text, $3 base version, $4 note, $5 who, $6 when
INSERT INTO policy_version (version, text, base_version, note, proposed_by, proposed_at)
VALUES ($1::integer, $2::text, $3::integer, $4::text, $5::bigint, $6::bigint)
