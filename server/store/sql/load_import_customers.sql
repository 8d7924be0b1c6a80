-- On: commit
SELECT i.home_id, i.customer_id, i.import_id, i.command_id, coalesce(i.result, 0::smallint)
FROM unnest($1::evaluation_look[]) AS u
JOIN import_customer i ON i.home_id = u.home_id AND i.customer_id = u.customer_id AND i.import_id = u.import_id
