-- On: commit
INSERT INTO trade (home_id, document, customer_id, version, currency, amount_minor, issued_on, due_on, settled_on, cancelled,
                   import_home, import_id, command_id, recorded_at)
SELECT u.home_id, u.document, u.customer_id, u.version, u.currency, u.amount_minor, u.issued_on, u.due_on, u.settled_on,
       u.cancelled, u.import_home, u.import_id, u.command_id, u.recorded_at
FROM unnest($1::trade_write[]) AS u
