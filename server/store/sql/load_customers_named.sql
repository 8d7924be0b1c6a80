-- On: commit
-- The number within a region: customers whose file the region opened, and those that it looks after. Home 0: in all.
SELECT c.*
FROM unnest($1::smallint[], $2::integer[], $3::text[]) AS u (home_id, region_id, number)
JOIN customer_row c ON c.number = u.number AND (c.home_id = u.home_id OR c.region_id = u.region_id OR u.home_id = 0)
