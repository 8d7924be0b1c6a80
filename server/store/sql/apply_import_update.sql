-- On: commit
WITH touched AS (
    UPDATE trade_import i
    SET version = u.version, last_at = u.last_at, finished_at = u.finished_at, added = u.added, changed = u.changed,
        unchanged = u.unchanged, refused = u.refused, customers_added = u.customers_added, customers = u.customers,
        evaluated = u.evaluated, demoted = u.demoted, corrected = u.corrected, criteria = u.criteria
    FROM unnest($1::import_write[]) AS u
    WHERE i.home_id = u.home_id AND i.import_id = u.import_id AND i.version = u.loaded_version
    RETURNING 1)
SELECT credit_expect(count(*), $2::bigint) FROM touched
