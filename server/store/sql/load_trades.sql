-- On: commit
SELECT t.*
FROM unnest($1::trade_key[]) AS u
JOIN trade_row t ON t.home_id = u.home_id AND t.document = u.document
