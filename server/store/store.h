/* PostgreSQL behind domain verbs. Only this folder knows libpq. Everything is asynchronous on the event loop: a call
 * queues one unit of statements (one implicit transaction, one Sync) on one connection in pipeline mode and comes back
 * through a callback, exactly once, never from inside the call.
 *
 * Results and their meaning for a caller who writes:
 *   OK        known to be committed
 *   CONFLICT  nothing done; version lost, unique violation, serialization failure, deadlock: load and decide again
 *   DOWN      nothing done; no connection, or it ended before the Sync was sent
 *   UNKNOWN   the Sync was sent and no trustworthy answer came: connection lost, a notice at the commit, own timer
 *   BROKEN    nothing done; any other SQL error (ours, or a constraint that refused) */
#ifndef CREDITD_STORE_STORE_H
#define CREDITD_STORE_STORE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"
#include "server/rules/sieve.h"
#include "server/rules/scoreboard.h"

enum store_result { STORE_OK, STORE_CONFLICT, STORE_DOWN, STORE_UNKNOWN, STORE_BROKEN };

struct store_config {
    const char *conninfo;          /* of the role creditd_app */
    int statement_timeout_ms;      /* of reads */
    int commit_timeout_ms;         /* own timer of a write: UNKNOWN afterwards */
    struct failpoints *failpoints; /* tests: statements that are to fail; NULL: none */
};

/* Is it a list, with commas, of "STATEMENT=error@N" and "STATEMENT=conflict@N" ("@N+": the Nth run and all after it),
 * with names of files in sql/? Each counts from where the one before has failed. NULL is valid.
 */
bool store_failpoint_valid(const char *text);
/* The same as counters, which all connections of one use share; NULL for NULL, which is also fine to free. It outlives
 * the stores that have it. */
struct failpoints *store_failpoints_new(const char *text);
void store_failpoints_free(struct failpoints *failpoints);

/* What a connection is for: the first line of each statement in sql/ names those that have it. COMMIT, SESSION and
 * AUDIT write: no statement_timeout, own commit timer. */
enum store_use { STORE_COMMIT, STORE_READ, STORE_SESSION, STORE_AUDIT, STORE_WATCH, STORE_USE_COUNT };

/* One connection that is kept up: connects, checks the durable settings and the schema version, prepares its
 * statements, reconnects with growing pauses. Units queue only while it is up; otherwise their callback gets DOWN. */
struct store;
/* `changed` (may be NULL) is called when the connection comes up or goes down. */
struct store *store_open(struct event_base *base, const struct store_config *config, enum store_use use,
                         void (*changed)(void *arg, bool up), void *arg);
bool store_is_up(const struct store *store);
/* Units still under way are forgotten without a callback. */
void store_close(struct store *store);
/* Units queued or in flight. */
size_t store_pending(const struct store *store);

typedef void store_done(void *arg, enum store_result result);

/* ---- writing: load and apply of the commit engine ---- */

/* A stored outcome of a command. Texts are NUL-terminated; "" where there is none. */
struct stored_command {
    int16_t home;
    struct uuid command_id;
    int64_t user_id;
    uint8_t request_hash[32];
    enum method method;
    enum status status;
    int reason; /* enum reason */
    const char *field;
    const char *arguments; /* lines "name=value\n" */
    const char *entity;    /* public id or "" */
    int32_t version;
    int64_t at;
};

struct command_key {
    int16_t home;
    struct uuid command_id;
};

/* The number of a customer within a region: of the region's home, or looked after by the region. region_id 0: of the
 * home only. home 0: anywhere. */
struct customer_named {
    int16_t home;
    int32_t region_id;
    const char *number;
};
/* A customer by number, and whether an import (0: none) that is open has touched him. */
struct customer_look {
    struct customer_named named;
    int64_t import_id;
};
#define NO_LOOK SIZE_MAX
/* A document in a home (0: in none), and in those of the customers of a look who are elsewhere. */
struct document_look {
    int16_t home;
    const char *document;
    size_t customer; /* index in load_list.named, or NO_LOOK */
};
/* A customer to be evaluated after an import (0: none): what it wrote of his trades, and whether he is evaluated. */
struct evaluation_look {
    struct key customer;
    int64_t import_id;
    bool
        whole; /* once for each customer: his open application, and his trades as far as trade_months back from today */
};
/* An import by who began it and what it stands for. */
struct import_source {
    int16_t home;
    int64_t user_id;
    const uint8_t *source; /* IMPORT_SOURCE_BYTES */
};

