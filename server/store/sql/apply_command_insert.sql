-- On: commit
WITH touched AS (
    INSERT INTO command (home_id, command_id, user_id, request_hash, method, status, reason, field, arguments, entity,
                         version, at)
    SELECT u.home_id, u.command_id, u.user_id, u.request_hash, u.method, u.status, u.reason, u.field, u.arguments,
           u.entity, u.version, u.at
    FROM unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bytea[], $5::smallint[], $6::smallint[], $7::integer[],
                $8::text[], $9::text[], $10::text[], $11::integer[], $12::bigint[])
         AS u (home_id, command_id, user_id, request_hash, method, status, reason, field, arguments, entity, version,
               at)
    RETURNING 1)
SELECT credit_expect(count(*), $13::bigint) FROM touched
