-- On: watch
SELECT i.home_id, i.import_id FROM trade_import i
WHERE i.finished_at IS NULL AND i.last_at <= business_now() - $1::bigint
ORDER BY i.last_at LIMIT $2::bigint
