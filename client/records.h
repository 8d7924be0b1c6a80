/* Messages as records of the stable JSON contract: what is absent in the message is absent in the record. */
#ifndef CREDITD_CLIENT_RECORDS_H
#define CREDITD_CLIENT_RECORDS_H

#include <jansson.h>

#include "admin.pb-c.h"
#include "application.pb-c.h"
#include "auth.pb-c.h"
#include "client/client.h"
#include "customer.pb-c.h"
#include "org.pb-c.h"

#define APPLICATION_COLUMNS                                                                                            \
    "id state version customer_id customer_name from_grade to_grade decided_grade off_criteria finding turn_unit "     \
    "due_at overdue extension_days extension_by"
#define DUE_COLUMNS                                                                                                    \
    "kind id state customer_number customer_name branch turn_unit turn_role due_at overdue due_soon holders told"
#define CUSTOMER_COLUMNS "id number name region branch stage tier grade verdict open_application_id"
#define HISTORY_COLUMNS                                                                                                \
    "at kind actor acted_for claimed_by node from_branch to_branch from_state to_state from_grade to_grade finding "   \
    "text late countersigner assistant nodes held_step manager items"
#define UNIT_COLUMNS "code name level parent zone home_id closed merged_into"
#define USER_COLUMNS "login name unit job_level roles disabled"
/* Applications, criteria that are met, and emergencies to be confirmed or reviewed, side by side. */
#define INBOX_COLUMNS                                                                                                  \
    "kind id state version customer_id customer_number customer_name from_grade to_grade decided_grade off_criteria "  \
    "finding criterion_met_on turn_unit turn_role due_at overdue due_soon urged_by paused_by claimed_by held_by "      \
    "assistant extension_days extension_by acting_for wants_answer answers_for"

json_t *record_application(const struct client *client, const Creditd__V1__Application *m);
json_t *record_due(const struct client *client, const Creditd__V1__DueCase *m);
json_t *record_customer(const struct client *client, const Creditd__V1__Customer *m);
json_t *record_history(const struct client *client, const Creditd__V1__HistoryEntry *m);
json_t *record_explain(const struct client *client, const Creditd__V1__ApplicationExplainAnswer *m);
json_t *record_unit(const Creditd__V1__Unit *m);
json_t *record_user(const Creditd__V1__User *m);
json_t *record_session(const struct client *client, const Creditd__V1__SessionAnswer *m);
/* The outcome of a command, as it was decided. */
json_t *record_outcome(const Creditd__V1__Answer *m);

/* Helpers: absent values set nothing. */
void record_text(json_t *object, const char *key, const char *value);
void record_word(json_t *object, const char *key, const struct word *words, bool has, int number);
void record_instant(const struct client *client, json_t *object, const char *key, bool has, int64_t at_us);
void record_number(json_t *object, const char *key, bool has, json_int_t value);
void record_bool(json_t *object, const char *key, bool has, bool value);
void record_texts(json_t *object, const char *key, char *const *texts, size_t count); /* an empty list likewise */
json_t *record_texts_json(char *const *texts, size_t count);
/* The text of a number of a closed list. */
json_t *record_word_json(const struct word *words, int number);

#endif
