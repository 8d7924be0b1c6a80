-- On: commit
-- Applications and their customers in one look, so that the two fit together.
SELECT a.*, c.*
FROM unnest($1::entity_key[]) AS u
JOIN application_row a ON a.home_id = u.home_id AND a.application_id = u.id
JOIN customer_row c ON c.home_id = a.home_id AND c.customer_id = a.customer_id
