-- On: commit
SELECT i.*
FROM unnest($1::import_source[]) AS u
JOIN trade_import k ON k.home_id = u.home_id AND k.user_id = u.user_id AND k.source = u.source AND k.finished_at IS NULL
JOIN import_row i ON i.home_id = k.home_id AND i.import_id = k.import_id