/* Chains of home 0; the number is the customer id of their events. */
enum reference_chain { CHAIN_ORGANISATION = 0, CHAIN_POLICIES = 1, CHAIN_COUNT };

/* What a batch needs. Arrays belong to the caller until the callback. */
struct load_list {
    const struct command_key *commands;
    size_t command_count;
    const struct key *customers;
    size_t customer_count;
    const struct key *applications; /* loads their customers too */
    size_t application_count;
    const struct key *with_case; /* customers whose open application is loaded, with them */
    size_t with_case_count;
    bool named_with_case; /* those of the customers of `named` too */
    size_t new_numbers;   /* how many fresh row numbers (customers, applications, imports) to draw */
    bool reference_head;  /* load the head of `chain` */
    enum reference_chain chain;
    bool policy; /* look at policy_version (0: none) and at what it stands beside */
    int32_t policy_version;
    const char *unit_code; /* does this unit look after customers? NULL: not asked */
    const struct customer_look *named;
    size_t named_count;
    const struct document_look *documents;
    size_t document_count;
    const struct key *imports;
    size_t import_count;
    const struct import_source *sources; /* open imports */
    size_t source_count;
    /* Evaluations; their customers stand in `customers` too. */
    const struct evaluation_look *evaluated;
    size_t evaluated_count;
    int trade_months;
};

struct reference_head {
    int64_t chain_seq;
    uint8_t chain_hash[CHAIN_HASH_BYTES];
    int64_t last_event_at;
};

/* What a change of the policies is decided on. */
struct policy_look {
    int32_t next;        /* number of the next version */
    int32_t base;        /* published last and not rolled back; 0: none */
    int64_t others_from; /* from when on any but the version that was asked for may be in force; 0: never */
    int64_t others_to;   /* from when on the last one of these is; 0: never */
    bool found;
    struct policy_version row;
    const char *text;
};

/* A named customer whose home is not the one that was named. */
struct customer_elsewhere {
    size_t look; /* index in load_list.named */
    int16_t home;
};

struct loaded {
    int64_t epoch; /* reference epoch */
    int64_t now;   /* business time: the database's clock plus the test offset */
    struct stored_command *commands;
    size_t command_count;
    struct customer *customers;
    size_t customer_count;
    struct application *applications;
    size_t application_count;
    int64_t *new_numbers;
    size_t new_number_count;
    struct reference_head head;
    struct policy_look policy;
    bool unit_has_customers; /* of list->unit_code */
    struct trade *trades;    /* of list->documents; one may be there twice */
    size_t trade_count;
    struct import_customer *import_customers; /* of list->named (without result) and list->evaluated */
    size_t import_customer_count;
    struct customer_elsewhere *elsewhere;
    size_t elsewhere_count;
    /* Of list->named those whom the import has touched already: key, number, unit and last event, nothing else. The
     * others, once they are loaded too, stand in `customers`. */
    struct customer *touched;
    size_t touched_count;
    struct key *untouched;
    size_t untouched_count;
    struct trade_import *imports; /* of list->imports and list->sources */
    size_t import_count;
    struct trade *customer_trades; /* of list->evaluated, those that may count, by customer */
    size_t customer_trade_count;
    int trade_months;                        /* of list */
    struct assessment *customer_assessments; /* of list->evaluated, by customer and date */
    size_t customer_assessment_count;
    struct trade *import_trades; /* of list->evaluated, by customer, import, document, version */
    size_t import_trade_count;
};

/* Loads into `out`; rows and texts come from `arena`. Results: OK, DOWN, CONFLICT (deadlock and the like), BROKEN. */
void store_load(struct store *store, const struct load_list *list, struct arena *arena, struct loaded *out,
                store_done *done, void *arg);

struct standing_change { /* a row of the standing history */
    struct key customer;
    int64_t seq; /* of the event */
    struct standing standing;
    enum cause cause;
    civil_date valid_from;
    int64_t recorded_at;
    int64_t application; /* 0: none */
};

