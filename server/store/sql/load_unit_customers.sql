-- On: commit
-- Does the unit with code $1 look after customers, or will it look after those of a unit that was merged into it?
WITH RECURSIVE led AS (
    SELECT u.unit_id FROM unit u WHERE u.code = $1::text
    UNION
    SELECT u.unit_id FROM unit u JOIN led ON u.merged_into = led.unit_id)
SELECT EXISTS (SELECT 1 FROM customer c JOIN led ON led.unit_id = c.branch_id)
    OR EXISTS (SELECT 1 FROM customer c JOIN led ON led.unit_id = c.region_id)
