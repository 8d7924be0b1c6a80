-- On: commit
WITH touched AS (
    INSERT INTO standing_history (home_id, customer_id, seq, tier, grade, cause, valid_from, recorded_at,
                                  application_id)
    SELECT u.home_id, u.customer_id, u.seq, u.tier, nullif(u.grade, 0), u.cause, u.valid_from, u.recorded_at,
           nullif(u.application_id, 0)
    FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::date[],
                $8::bigint[], $9::bigint[])
         AS u (home_id, customer_id, seq, tier, grade, cause, valid_from, recorded_at, application_id)
    RETURNING 1)
SELECT credit_expect(count(*), $10::bigint) FROM touched
