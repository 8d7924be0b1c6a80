-- On: commit
-- Compare-and-set on revision, which every write of the row moves.
WITH touched AS (
    UPDATE customer c
    SET revision = c.revision + 1, version = u.version, name = u.name, branch_id = u.branch_id, region_id = u.region_id,
        stage = u.stage, tier = u.tier, grade = nullif(u.grade, 0), in_force_since = u.in_force_since,
        open_application_id = nullif(u.open_application_id, 0), chain_seq = u.chain_seq, chain_hash = u.chain_hash,
        last_event_at = u.last_event_at, evaluated_policy = nullif(u.evaluated_policy, 0),
        computed_grade = nullif(u.computed_grade, 0), computed_admits = u.computed_admits,
        criterion_met_on = u.criterion_met_on, criterion_detected_at = nullif(u.criterion_detected_at, 0),
        criterion_due_at = nullif(u.criterion_due_at, 0), demoted_on = u.demoted_on,
        demoted_from = nullif(u.demoted_from, 0), demoted_policy = nullif(u.demoted_policy, 0),
        evaluation_timer_id = u.evaluation_timer_id, evaluate_at = nullif(u.evaluate_at, 0), imports_open = u.imports_open
    FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::integer[], $5::text[], $6::integer[], $7::integer[],
                $8::smallint[], $9::smallint[], $10::smallint[], $11::date[], $12::bigint[], $13::bigint[], $14::bytea[],
                $15::bigint[], $16::integer[], $17::smallint[], $18::boolean[], $19::date[], $20::bigint[], $21::bigint[],
                $22::date[], $23::smallint[], $24::integer[], $25::uuid[], $26::bigint[], $27::smallint[])
         AS u (home_id, customer_id, loaded_revision, version, name, branch_id, region_id, stage, tier, grade,
               in_force_since, open_application_id, chain_seq, chain_hash, last_event_at, evaluated_policy, computed_grade,
               computed_admits, criterion_met_on, criterion_detected_at, criterion_due_at, demoted_on, demoted_from,
               demoted_policy, evaluation_timer_id, evaluate_at, imports_open)
    WHERE c.home_id = u.home_id AND c.customer_id = u.customer_id AND c.revision = u.loaded_revision
    RETURNING 1)
SELECT credit_expect(count(*), $28::bigint) FROM touched
