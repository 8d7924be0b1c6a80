-- Row types: what a batch loads by, and the rows that it writes. A statement takes one array of rows; an array per column
-- costs a tuple store each. The server knows the order of their attributes (store/params.h). Runs as creditd_owner with
-- search_path = creditd, in one transaction. Conventions: 0001_first.sql.

-- ---- keys and looks ----

CREATE TYPE entity_key AS (home_id smallint, id bigint);
CREATE TYPE command_key AS (home_id smallint, command_id uuid);
CREATE TYPE trade_key AS (home_id smallint, document text);
CREATE TYPE timer_key AS (home_id smallint, kind smallint, subject_id bigint);
CREATE TYPE import_source AS (home_id smallint, user_id bigint, source bytea);
-- n: which look it is. import_id: of the import whose mark of the customer is wanted.
CREATE TYPE customer_look AS (home_id smallint, region_id integer, number text, n integer, import_id bigint);
CREATE TYPE evaluation_look AS (home_id smallint, customer_id bigint, import_id bigint, whole boolean);

-- ---- rows ----

-- One type for what is inserted and what is updated; a loaded_version or loaded_revision of 0 means that it is new.

CREATE TYPE customer_write AS (
    home_id smallint, customer_id bigint, loaded_revision bigint, version integer, number text, name text,
    branch_id integer, region_id integer, stage smallint, tier smallint, grade smallint, in_force_since date,
    open_application_id bigint, chain_seq bigint, chain_hash bytea, last_event_at bigint, evaluated_policy integer,
    computed_grade smallint, computed_admits boolean, criterion_met_on date, criterion_detected_at bigint,
    criterion_due_at bigint, demoted_on date, demoted_from smallint, demoted_policy integer, evaluation_timer_id uuid,
    evaluate_at bigint, imports_open smallint);

CREATE TYPE application_write AS (
    home_id smallint, application_id bigint, customer_id bigint, loaded_version integer, version integer,
    came_from smallint, action smallint, state smallint, from_tier smallint, from_grade smallint, to_grade smallint,
    decided_grade smallint, off_criteria boolean, finding smallint, hands bigint[], submitted_by bigint,
    verified_by bigint, decided_by bigint, recorded_by bigint, branch_id integer, region_id integer,
    policy_version integer, criterion_met_on date, criterion_detected_at bigint, clock_started_at bigint,
    submitted_at bigint, verified_at bigint, decided_at bigint, recorded_at bigint, due_at bigint, complete_by bigint,
    turn_unit_id integer, turn_role smallint, timer_id uuid, reason text);

CREATE TYPE event_write AS (
    home_id smallint, customer_id bigint, seq bigint, application_id bigint, kind smallint, command_id uuid, actor bigint,
    at bigint, from_state smallint, to_state smallint, version integer, payload json, hash_prev bytea, hash bytea);

CREATE TYPE standing_write AS (
    home_id smallint, customer_id bigint, seq bigint, tier smallint, grade smallint, cause smallint, valid_from date,
    recorded_at bigint, application_id bigint);

CREATE TYPE command_write AS (
    home_id smallint, command_id uuid, user_id bigint, request_hash bytea, method smallint, status smallint,
    reason integer, field text, arguments text, entity text, version integer, at bigint);

CREATE TYPE timer_write AS (
    home_id smallint, kind smallint, subject_id bigint, customer_id bigint, timer_id uuid, due_at bigint,
    unit_id integer, role smallint);

CREATE TYPE trade_write AS (
    home_id smallint, document text, customer_id bigint, loaded_version integer, version integer, currency text,
    amount_minor bigint, issued_on date, due_on date, settled_on date, cancelled boolean, import_home smallint,
    import_id bigint, command_id uuid, recorded_at bigint, superseded_at bigint);

CREATE TYPE import_write AS (
    home_id smallint, import_id bigint, loaded_version integer, version integer, user_id bigint, source bytea,
    name text, create_customers boolean, started_at bigint, last_at bigint, finished_at bigint, added bigint,
    changed bigint, unchanged bigint, refused bigint, customers_added bigint, customers bigint, evaluated bigint,
    demoted bigint, corrected bigint, criteria bigint);

CREATE TYPE import_customer_write AS (
    home_id smallint, customer_id bigint, import_id bigint, command_id uuid, result smallint);

CREATE TYPE read_audit_write AS (
    home_id smallint, user_id bigint, method smallint, purpose text, customer_home smallint[], customer_id bigint[]);
