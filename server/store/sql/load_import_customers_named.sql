-- On: commit
-- Those of load_customers_named that an import has touched.
SELECT i.home_id, i.customer_id, i.import_id, i.command_id, coalesce(i.result, 0::smallint)
FROM unnest($1::smallint[], $2::integer[], $3::text[], $4::bigint[]) AS u (home_id, region_id, number, import_id)
JOIN customer c ON c.number = u.number AND (c.home_id = u.home_id OR c.region_id = u.region_id)
JOIN import_customer i ON i.home_id = c.home_id AND i.customer_id = c.customer_id AND i.import_id = u.import_id
