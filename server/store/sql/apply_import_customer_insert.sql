-- On: commit
INSERT INTO import_customer (home_id, customer_id, import_id, command_id)
SELECT u.home_id, u.customer_id, u.import_id, u.command_id
FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::uuid[]) AS u (home_id, customer_id, import_id, command_id)
