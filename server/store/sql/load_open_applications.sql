-- On: commit
-- The open application of each customer, with the customer, in one look.
SELECT a.*, c.*
FROM unnest($1::entity_key[]) AS u
JOIN application_row a ON a.home_id = u.home_id AND a.customer_id = u.id AND a.open
JOIN customer_row c ON c.home_id = a.home_id AND c.customer_id = a.customer_id
