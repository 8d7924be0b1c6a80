/* The desks that somebody sits at: his own roles at his unit, and those of all whose substitute he may be. */
#ifndef CREDITD_OPERATIONS_DESKS_H
#define CREDITD_OPERATIONS_DESKS_H

#include "common/arena.h"
#include "server/commit/reference.h"
#include "server/rules/organisation.h"
#include "server/store/store.h"

/* Each once; in `arena`. Of delegations all that have not ended: whether one is in effect is asked of a case. */
struct desks desks_of(const struct organisation *org, const struct user *user, struct arena *arena);
/* Is one of them where extensions are answered? */
bool desks_answer_extensions(const struct desks *desks, const struct organisation *org);
/* Did the case come to one of these desks of the user by the change, or leave it, or was it changed there? The same of
 * an opinion that is waited for from one of these people, of an extension that waits for its answer, and of what he has
 * made. */
bool desks_concerned(const struct desks *desks, const struct user *user, struct reference *reference,
                     const struct case_change *change);
/* What is to be read anew, for something of it may have come to these desks of the user or left them. */
struct desk_tasks {
    bool criteria, emergencies, escalations;
};
/* Adds the branches of cases on which nobody can act now, and of criteria for which it may be that nobody can submit,
 * to those of the page's missed deadlines; in `arena`. */
void desks_add_stuck(const struct reference *reference, struct arena *arena, struct change_page *page);
/* `shows_stuck`: he may have been told of a case on which nobody could act. */
struct desk_tasks desks_tasks(const struct desks *desks, const struct organisation *org, const struct user *user,
                              const struct task_changes *changes, bool shows_stuck);

#endif
