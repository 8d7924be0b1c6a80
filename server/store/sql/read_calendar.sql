-- On: commit, read, watch
SELECT d.unit_id, d.day, d.working, d.name FROM calendar_day d ORDER BY d.unit_id, d.day
