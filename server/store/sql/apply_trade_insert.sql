-- On: commit
INSERT INTO trade (home_id, document, customer_id, version, currency, amount_minor, issued_on, due_on, settled_on,
                   cancelled, import_home, import_id, command_id, recorded_at)
SELECT u.home_id, u.document, u.customer_id, u.version, u.currency, u.amount_minor, u.issued_on, u.due_on,
       u.settled_on, u.cancelled, CASE WHEN u.import_id <> 0 THEN u.import_home END, nullif(u.import_id, 0), u.command_id, u.recorded_at
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::integer[], $5::text[], $6::bigint[], $7::date[], $8::date[],
            $9::date[], $10::boolean[], $11::smallint[], $12::bigint[], $13::uuid[], $14::bigint[])
     AS u (home_id, document, customer_id, version, currency, amount_minor, issued_on, due_on, settled_on, cancelled,
           import_home, import_id, command_id, recorded_at)
