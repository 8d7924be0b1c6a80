-- On: commit
-- $1 the epoch on which the change was decided
WITH touched AS (UPDATE reference_epoch SET epoch = epoch + 1 WHERE epoch = $1::bigint RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
