-- On: commit
WITH touched AS (
    UPDATE trade t
    SET version = u.version, currency = u.currency, amount_minor = u.amount_minor, issued_on = u.issued_on,
        due_on = u.due_on, settled_on = u.settled_on, cancelled = u.cancelled,
        import_home = CASE WHEN u.import_id <> 0 THEN u.import_home END, import_id = nullif(u.import_id, 0),
        command_id = u.command_id, recorded_at = u.recorded_at
    FROM unnest($1::smallint[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::bigint[], $7::date[], $8::date[],
                $9::date[], $10::boolean[], $11::smallint[], $12::bigint[], $13::uuid[], $14::bigint[])
         AS u (home_id, document, loaded_version, version, currency, amount_minor, issued_on, due_on, settled_on,
               cancelled, import_home, import_id, command_id, recorded_at)
    WHERE t.home_id = u.home_id AND t.document = u.document AND t.version = u.loaded_version
    RETURNING 1)
SELECT credit_expect(count(*), $15::bigint) FROM touched
