WITH touched AS (UPDATE reference_epoch SET epoch = epoch + 1 RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
