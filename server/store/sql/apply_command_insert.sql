-- On: commit
INSERT INTO command (home_id, command_id, user_id, request_hash, method, status, reason, field, arguments, entity, version,
                     at)
SELECT u.home_id, u.command_id, u.user_id, u.request_hash, u.method, u.status, u.reason, u.field, u.arguments, u.entity,
       u.version, u.at
FROM unnest($1::command_write[]) AS u
