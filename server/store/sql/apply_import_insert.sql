-- On: commit
INSERT INTO trade_import (home_id, import_id, version, user_id, source, name, create_customers, started_at, last_at,
                          finished_at, added, changed, unchanged, refused, customers_added, customers, evaluated,
                          demoted, corrected, criteria)
SELECT u.home_id, u.import_id, u.version, u.user_id, u.source, u.name, u.create_customers, u.started_at, u.last_at,
       nullif(u.finished_at, 0), u.added, u.changed, u.unchanged, u.refused, u.customers_added, u.customers,
       u.evaluated, u.demoted, u.corrected, u.criteria
FROM unnest($1::smallint[], $2::bigint[], $3::integer[], $4::bigint[], $5::bytea[], $6::text[], $7::boolean[],
            $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
            $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[])
     AS u (home_id, import_id, version, user_id, source, name, create_customers, started_at, last_at, finished_at,
           added, changed, unchanged, refused, customers_added, customers, evaluated, demoted, corrected, criteria)
