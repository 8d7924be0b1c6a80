-- On: audit
INSERT INTO read_audit (home_id, at, user_id, method, purpose, customer_home, customer_id)
SELECT u.home_id, (SELECT real_now() + c.offset_us FROM clock c), u.user_id, u.method, u.purpose, u.customer_home,
       u.customer_id
FROM unnest($1::read_audit_write[]) AS u
