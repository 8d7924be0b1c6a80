/* Watching one's inbox: what has come to one's desk, left it or changed there since a cursor, and what has become of
 * what one has made. The connection is told by
 * hints when there is something to ask for (dispatch.h). A cursor is "epoch.real.business.timeline.snapshot":
 * of the reference data, of both clocks, and of the database. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "application.pb-c.h"
#include "common/civil.h"
#include "server/operations/desks.h"
#include "server/operations/peer.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"
#include "server/rules/reminder.h"

#define CHANGES_MAX      1000                    /* of an answer; who missed more reads his inbox anew */
#define CURSOR_KEPT_US   (23LL * 3600 * 1000000) /* changes are kept for a day */
#define CURSOR_BYTES     200000
#define TRANSACTIONS_MAX 9000                  /* under way in a snapshot */
#define DAYS_END_US      (15LL * 60 * 1000000) /* in whatever zone a day ends, it does so at a full quarter of an hour */

struct watch_read {
    int64_t epoch;   /* of the cursor; -1: there is none */
    int64_t at, now; /* of the cursor: real and business time */
    int64_t timeline;
    struct change_filter filter;
    struct change_page page;
    bool shows_stuck; /* the asker shows a case, or may, on which nobody could act */
};

/* Digits up to `end`; false: none, or too many. */
static bool read_number(const char **text, char end, uint64_t *out)
{
    char *after;

    if (!isdigit((unsigned char)**text))
        return false;
    *out = strtoull(*text, &after, 10);
    if (*after != end || *out > INT64_MAX || after - *text > 19)
        return false;
    *text = after + (end != '\0');
    return true;
}

/* As PostgreSQL writes a snapshot: "xmin:xmax:" and those under way, ascending and between the two. */
static bool snapshot_is_valid(const char *text)
{
    uint64_t xmin, xmax, least, next;

    if (!read_number(&text, ':', &xmin) || !read_number(&text, ':', &xmax) || xmin == 0 || xmax < xmin)
        return false;
    least = xmin;
    for (int count = 0; count < TRANSACTIONS_MAX; count++) {
        bool last = strchr(text, ',') == NULL;
        if (*text == '\0')
            return count == 0;
        if (!read_number(&text, last ? '\0' : ',', &next) || next < least || next >= xmax)
            return false;
        if (last)
            return true;
        least = next + 1;
    }
    return false;
}

static uint64_t snapshot_end(const char *text)
{
    const char *colon = strchr(text, ':');

    return colon == NULL ? 0 : strtoull(colon + 1, NULL, 10);
}

static bool read_cursor(const char *text, struct watch_read *out)
{
    uint64_t epoch, at, now, timeline;

    if (strlen(text) >= CURSOR_BYTES || !read_number(&text, '.', &epoch) || !read_number(&text, '.', &at) ||
        !read_number(&text, '.', &now))
        return false;
    if (!read_number(&text, '.', &timeline)) /* a screen may come from a server that gave cursors without it */
        timeline = 0;
    if (!snapshot_is_valid(text))
        return false;
    out->epoch = (int64_t)epoch;
    out->at = (int64_t)at;
    out->now = (int64_t)now;
    out->timeline = (int64_t)timeline;
    out->filter.snapshot = text;
    return true;
}

static char *write_cursor(struct call *call, const struct change_page *page)
{
    size_t size = strlen(page->snapshot) + 100;
    char *text = arena_alloc(call->arena, size);

    snprintf(text, size, "%lld.%lld.%lld.%lld.%s", (long long)page->stamp.epoch, (long long)page->real_now,
             (long long)page->stamp.now, (long long)page->timeline, page->snapshot);
    return text;
}

static Creditd__V1__InboxChange *view_change(struct call *call, const struct case_change *row)
{
    const struct watch_read *read = call->state;
    Creditd__V1__InboxChange *out = ARENA_NEW(call->arena, Creditd__V1__InboxChange);

    creditd__v1__inbox_change__init(out);
    out->application_id = view_id(call, 'A', row->now.application.key);
    out->has_seq = true;
    out->seq = (uint64_t)row->seq;
    out->has_at_us = true;
    out->at_us = row->at;
    out->has_kind = true;
    out->kind = (Creditd__V1__EventKind)row->kind;
    out->actor = view_login(call, row->actor);
    out->acted_for = row->acted_for == 0 ? NULL : view_login(call, row->acted_for);
    out->application = view_on_desk(call, &row->now, read->page.stamp.now);
    out->has_on_desk = true;
    out->on_desk = out->application != NULL;
    if (!out->on_desk)
        out->application = view_own(call, &row->now, read->page.stamp.now);
    return out;
}

