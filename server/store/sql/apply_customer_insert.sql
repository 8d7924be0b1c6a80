-- On: commit
WITH touched AS (
    INSERT INTO customer (home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, grade,
                          in_force_since, open_application_id, chain_seq, chain_hash, last_event_at, evaluated_policy,
                          computed_grade, computed_admits, criterion_met_on, criterion_detected_at, criterion_due_at,
                          demoted_on, demoted_from, demoted_policy, evaluation_timer_id, evaluate_at, imports_open)
    SELECT u.home_id, u.customer_id, u.version, u.number, u.name, u.branch_id, u.region_id, u.stage, u.tier,
           nullif(u.grade, 0), u.in_force_since, nullif(u.open_application_id, 0), u.chain_seq, u.chain_hash, u.last_event_at,
           nullif(u.evaluated_policy, 0), nullif(u.computed_grade, 0), u.computed_admits, u.criterion_met_on,
           nullif(u.criterion_detected_at, 0), nullif(u.criterion_due_at, 0), u.demoted_on, nullif(u.demoted_from, 0),
           nullif(u.demoted_policy, 0), u.evaluation_timer_id, nullif(u.evaluate_at, 0), u.imports_open
    FROM unnest($1::smallint[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::integer[], $7::integer[],
                $8::smallint[], $9::smallint[], $10::smallint[], $11::date[], $12::bigint[], $13::bigint[], $14::bytea[],
                $15::bigint[], $16::integer[], $17::smallint[], $18::boolean[], $19::date[], $20::bigint[], $21::bigint[],
                $22::date[], $23::smallint[], $24::integer[], $25::uuid[], $26::bigint[], $27::smallint[])
         AS u (home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, grade, in_force_since,
               open_application_id, chain_seq, chain_hash, last_event_at, evaluated_policy, computed_grade, computed_admits,
               criterion_met_on, criterion_detected_at, criterion_due_at, demoted_on, demoted_from, demoted_policy,
               evaluation_timer_id, evaluate_at, imports_open)
    RETURNING 1)
SELECT credit_expect(count(*), $28::bigint) FROM touched
