/* What the operations on customer files share: opening one, and finding one by what a request names. */
#ifndef CREDITD_OPERATIONS_CUSTOMER_FILE_H
#define CREDITD_OPERATIONS_CUSTOMER_FILE_H

#include "server/commit/payload.h"
#include "server/operations/call.h"

#define CUSTOMER_NUMBER_MAX 64 /* characters */
#define CUSTOMER_NAME_MAX   200
#define CUSTOMER_TEXT_MAX   2000 /* of a reason, an opinion or a note */
#define CUSTOMER_SEVERAL    "the id, since several regions have this number"

/* A file to be opened. */
struct opening {
    struct key key;
    const char *number, *name;
    const struct unit *branch;
    enum stage stage;
    enum grade grade;           /* of a key account from the start; GRADE_NONE: ordinary */
    const struct user *manager; /* NULL: nobody */
};

/* May the user open a file at that branch, with or without an opening grade? Fields: branch, opening_grade. */
struct refusal customer_may_open(const struct situation *s, const struct unit *branch, bool with_grade);
/* The row, the events and the standing of a new file. */
void customer_open(const struct opening *opening, const struct situation *s, struct arena *arena,
                   struct effects *effects);

/* Home of the caller's region, 0 at HQ: where a number is looked for. */
int16_t call_home(const struct call *call);
/* Puts the customer that a request names (id, or number: within the caller's region, at HQ anywhere) into the load
 * list. */
void customer_named(struct call *call, const char *text, struct command *command);
/* Is there that customer, and may the user do this to it? False: refused, field "customer". */
bool customer_allowed(struct command *command, const struct situation *s);
/* The right, the customer, its version and a text of the request, which may be missing. False: refused. */
bool customer_checked(struct command *command, const struct situation *s, uint32_t if_version, const char *field,
                      const char *text);
/* The customer after a change, with its event. */
void customer_accept(struct command *command, const struct customer *row, enum event_kind kind, json_t *payload,
                     struct arena *arena, struct effects *effects);
/* The same for one on whom an override or an emergency begins; the payload has why and until when. */
void customer_accept_override(struct command *command, const struct situation *s, const struct customer *row,
                              json_t *payload, struct arena *arena, struct effects *effects);
/* Compares the version that was given with the row's; 0 is none. False: refused. */
bool decision_version(struct command *command, uint32_t given, int32_t current);

/* Reads one customer by id or number into `page`, `done` is called as for store_read_customers. False: refused. */
bool customer_read(struct call *call, const char *text, struct customer_page *page, store_done *done);
/* The row that customer_read found; NULL: the call was answered or begun again. */
const struct customer *customer_found(struct call *call, const struct customer_page *page, enum store_result result);

#endif