/* Changes of reference data, applied one at a time (a reference command is alone in its batch). */
enum reference_kind {
    REFERENCE_NONE,
    REFERENCE_UNIT_INSERT, /* unit.id 0: drawn by the database; a region's home too */
    REFERENCE_UNIT_UPDATE, /* parent, closed */
    REFERENCE_UNIT_EDIT,   /* name, zone */
    REFERENCE_UNIT_MERGE,  /* merged_into: closed, and what stood in it goes there */
    REFERENCE_USER_INSERT, /* with password hash */
    REFERENCE_USER_UPDATE, /* roles, level, disabled, unit */
    REFERENCE_USER_PASSWORD,
    REFERENCE_POLICY_PROPOSE,
    REFERENCE_POLICY_PUBLISH,
    REFERENCE_POLICY_ROLL_BACK,
    REFERENCE_CLOCK_ADVANCE,
    REFERENCE_CALENDAR_SET,
    REFERENCE_DELEGATION_GRANT,
    REFERENCE_DELEGATION_REVOKE /* its end */
};
struct reference_change {
    enum reference_kind kind;
    struct unit unit;
    struct user user;
    const char *password_hash;
    const char *password_before;  /* USER_PASSWORD: the hash that it replaces; NULL: whatever there is */
    struct policy_version policy; /* as it is after the change */
    const char *policy_text;      /* POLICY_PROPOSE */
    int64_t advance_us;
    const struct calendar_day *calendar; /* CALENDAR_SET: new, or in place of what the day had */
    size_t calendar_count;
    struct delegation delegation;
    int64_t revoked_by;
};

struct customer_write {
    const struct customer *row;
    int64_t loaded_revision; /* 0: insert */
};
struct trade_write {
    const struct trade *row;
    int32_t loaded_version; /* 0: insert */
};
struct trade_past { /* a version that another one has replaced */
    struct trade row;
    int64_t superseded_at;
};
struct assessment_write { /* new, always */
    struct assessment row;
    struct uuid command_id;
};
struct import_write {
    const struct trade_import *row;
    int32_t loaded_version; /* 0: insert */
};
struct application_write {
    const struct application *row;
    int32_t loaded_version; /* 0: insert */
};

/* All that a batch changes. Order inside each array is the caller's; keys are unique in each. */
struct change_set {
    const struct customer_write *customers;
    size_t customer_count;
    const struct application_write *applications;
    size_t application_count;
    const struct event *events;
    size_t event_count;
    const struct standing_change *standings;
    size_t standing_count;
    const struct stored_command *commands;
    size_t command_count;
    const struct timer *timers; /* new, or in place of what the subject had */
    size_t timer_count;
    const struct timer_key *ended_timers;
    size_t ended_timer_count;
    const struct trade_write *trades;
    size_t trade_count;
    const struct trade_past *trades_past;
    size_t trade_past_count;
    const struct assessment_write *assessments;
    size_t assessment_count;
    const struct import_write *imports;
    size_t import_count;
    const struct import_customer *touched; /* new */
    size_t touched_count;
    const struct import_customer *evaluated; /* with their result now */
    size_t evaluated_count;
    int64_t epoch;                     /* of the reference data on which everything was decided */
    bool holds_epoch;                  /* it must still be the newest at the commit */
    struct reference_change reference; /* kind NONE: no change, no new epoch */
    bool head_changed;                 /* of the chain of the reference change */
    enum reference_chain chain;
    int64_t head_loaded_seq;
    struct reference_head head;
};

/* Applies the whole set in one transaction or nothing of it. A set with only commands commits too. */
void store_apply(struct store *store, const struct change_set *set, store_done *done, void *arg);

/* ---- reading ---- */

struct policy_text {
    int32_t version;
    int64_t effective_at;
    bool rolled_back;
    const char *text;
};
/* Reference data: the organisation and every policy that was published, as values from `arena`, read in one snapshot.
 */
struct reference_rows {
    struct organisation organisation;   /* epoch included */
    const struct policy_text *policies; /* by version */
    size_t policy_count;
};
void store_read_reference(struct store *store, struct arena *arena, struct reference_rows *out, store_done *done,
                          void *arg);

