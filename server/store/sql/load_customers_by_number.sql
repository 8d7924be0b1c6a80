-- On: commit
SELECT c.*
FROM unnest($1::smallint[], $2::text[]) AS u (home_id, number)
JOIN customer_row c ON c.home_id = u.home_id AND c.number = u.number
