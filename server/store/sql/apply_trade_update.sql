-- On: commit
WITH touched AS (
    UPDATE trade t
    SET version = u.version, currency = u.currency, amount_minor = u.amount_minor, issued_on = u.issued_on,
        due_on = u.due_on, settled_on = u.settled_on, cancelled = u.cancelled, import_home = u.import_home,
        import_id = u.import_id, command_id = u.command_id, recorded_at = u.recorded_at
    FROM unnest($1::trade_write[]) AS u
    WHERE t.home_id = u.home_id AND t.document = u.document AND t.version = u.loaded_version
    RETURNING 1)
SELECT credit_expect(count(*), $2::bigint) FROM touched
