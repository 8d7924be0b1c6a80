-- On: watch
-- Customers of imports that have ended, to be evaluated once: $1 of them after ($2, $3, $4), in the order of import, home and
-- customer, which is that of the index: what is found is not sorted.
SELECT c.home_id, c.customer_id, c.import_id, c.command_id, i.home_id
FROM trade_import i
CROSS JOIN LATERAL (
    SELECT c.* FROM import_customer c
    WHERE c.import_id = i.import_id AND c.result IS NULL
      AND (c.home_id, c.customer_id) > (CASE i.import_id WHEN $2::bigint THEN $3::smallint ELSE 0 END,
                                        CASE i.import_id WHEN $2::bigint THEN $4::bigint ELSE 0 END)
    ORDER BY c.home_id, c.customer_id
    LIMIT $1::bigint) c
WHERE i.finished_at IS NOT NULL AND i.evaluated < i.customers AND i.import_id >= $2::bigint
ORDER BY i.import_id, c.home_id, c.customer_id
LIMIT $1::bigint
