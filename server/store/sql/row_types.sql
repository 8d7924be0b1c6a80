-- On: no connection by name, the second statement of those that write
-- Object ids of row types, in the order of their names ($1, each followed by a blank).
SELECT coalesce(to_regtype('creditd.' || t.name)::oid, 0)
FROM string_to_table(rtrim($1::text), ' ') WITH ORDINALITY AS t (name, nth)
ORDER BY t.nth
