-- On: commit
SELECT i.*
FROM unnest($1::entity_key[]) AS u
JOIN import_row i ON i.home_id = u.home_id AND i.import_id = u.id
