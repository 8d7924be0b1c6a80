-- On: commit
SELECT t.*
FROM unnest($1::smallint[], $2::text[]) AS u (home_id, document)
JOIN trade_row t ON t.home_id = u.home_id AND t.document = u.document
