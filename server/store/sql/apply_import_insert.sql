-- On: commit
INSERT INTO trade_import (home_id, import_id, version, user_id, source, name, create_customers, started_at, last_at,
                          finished_at, added, changed, unchanged, refused, customers_added, customers, evaluated,
                          demoted, corrected, criteria)
SELECT u.home_id, u.import_id, u.version, u.user_id, u.source, u.name, u.create_customers, u.started_at, u.last_at,
       u.finished_at, u.added, u.changed, u.unchanged, u.refused, u.customers_added, u.customers, u.evaluated, u.demoted,
       u.corrected, u.criteria
FROM unnest($1::import_write[]) AS u