/* What every read starts with. */
struct read_stamp {
    int64_t epoch, now;
};
void store_read_stamp(struct store *store, struct read_stamp *out, store_done *done, void *arg);
/* What the system should have done more than a minute ago: timers and ends of criteria, 10,000 of each at most. */
struct server_state {
    struct read_stamp stamp;
    int64_t undone;
};
void store_read_state(struct store *store, struct arena *arena, struct server_state *out, store_done *done, void *arg);

struct application_filter {
    const struct key *one; /* exactly this application */
    int16_t home;          /* -1: any */
    int32_t branch_id;     /* 0: any */
    int32_t region_id;     /* 0: any */
    struct key customer;   /* id 0: any */
    enum state state;      /* NONE: any */
    bool open_only, overdue_only, extension_only;
    struct key after; /* page: rows after this key, id 0: from the start */
    unsigned limit;
};
/* An application with what a list shows of its customer. */
struct application_view {
    struct application application;
    const char *customer_name, *customer_number;
    int64_t assessed_by; /* of the customer's last assessment */
    int64_t managed_by;  /* the customer's manager */
};
struct application_page {
    struct read_stamp stamp;
    struct application_view *rows;
    size_t count;
    bool more;
};
/* Ordered by key (home, application id). */
void store_read_applications(struct store *store, const struct application_filter *filter, struct arena *arena,
                             struct application_page *out, store_done *done, void *arg);

/* The cases that wait for one of these desks, or those that a maker has made, oldest due first, each once. Of an
 * application only what the view of a list shows is set, and what tells who can act. */
struct desks {
    int64_t *units, *roles; /* a desk is a role at a unit; each is there once */
    size_t count;
    int64_t *people; /* the user, and whose substitute he may be: opinions are waited for from people */
    size_t people_count;
};
struct inbox_filter {
    struct desks desks;
    bool extensions; /* those too that wait for an answer to an extension */
    int64_t maker;   /* 0: nobody; else there are no desks, and the cases are those of this branch that he has made */
    int32_t branch_id;
    int64_t due_after; /* page: rows after this due instant ... */
    struct key after;  /* ... and, of those due at it, after this key; both 0: from the start */
    unsigned limit;
};
void store_read_inbox(struct store *store, const struct inbox_filter *filter, struct arena *arena,
                      struct application_page *out, store_done *done, void *arg);

/* Until when what is due is looked for: an instant, and of some units another one. */
struct due_until {
    int64_t instant;
    const int64_t *units, *instants; /* of each */
    size_t count;
};
/* Open cases that are due until then, by the unit whose turn it is, or that the sieve catches, oldest first. */
struct due_filter {
    struct due_until until;
    const struct sieve_row *sieve;
    size_t sieve_count;
    int32_t branch_id, region_id; /* 0: any */
    int64_t due_after;            /* page: as of an inbox */
    struct key after;
    unsigned limit;
};
void store_read_due(struct store *store, const struct due_filter *filter, struct arena *arena,
                    struct application_page *out, store_done *done, void *arg);

/* What says on whose desks a case is. */
struct case_place {
    enum state state; /* NONE: it is not submitted yet */
    int32_t branch_id, region_id;
    int32_t policy_version;
    int64_t assistant; /* whose opinion is waited for; 0: nobody's */
    bool turn_now;     /* it is the turn of the case as it is now */
    bool extension;    /* HQ has asked for one, and it is not answered */
    const char *node;  /* else that of this one of the state's nodes; "": of one of them */
};
/* An event of a case, where it was before and after it, and the case as it is now. */
struct case_change {
    int64_t seq;
    enum event_kind kind;
    int64_t actor, acted_for; /* the latter 0: nobody */
    int64_t at;
    struct case_place before, after;
    struct application_view now;
};
/* What may have changed of tasks besides cases. Branches: with a criterion; of cases that are overdue or were, or on
 * which nobody can act; of cases on which somebody may be able to act again. */
struct task_changes {
    int64_t *criteria, *overdue, *freed;
    size_t criterion_count, overdue_count, freed_count;
    bool emergencies; /* or their reviews */
};
struct change_filter {
    const char *snapshot;         /* of a page before; "": none, and there are no rows */
    int64_t since;                /* business time of that page; -1: no emergency that has ended by its time is told */
    int32_t branch_id, region_id; /* 0: any */
    unsigned limit;
};
struct change_page {
    struct read_stamp stamp;
    const char *snapshot; /* what the next page goes on from, as long as the timeline is the same one */
    int64_t timeline;     /* of the database: another one after a failover or a restore */
    int64_t real_now;
    struct case_change *rows;
    size_t count;
    struct task_changes tasks;
    bool more;
};
/* What has been committed since the snapshot, each event once and those of a case in their order. The snapshot's text
 * must be one of PostgreSQL's. */
