-- On: read
-- For the rest of the unit: a statement of it is planned once, and by its indexes, so that the plan stays good however
-- small the tables were when it was made.
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
       set_config('enable_bitmapscan', 'off', true), set_config('enable_memoize', 'off', true)
