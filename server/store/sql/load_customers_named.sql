-- On: commit
-- The number within a region: customers whose file the region opened, and those that it looks after.
SELECT c.*
FROM unnest($1::smallint[], $2::integer[], $3::text[]) AS u (home_id, region_id, number)
JOIN customer_row c ON c.number = u.number AND (c.home_id = u.home_id OR c.region_id = u.region_id)
