/* Passes over what is due. */
#include "server/watch/pass.h"

#include "common/log.h"

#define PAUSE_FIRST_US   1000000LL
#define PAUSE_LONGEST_US 60000000LL
#define IDLE_IMPORTS_MAX 100

bool pass_begins(struct pass *pass, int64_t monotonic_us)
{
    if (pass->again_at == 0 || monotonic_us < pass->again_at)
        return false;
    *pass = (struct pass){.failed_before = pass->failed, .pause_us = pass->pause_us};
    return true;
}

struct timer_place pass_timers(const struct pass *pass)
{
    return pass->failed > 0 ? pass->timers : (struct timer_place){.due_at = 0};
}

void pass_search(const struct pass *pass, struct evaluation_search *search)
{
    search->late_after = pass->failed > 0 ? pass->late : (struct criterion_place){.due_at = 0};
    search->idle_import_limit = pass->failed > 0 ? 0 : IDLE_IMPORTS_MAX;
    if (pass->failed > 0) {
        search->imported_after_import = pass->imported_import;
        search->imported_after = pass->imported;
    }
}

void pass_read(struct pass *pass, const struct due_timers *due, const struct evaluations_found *found)
{
    if (pass->failed == 0) {
        pass->timers = (struct timer_place){.due_at = 0};
        pass->late = (struct criterion_place){.due_at = 0};
        pass->imported_import = 0;
        pass->imported = (struct key){0, 0};
    }
    if (due->count > 0) {
        const struct timer *last = &due->rows[due->count - 1];
        pass->timers = (struct timer_place){last->due_at, last->key};
    }
    if (found->late_count > 0)
        pass->late = found->late[found->late_count - 1];
    if (found->imported_count > 0) {
        const struct import_customer *last = &found->imported[found->imported_count - 1];
        pass->imported_import = last->import_id;
        pass->imported = last->customer;
    }
}

void pass_ends(struct pass *pass, int64_t monotonic_us)
{
    if (pass->again_at != 0)
        return;
    if (pass->failed == 0) {
        if (pass->failed_before > 0)
            log_info("what the system could not do is done");
        *pass = (struct pass){.failed = 0};
        return;
    }
    pass->pause_us = pass->pause_us == 0 ? PAUSE_FIRST_US : 2 * pass->pause_us;
    if (pass->pause_us > PAUSE_LONGEST_US)
        pass->pause_us = PAUSE_LONGEST_US;
    pass->again_at = monotonic_us + pass->pause_us;
    log_error("%zu of the system's commands have failed: tried again in %lld s", pass->failed,
              (long long)(pass->pause_us / 1000000));
}
