-- On: read
-- $1 home, $2 customer, $3 the document (NULL: any), $4 documents after this one, $5 limit
SELECT t.*
FROM trade_row t
WHERE t.home_id = $1::smallint AND t.customer_id = $2::bigint AND ($3::text IS NULL OR t.document = $3::text)
  AND t.document > $4::text
ORDER BY t.document
LIMIT $5::bigint
