-- On: commit, read, session, audit, watch
-- Takes the place of a statement whose failpoint is due. $1 SQLSTATE
SELECT credit_fail($1::text)
