-- On: commit
-- For a change that stands or falls with what the organisation is: nobody changes that before it is committed.
-- $1 the epoch on which it was decided
WITH held AS (SELECT 1 FROM reference_epoch WHERE epoch = $1::bigint FOR SHARE)
SELECT credit_expect(count(*), 1) FROM held
