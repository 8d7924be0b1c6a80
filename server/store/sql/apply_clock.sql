-- On: commit
-- $1 microseconds
WITH touched AS (UPDATE clock SET offset_us = offset_us + $1::bigint WHERE test_clock RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