void store_read_changes(struct store *store, const struct change_filter *filter, struct arena *arena,
                        struct change_page *out, store_done *done, void *arg);
/* Forgets some of the changes of more than a day ago. */
void store_end_changes(struct store *store, store_done *done, void *arg);

struct scoreboard_filter {
    int64_t from, until;          /* of the instants of the events, `until` not included */
    int32_t branch_id, region_id; /* 0: any */
};
struct scoreboard_page {
    struct read_stamp stamp;
    struct score_row *rows;
    size_t count;
};
void store_read_scoreboard(struct store *store, const struct scoreboard_filter *filter, struct arena *arena,
                           struct scoreboard_page *out, store_done *done, void *arg);

struct customer_filter {
    const struct key *one;
    const char *number; /* NULL: any; else equal */
    int16_t home;       /* -1: any */
    int32_t branch_id, region_id;
    enum tier tier; /* 0: any */
    enum grade grade;
    struct key after;
    unsigned limit;
};
struct customer_page {
    struct read_stamp stamp;
    struct customer *rows;
    size_t count;
    bool more;
};
void store_read_customers(struct store *store, const struct customer_filter *filter, struct arena *arena,
                          struct customer_page *out, store_done *done, void *arg);

struct assessment_page {
    struct read_stamp stamp;
    struct assessment *rows; /* by date */
    size_t count;
};
/* Of a customer, as known at an instant (TRADES_KNOWN_NOW: now). */
void store_read_assessments(struct store *store, struct key customer, int64_t known_at, struct arena *arena,
                            struct assessment_page *out, store_done *done, void *arg);
struct task_filter {
    bool of_hq; /* emergencies to be confirmed or reviewed only; branch, region and date do not count */
    int32_t branch_id, region_id; /* 0: any */
    civil_date assessed_until;
    struct key after;
    unsigned limit;
};
/* Customers with an open measure, an announced demotion, an assessment of that date or before, or an emergency that is
 * to be confirmed or reviewed; by key. */
void store_read_tasks(struct store *store, const struct task_filter *filter, struct arena *arena,
                      struct customer_page *out, store_done *done, void *arg);

#define TRADES_KNOWN_NOW (INT64_MAX - 1)
/* Trades of one customer as known at an instant, due from a date on; also cancelled ones. */
struct trade_filter {
    struct key customer;
    int64_t known_at; /* TRADES_KNOWN_NOW, or an instant */
    civil_date due_from;
    const char *document; /* NULL: all */
    const char *after;    /* documents after this one, NULL: from the start */
    unsigned limit;       /* 0 for store_read_customer_trades, which gives all */
};
struct trade_page {
    struct read_stamp stamp;
    struct trade *rows;
    size_t count;
    bool more;
};
void store_read_customer_trades(struct store *store, const struct trade_filter *filter, struct arena *arena,
                                struct trade_page *out, store_done *done, void *arg);
/* The newest versions, by document; known_at and due_from are not used. */
void store_read_trades(struct store *store, const struct trade_filter *filter, struct arena *arena,
                       struct trade_page *out, store_done *done, void *arg);
/* The versions of one trade, newest first. */
void store_read_trade_versions(struct store *store, const struct trade_filter *filter, struct arena *arena,
                               struct trade_page *out, store_done *done, void *arg);

/* What applied on a date as known at an instant. */
struct standing_found {
    struct read_stamp stamp;
    bool found; /* false: ordinary since the file was opened */
    struct standing_change row;
};
void store_read_standing(struct store *store, struct key customer, civil_date on, int64_t known_at,
                         struct standing_found *out, store_done *done, void *arg);

struct import_found {
    struct read_stamp stamp;
    bool found;
    struct trade_import row;
};
void store_read_import(struct store *store, struct key import, struct arena *arena, struct import_found *out,
                       store_done *done, void *arg);

