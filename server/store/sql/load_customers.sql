-- On: commit
SELECT c.*
FROM unnest($1::smallint[], $2::bigint[]) AS u (home_id, customer_id)
JOIN customer_row c ON c.home_id = u.home_id AND c.customer_id = u.customer_id
