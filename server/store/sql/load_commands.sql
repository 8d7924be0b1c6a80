-- On: commit, audit
SELECT k.home_id, k.command_id, k.user_id, k.request_hash, k.method, k.status, k.reason, k.field, k.arguments, k.entity,
       k.version, k.at
FROM unnest($1::command_key[]) AS u
JOIN command k ON k.home_id = u.home_id AND k.command_id = u.command_id
