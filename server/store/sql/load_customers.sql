-- On: commit
SELECT c.*
FROM unnest($1::entity_key[]) AS u
JOIN customer_row c ON c.home_id = u.home_id AND c.customer_id = u.id
