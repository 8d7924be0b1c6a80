-- On: commit
SELECT nextval('row_number') FROM generate_series(1, $1::integer)
