-- On: read
SELECT i.*
FROM import_row i WHERE i.home_id = $1::smallint AND i.import_id = $2::bigint
