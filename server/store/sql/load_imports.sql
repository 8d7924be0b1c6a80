-- On: commit
SELECT i.*
FROM unnest($1::smallint[], $2::bigint[]) AS u (home_id, import_id)
JOIN import_row i ON i.home_id = u.home_id AND i.import_id = u.import_id
