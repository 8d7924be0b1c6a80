-- On: read
-- The versions of one trade, newest first.
SELECT t.*
FROM trade_version t
WHERE t.home_id = $1::smallint AND t.customer_id = $2::bigint AND t.document = $3::text
ORDER BY t.version DESC
LIMIT $4::bigint
