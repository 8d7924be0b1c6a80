-- What is stuck or missed is told when it arises. Runs as creditd_owner with search_path = creditd, in one transaction.
-- Conventions: 0001_first.sql.

-- Where it may be that nobody can act on a case (server/rules/sieve.h).
CREATE TYPE case_sieve AS (
    unit_id integer, policy_version integer, state smallint, place smallint, need smallint, capacity integer,
    weight integer, own_manager boolean, people bigint[], tied bigint[]);
