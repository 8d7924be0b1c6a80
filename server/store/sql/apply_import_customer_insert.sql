-- On: commit
INSERT INTO import_customer (home_id, customer_id, import_id, command_id)
SELECT u.home_id, u.customer_id, u.import_id, u.command_id
FROM unnest($1::import_customer_write[]) AS u
