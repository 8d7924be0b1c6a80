-- On: commit
INSERT INTO calendar_day (unit_id, day, working, name)
SELECT u.unit_id, u.day, u.working, u.name FROM unnest($1::calendar_write[]) AS u
ON CONFLICT (unit_id, day) DO UPDATE SET working = excluded.working, name = excluded.name
