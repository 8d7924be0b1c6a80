-- On: commit
INSERT INTO standing_history (home_id, customer_id, seq, tier, grade, cause, valid_from, recorded_at, application_id)
SELECT u.home_id, u.customer_id, u.seq, u.tier, u.grade, u.cause, u.valid_from, u.recorded_at, u.application_id
FROM unnest($1::standing_write[]) AS u
