-- On: commit
-- New ones and those that have moved: which of them a subject has is known to the rows that were written before.
INSERT INTO timer (home_id, kind, subject_id, customer_id, timer_id, due_at, unit_id, role)
SELECT u.home_id, u.kind, u.subject_id, u.customer_id, u.timer_id, u.due_at, u.unit_id, u.role
FROM unnest($1::timer_write[]) AS u
ON CONFLICT (home_id, kind, subject_id) DO UPDATE
SET timer_id = excluded.timer_id, due_at = excluded.due_at, unit_id = excluded.unit_id, role = excluded.role
