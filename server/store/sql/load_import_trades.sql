-- On: commit
-- What an import wrote of a customer's trades, also where it was changed since.
SELECT t.*
FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS u (home_id, customer_id, import_id)
JOIN trade_version t ON t.home_id = u.home_id AND t.customer_id = u.customer_id AND t.import_id = u.import_id
ORDER BY t.home_id, t.customer_id, t.import_id, t.document, t.version
