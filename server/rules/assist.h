/* Assisting: whose step it is asks another one for his opinion, and takes the step himself when he has it. Whoever asks
 * has the step claimed by that (claim.h); nobody judges the case until the opinion is given or called back. None of
 * these is a step: the version stays. A refusal leaves the application as it was. Source: design, people away
 * (RULES.md).
 *
 * Who assists has a role in cases, may see the case, and is nobody whom four eyes bar from the step. Who has given an
 * opinion before the decision is one of those who have verified the case: it is nobody without whom too few could
 * decide it. As long as whoever was asked cannot give it any more, nobody waits for it. */
#ifndef CREDITD_RULES_ASSIST_H
#define CREDITD_RULES_ASSIST_H

#include "server/rules/claim.h"

/* `to` NULL: there is no such user. */
struct refusal assist_ask(const struct claim_input *input, const struct user *to, struct application *application);
/* Whose opinion the step waits for: of whoever was asked and can still give it, for whoever acts for another can give
 * none that the other could not. 0: nobody's. */
int64_t assist_awaited(const struct holders_case *c);
/* By whose step it is, and a head of the unit. */
struct refusal assist_call_back(const struct claim_input *input, struct application *application);
/* By the one who was asked, or who acts for him. */
struct refusal assist_give(const struct claim_input *input, struct application *application);
/* Other units look after the case: it ends when who was asked may not see it there. */
void assist_moved(const struct organisation *org, struct application *application);
/* Is the user asked for his opinion, and can give it, as himself or by a delegation? *acts_for: for whom he then acts,
 * 0: as himself. */
bool assist_wants(const struct holders_case *c, const struct user *user, int64_t *acts_for);

#endif
