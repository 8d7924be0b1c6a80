-- On: commit, audit
-- A batch that holds only repeats writes too, so that no answer is given from rows that a standby may lack.
WITH touched AS (UPDATE repeats SET batches = batches + 1 RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