/* Has a delegation begun or ended by its date since the cursor? Whom it ties to a hand of a case cannot act on it: a
 * claim of his, or an opinion that he was asked for, is in nobody's way then. */
static bool delegations_turned(const struct organisation *org, int64_t since, int64_t now)
{
    for (size_t i = 0; i < org->delegation_count; i++) {
        const struct delegation *row = &org->delegations[i];
        if ((row->begins_at > since && row->begins_at <= now) || (row->ends_at > since && row->ends_at <= now))
            return true;
    }
    return false;
}

/* Has a day ended since the cursor, at whichever unit? A step may end soon then, a missed deadline goes to the unit
 * above, a pause is over. */
static bool day_ended(const struct organisation *org, int64_t since, int64_t now)
{
    const char *zone = "";

    if (since / DAYS_END_US == now / DAYS_END_US)
        return false;
    for (size_t i = 0; i < org->unit_count; i++) {
        if (strcmp(org->units[i].zone, zone) == 0)
            continue; /* most have the zone of the one before */
        zone = org->units[i].zone;
        if (zone_date_at(zone, since) != zone_date_at(zone, now))
            return true;
    }
    return false;
}

/* Whoever was away for longer than changes are kept, or while the database went back, or changed hands or delegations,
 * or a day ended, looks at the whole again. */
static bool must_reread(struct call *call)
{
    const struct watch_read *read = call->state;
    const struct change_page *page = &read->page;

    if (read->epoch < 0)
        return false;
    return page->more || read->epoch != page->stamp.epoch || page->real_now - read->at > CURSOR_KEPT_US ||
           read->timeline != page->timeline || snapshot_end(read->filter.snapshot) > snapshot_end(page->snapshot) ||
           delegations_turned(call_org(call), read->now, page->stamp.now) ||
           day_ended(call_org(call), read->now, page->stamp.now);
}

/* What the asker is to read anew. */
static void set_reread(struct call *call, const struct desks *desks, Creditd__V1__InboxWatchAnswer *body)
{
    const struct watch_read *read = call->state;
    const struct organisation *org = call_org(call);
    const struct user *user = call_user(call);
    const struct desk_tasks tasks = desks_tasks(desks, org, user, &read->page.tasks, read->shows_stuck);

    body->has_criteria = body->has_emergencies = body->has_escalations = true;
    body->criteria = tasks.criteria;
    body->has_reread = true;
    body->reread = must_reread(call);
    body->emergencies = tasks.emergencies || (body->reread && reminder_is_head(org, unit_hq(org)->id, user));
    body->escalations = tasks.escalations || (body->reread && reminder_is_head(org, user->unit_id, user));
}

static void changes_read(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct watch_read *read = call->state;
    Creditd__V1__InboxWatchAnswer *body = ARENA_NEW(call->arena, Creditd__V1__InboxWatchAnswer);
    struct desks desks;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &read->page.stamp))
        return;
    creditd__v1__inbox_watch_answer__init(body);
    desks = desks_of(call_org(call), call_user(call), call->arena);
    body->changes = ARENA_ARRAY(call->arena, Creditd__V1__InboxChange *, read->page.count + 1);
    for (size_t i = 0; i < read->page.count; i++)
        if (desks_concerned(&desks, call_user(call), call_reference(call), &read->page.rows[i]))
            body->changes[body->n_changes++] = view_change(call, &read->page.rows[i]);
    desks_add_stuck(call_reference(call), call->arena, &read->page);
    set_reread(call, &desks, body);
    body->cursor = write_cursor(call, &read->page);
    call_watches(call);
    call_answer_read(call, &body->base);
}

static void watch_start(struct call *call)
{
    const Creditd__V1__InboxWatchRequest *request = (const void *)call->request;
    struct watch_read *read = ARENA_NEW(call->arena, struct watch_read);
    struct scope scope = view_scope(call);

    call->state = read;
    read->epoch = -1;
    read->shows_stuck = !request->has_shows_stuck || request->shows_stuck;
    read->filter = (struct change_filter){
        .snapshot = "", .branch_id = scope.branch_id, .region_id = scope.region_id, .limit = CHANGES_MAX};
    if (request->cursor != NULL && request->cursor[0] != '\0' && !read_cursor(request->cursor, read)) {
        call_refuse(call, REASON_FIELD_INVALID, "cursor", "rule", "one that an answer gave");
        return;
    }
    read->filter.since = read->epoch < 0 ? -1 : read->now;
    store_read_changes(call_reader(call), &read->filter, call->arena, &read->page, changes_read, call);
}

const struct operation operation_inbox_watch = {.method = METHOD_INBOX_WATCH,
                                                .kind = OPERATION_READ,
                                                .request = &creditd__v1__inbox_watch_request__descriptor,
                                                .start = watch_start};