/* Customers with a criterion met and no open application. */
struct criterion_filter {
    const int64_t *branches; /* none: any */
    size_t branch_count;
    int32_t region_id; /* 0: any */
    bool unanswered;   /* only those for which nothing was submitted ... */
    bool due;          /* ... and that are due until then, by their branch, or that are of these branches */
    struct due_until until;
    const int64_t *lacking;
    size_t lacking_count;
    struct key after;
    unsigned limit;
};
void store_read_criteria(struct store *store, const struct criterion_filter *filter, struct arena *arena,
                         struct customer_page *out, store_done *done, void *arg);

/* Events of one chain (of home 0: customer.id is the chain), after_seq < seq, of one application or (0) all. */
struct event_filter {
    struct key customer;
    int64_t application;
    int64_t after_seq;
    unsigned limit;
};
struct event_page {
    struct read_stamp stamp;
    struct event *rows;
    size_t count;
    bool more;
};
void store_read_events(struct store *store, const struct event_filter *filter, struct arena *arena,
                       struct event_page *out, store_done *done, void *arg);

void store_read_head(struct store *store, enum reference_chain chain, struct reference_head *out, store_done *done,
                     void *arg);

/* What a simulation needs of the customers from one key to another, by customer. */
struct simulation_filter {
    struct key first, last;
    int32_t branch_id, region_id; /* who looks after them; 0: any */
    civil_date due_from;          /* trades due on or after it that are not cancelled */
    size_t trades_max;            /* 0: all */
};
struct simulation_rows {
    struct read_stamp stamp;
    struct trade *trades;
    size_t trade_count;
    struct standing_change *standings; /* as recorded; customer, standing and valid_from */
    size_t standing_count;
    struct assessment *assessments; /* by customer and date */
    size_t assessment_count;
};
void store_read_simulation(struct store *store, const struct simulation_filter *filter, struct arena *arena,
                           struct simulation_rows *out, store_done *done, void *arg);
/* How many customers a branch or region (0: any) looks after. */
struct customer_count {
    struct read_stamp stamp;
    int64_t count;
};
void store_read_customer_count(struct store *store, int32_t branch_id, int32_t region_id, struct customer_count *out,
                               store_done *done, void *arg);

struct policy_page {
    struct read_stamp stamp;
    struct policy_version *rows; /* newest first */
    size_t count;
    bool more;
};
/* Versions below `before` (0: all). */
void store_read_policies(struct store *store, int32_t before, unsigned limit, struct arena *arena,
                         struct policy_page *out, store_done *done, void *arg);
struct policy_found {
    struct read_stamp stamp;
    bool found;
    struct policy_version row;
    const char *text;
};
void store_read_policy(struct store *store, int32_t version, struct arena *arena, struct policy_found *out,
                       store_done *done, void *arg);

struct outcome_found {
    struct read_stamp stamp;
    bool found;
    struct stored_command command;
};
/* Of a writer: a small write is committed with it, so that nothing is answered from a row that a standby may lack. */
void store_read_outcome(struct store *store, struct command_key key, struct arena *arena, struct outcome_found *out,
                        store_done *done, void *arg);

/* Audit of reads: one row per answer. */
struct read_audit {
    int16_t home; /* of the reader's unit */
    int64_t user_id;
    enum method method;
    const char *purpose; /* "" : none given */
    const struct key *customers;
    size_t customer_count;
};
/* One transaction for all of them; the rows' instant is the business time. */
void store_write_read_audit(struct store *store, const struct read_audit *rows, size_t count, store_done *done,
                            void *arg);

/* Due timers, oldest first, and when the next one is due (0: none). */
struct due_timers {
    struct read_stamp stamp;
    struct timer *rows;
    size_t count;
    int64_t next_due_at;
};
/* A place in the order of timers, by due instant and key; all zero: before the first one. */
struct timer_place {
    int64_t due_at;
    struct timer_key key;
};
void store_read_due_timers(struct store *store, struct timer_place after, unsigned limit, struct arena *arena,
                           struct due_timers *out, store_done *done, void *arg);

/* Customers whose row names other units than the organisation gives them: some of those after a key, by key. That there
 * are none after {0, 0} says that there are none. */
struct unfollowed {
    struct key *rows;
    size_t count;
};
void store_read_unfollowed(struct store *store, struct key after, unsigned limit, struct arena *arena,
                           struct unfollowed *out, store_done *done, void *arg);

