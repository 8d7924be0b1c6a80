-- On: commit
-- Trades of customers to be evaluated, each customer once with `whole`: all that may count ($2 months back from today, in
-- any zone, and later), and what the import of the look (0: none) wrote of them, also where it was changed since.
SELECT t.*
FROM unnest($1::evaluation_look[]) AS u
CROSS JOIN LATERAL (
    SELECT t.*,
           u.whole AND NOT t.cancelled AND t.due_on >= (
               SELECT ((to_timestamp(business_now() / 1000000.0) AT TIME ZONE 'UTC')::date - 2
                       - make_interval(months => $2::integer))::date) AS counts,
           u.import_id <> 0 AND t.import_id = u.import_id AS written
    FROM trade_row t WHERE t.home_id = u.home_id AND t.customer_id = u.customer_id
    OFFSET 0) t
WHERE t.counts OR t.written
UNION ALL
SELECT t.*, false, true
FROM unnest($1::evaluation_look[]) AS u
CROSS JOIN LATERAL (
    SELECT p.home_id, p.customer_id, p.document, p.version, p.currency, p.amount_minor, p.issued_on, p.due_on,
           p.settled_on, p.cancelled, p.import_home, p.import_id, p.command_id, p.recorded_at
    FROM trade_past p WHERE p.home_id = u.home_id AND p.customer_id = u.customer_id AND p.import_id = u.import_id
    OFFSET 0) t
