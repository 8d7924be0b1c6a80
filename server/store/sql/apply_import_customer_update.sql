-- On: commit
WITH touched AS (
    UPDATE import_customer i SET result = u.result
    FROM unnest($1::import_customer_write[]) AS u
    WHERE i.home_id = u.home_id AND i.customer_id = u.customer_id AND i.import_id = u.import_id AND i.result IS NULL
    RETURNING 1)
SELECT credit_expect(count(*), $2::bigint) FROM touched
