-- On: no connection by name, the first statement of each
-- Settings of a connection, and what a server has to know before it uses one.
-- Nothing is compiled: a statement is short, and compiling one that seems to be long takes a second.
-- $1 statement_timeout ms, $2 lock_timeout ms, $3 plan_cache_mode. Plans that are made once look up each key by its index:
-- while a table has no statistics the planner expects many rows of one key and chooses a bitmap, which costs thrice as much.
SELECT set_config('search_path', 'creditd', false), set_config('statement_timeout', $1, false),
       set_config('lock_timeout', $2, false), set_config('plan_cache_mode', $3, false),
       set_config('client_min_messages', 'warning', false), set_config('timezone', 'UTC', false),
       set_config('datestyle', 'ISO', false), set_config('jit', 'off', false), set_config('bytea_output', 'hex', false),
       current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit, pg_is_in_recovery() AS standby,
       (SELECT max(m.number) FROM creditd.schema_migration m) AS schema_version,
       (SELECT c.test_clock FROM creditd.clock c) AS test_clock,
       CASE $3 WHEN 'force_generic_plan' THEN set_config('enable_bitmapscan', 'off', false) END,
       CASE $3 WHEN 'force_generic_plan' THEN set_config('enable_memoize', 'off', false) END
