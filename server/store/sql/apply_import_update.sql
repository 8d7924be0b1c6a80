-- On: commit
WITH touched AS (
    UPDATE trade_import i
    SET version = u.version, last_at = u.last_at, finished_at = nullif(u.finished_at, 0), added = u.added,
        changed = u.changed, unchanged = u.unchanged, refused = u.refused, customers_added = u.customers_added,
        customers = u.customers, evaluated = u.evaluated, demoted = u.demoted, corrected = u.corrected, criteria = u.criteria
    FROM unnest($1::smallint[], $2::bigint[], $3::integer[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[],
                $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
                $15::bigint[], $16::bigint[])
         AS u (home_id, import_id, loaded_version, version, last_at, finished_at, added, changed, unchanged, refused,
               customers_added, customers, evaluated, demoted, corrected, criteria)
    WHERE i.home_id = u.home_id AND i.import_id = u.import_id AND i.version = u.loaded_version
    RETURNING 1)
SELECT credit_expect(count(*), $17::bigint) FROM touched
