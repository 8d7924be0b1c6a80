/* Passes over what is due, for the time in which some of it fails. As a rule each page is read from the front, for what
 * is done is gone from there. What fails stays: from then on it is read on behind it, up to the end, so that it stands
 * in nobody's way, and after a pause, which grows with each pass in which something fails, from the front again. */
#ifndef CREDITD_WATCH_PASS_H
#define CREDITD_WATCH_PASS_H

#include "server/store/store.h"

struct pass {
    size_t failed;                        /* commands of this pass that have failed */
    size_t failed_before;                 /* and of the one before */
    bool stale_failed, unfollowed_failed; /* among them some of these walks, which are walked again then */
    int64_t pause_us;                     /* behind the last one */
    int64_t again_at;                     /* monotonic: it is at its end, and the next one begins then; 0: it is not */
    struct timer_place timers;            /* the last one that was read, ... */
    struct criterion_place late;          /* ... and likewise of criteria, and of customers of imports */
    int64_t imported_import;
    struct key imported;
};

/* Is it time for the next one? True once: everything begins at the front. */
bool pass_begins(struct pass *pass, int64_t monotonic_us);
/* Where the pages of timers, of criteria and of customers of imports begin; whether imports left alone are looked for.
 */
struct timer_place pass_timers(const struct pass *pass);
void pass_search(const struct pass *pass, struct evaluation_search *search);
/* These pages have been read, and are submitted. */
void pass_read(struct pass *pass, const struct due_timers *due, const struct evaluations_found *found);
/* Nothing is left behind what was read, and all of it has come back. */
void pass_ends(struct pass *pass, int64_t monotonic_us);

#endif
