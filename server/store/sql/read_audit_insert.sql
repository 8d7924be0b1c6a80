-- On: audit
WITH touched AS (
    INSERT INTO read_audit (home_id, at, user_id, method, purpose, customer_home, customer_id)
    SELECT u.home_id, (SELECT real_now() + c.offset_us FROM clock c), u.user_id, u.method, u.purpose,
           u.customer_home::smallint[], u.customer_id::bigint[]
    FROM unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::text[])
         AS u (home_id, user_id, method, purpose, customer_home, customer_id)
    RETURNING 1)
SELECT credit_expect(count(*), $7::bigint) FROM touched
