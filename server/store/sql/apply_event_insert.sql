-- On: commit
INSERT INTO event (home_id, customer_id, seq, application_id, kind, command_id, actor, at, from_state, to_state, version,
                   payload, hash_prev, hash)
SELECT u.home_id, u.customer_id, u.seq, u.application_id, u.kind, u.command_id, u.actor, u.at, u.from_state, u.to_state,
       u.version, u.payload, u.hash_prev, u.hash
FROM unnest($1::event_write[]) AS u
