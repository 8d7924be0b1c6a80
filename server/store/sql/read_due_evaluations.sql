-- On: watch
-- Customers of imports that have ended, to be evaluated once.
SELECT c.home_id, c.customer_id, c.import_id, c.command_id, i.home_id
FROM trade_import i
JOIN import_customer c ON c.import_id = i.import_id AND c.result IS NULL
WHERE i.finished_at IS NOT NULL AND i.evaluated < i.customers
ORDER BY c.import_id, c.home_id, c.customer_id
LIMIT $1::bigint
