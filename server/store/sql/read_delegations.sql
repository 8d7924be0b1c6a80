-- On: commit, read, watch
-- Those that have not ended a day ago or before: what is in effect may be asked of any instant from now on, and who watches is told
-- what has ended by its date. One that was revoked is never in effect again.
SELECT d.delegation_id, d.delegator_id, d.substitute_id, d.begins_at, d.ends_at, d.kinds, d.set_by, d.amount_to_minor, d.amount_currency
FROM delegation d
WHERE d.ends_at > business_now() - 86400000000 AND d.revoked_by IS NULL
ORDER BY d.delegation_id
