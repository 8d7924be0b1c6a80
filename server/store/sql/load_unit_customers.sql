-- On: commit
-- Does the unit with code $1 look after customers?
SELECT EXISTS (SELECT 1 FROM customer c JOIN unit u ON u.unit_id = c.branch_id OR u.unit_id = c.region_id
               WHERE u.code = $1::text)
