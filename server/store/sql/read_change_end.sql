-- On: watch
-- Forgets the oldest changes, of more than a day ago.
WITH ended AS (
    DELETE FROM change WHERE xid IN (SELECT xid FROM change ORDER BY xid LIMIT 20000) AND at < real_now() - 86400000000
    RETURNING 1)
SELECT count(*) FROM ended
