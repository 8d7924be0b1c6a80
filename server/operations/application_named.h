/* What the commands on a case that are no steps share. */
#ifndef CREDITD_OPERATIONS_APPLICATION_NAMED_H
#define CREDITD_OPERATIONS_APPLICATION_NAMED_H

#include "server/operations/decision.h"
#include "server/rules/claim.h"

/* `prepare`: the case by its public id; one that cannot be read is left for `decide` to refuse. */
void application_named(struct call *call, const char *id, struct command *command);
/* The user as he acts for the one of that login (NULL: as himself) comes to *acting. Then right, existence, subject,
 * what a delegation covers, and version (0: not given), in this order; false: refused. */
bool application_allowed(struct command *command, const struct situation *s, const char *acting_for,
                         uint32_t if_version, struct user *acting);
/* What claims, countersigners and opinions are decided on. */
struct claim_input application_claim_input(const struct situation *s, const struct user *acting);
/* A text of the case that may be missing: as decision_text(), and with none of the words that its policy refuses to
 * this one. */
bool application_text(struct command *command, const struct situation *s, const struct user *acting, const char *field,
                      const char *text);
/* Accepts a change of the case, with its event; `payload` is released. */
void application_accept(struct command *command, const struct situation *s, const struct user *acting,
                        const struct application *row, enum event_kind kind, json_t *payload, struct arena *arena,
                        struct effects *effects);
/* Adds the event of the system on the nodes of its policy that the case has passed by, bits as node.h has them, if any:
 * the policy has done that, not whoever acted. */
void application_passed_by(const struct policy *policy, const struct application *row, uint32_t skipped,
                           struct arena *arena, struct effects *effects);

#endif