/* What is to be done besides timers: criteria whose end is past (a page of them, oldest first, after `late_after`),
 * customers of ended imports (a page of them, by import and key after `imported_after`), imports that nobody goes on
 * with, customers evaluated under another policy than `policy_version` (a page of them, by key after `stale_after`). */
struct criterion_place {
    int64_t due_at;
    struct key customer;
};
struct evaluation_search {
    int64_t import_idle_us;
    int32_t policy_version;
    int64_t imported_after_import;
    struct key imported_after, stale_after;
    struct criterion_place late_after;
    bool stale_assessed; /* with whoever was never evaluated and has an assessment */
    unsigned imported_limit, idle_import_limit, stale_limit, late_limit;
};
struct evaluations_found {
    struct read_stamp stamp;
    struct import_customer *imported;
    struct key *imports; /* of each of `imported` */
    size_t imported_count;
    struct key *idle_imports;
    size_t idle_import_count;
    struct key *stale;
    size_t stale_count;
    struct criterion_place *late;
    size_t late_count;
};
void store_read_evaluations(struct store *store, const struct evaluation_search *search, struct arena *arena,
                            struct evaluations_found *out, store_done *done, void *arg);

/* ---- sessions and passwords (real time, not business time) ---- */
struct password_found {
    bool found;
    int64_t user_id;
    const char *hash;
};
void store_read_password(struct store *store, const char *login, struct arena *arena, struct password_found *out,
                         store_done *done, void *arg);
struct session_row {
    bool found; /* not found, ended or expired: false */
    int64_t user_id;
    int64_t expires_at; /* real time, absolute end */
    int64_t left_us;    /* until then, by the database's clock */
    int64_t epoch;      /* of the reference data */
};
/* Makes a session; token_hash is SHA-256 of the token. `out` gets its end. Ended by idle_s without use or absolute_s.
 */
void store_session_create(struct store *store, int64_t user_id, const uint8_t token_hash[32], int idle_s,
                          int absolute_s, struct session_row *out, store_done *done, void *arg);
/* Finds a live session and marks it used. */
void store_session_use(struct store *store, const uint8_t token_hash[32], struct session_row *out, store_done *done,
                       void *arg);
void store_session_end(struct store *store, const uint8_t token_hash[32], store_done *done, void *arg);

/* ---- before serving (synchronous, at start) ---- */

/* What a start needs to know or failed on; `message` says what to do. */
struct store_start {
    bool ok;
    bool test_clock;
    int schema_version;
    char message[512];
};
/* The owner's connection, for all that is done as the owner; NULL with message. */
struct store_owner;
struct store_owner *store_owner_open(const char *owner_conninfo, struct store_start *out);
void store_owner_close(struct store_owner *owner); /* NULL is allowed */
/* Migrates (roles, schema, numbered files, advisory lock, checksums). `test_clock_offset_us` not NULL: a database that
 * is new gets a movable clock with that offset. `migrations_dir` holds the .sql files. The database refuses the
 * servers' role more than `connections_max` connections from now on; an owner who may not say that leaves it as it is.
 */
void store_migrate(struct store_owner *owner, const char *migrations_dir, const int64_t *test_clock_offset_us,
                   int connections_max, struct store_start *out);
/* Checks version and settings with the server's own connection, and that there is a policy. */
void store_inspect(const char *app_conninfo, struct store_start *out);
/* Is there any user? */
bool store_has_users(struct store_owner *owner, bool *has, struct store_start *out);
/* Makes HQ (code "HQ") and the first administrator when there is no user yet; false (with message) on failure,
 * *created says whether it was done. */
bool store_bootstrap(struct store_owner *owner, const char *login, const char *password_hash, const char *zone,
                     bool *created, struct store_start *out);
/* Is there any version of the policy? */
bool store_has_policy(struct store_owner *owner, bool *has, struct store_start *out);
/* Makes `text` the first version of the policy, in force at once, when there is none (and raises the epoch). */
bool store_register_policy(struct store_owner *owner, const char *text, struct store_start *out);
/* Database name exists? Creates database `creditd` owned by creditd_owner in a fresh embedded cluster. */
bool store_create_database(const char *superuser_conninfo, struct store_start *out);

#endif
