-- On: commit, read, watch
-- Those that have not ended: what is in effect may be asked of any instant from now on.
SELECT d.delegation_id, d.delegator_id, d.substitute_id, d.begins_at, d.ends_at, d.kinds, d.set_by
FROM delegation d
WHERE d.ends_at > business_now()
ORDER BY d.delegation_id
