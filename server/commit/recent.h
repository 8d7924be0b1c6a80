/* Rows of customers, and of their open applications, as this process has last committed them: the next step of a case
 * needs no look into the database. They decide nothing by themselves. Whatever is decided on such a row writes it, so
 * that its compare-and-set shows whether it was still the newest; what does not write it (a refusal, a repeat) is
 * decided anew on loaded rows. An application goes with one row of its customer, by the revision that every write of
 * either raises, and is not taken with another.
 *
 * Where other servers write the same rows, what this one has kept is old more often than not. After an old row it is
 * not used for a while: PAUSE_MIN batches, after the next one twice as many, and so on. */
#ifndef CREDITD_COMMIT_RECENT_H
#define CREDITD_COMMIT_RECENT_H

#include "server/store/store.h"

struct recent;

/* Keeps at most so many rows of each of the two kinds; the one that was written longest ago goes first. */
struct recent *recent_new(size_t rows_max);
void recent_free(struct recent *recent);

/* Keys whose rows are taken from here. */
struct recent_use {
    struct key *customers;
    size_t customer_count;
    struct key *applications; /* each with its customer */
    size_t application_count;
};
/* Takes the keys of rows that are here, for one batch, out of `list` and notes them in `use`; arrays come from `arena`.
 */
void recent_take_out(struct recent *recent, struct arena *arena, struct load_list *list, struct recent_use *use);
/* Puts copies of the rows in front of what was loaded. False: one is not here any more, and nothing was changed. */
bool recent_fill(const struct recent *recent, const struct recent_use *use, struct arena *arena, struct loaded *loaded);

/* Is no loaded customer kept here as another row? */
bool recent_agrees(const struct recent *recent, const struct loaded *loaded);

/* After a commit: the rows as they are now. */
void recent_keep(struct recent *recent, const struct change_set *changes);
/* Whether it was committed is not known, or imports and evaluations have written the rows. */
void recent_forget(struct recent *recent, const struct change_set *changes);
/* One was old. */
void recent_pause(struct recent *recent);
void recent_clear(struct recent *recent);

#endif
