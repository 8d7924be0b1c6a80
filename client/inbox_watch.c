/* inbox --watch: the inbox, then each change of it, over one connection that is made anew when it breaks. The server
 * hints when there is something to ask for; what is shown comes from the answers, by a cursor, so that a hint that is
 * lost costs a pause and a connection that is lost costs nothing. */
#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/exchange.h"
#include "client/inbox.h"
#include "client/reach.h"
#include "client/run.h"
#include "client/standby.h"
#include "client/unicode.h"
#include "common/check.h"

#define ASK_AGAIN_MS 10000 /* without a hint */
/* Without an answer, when there is another server to ask; of one that was silent until now, and may be there no more.
 */
#define ANSWER_MS       10000
#define ANSWER_FIRST_MS 3000
/* Before the next try to connect: the first time, doubled by each, at most. */
#define PAUSE_FIRST_MS 50
#define PAUSE_MOST_MS  1000
#define SPREAD_MS      400 /* when a server ends, all who watch on it come again within this time, not at once */

struct watching {
    struct client *client;
    struct standby *standby; /* NULL: there is one server only */
    char *cursor;            /* NULL: none yet */
    json_t *desk;            /* of the applications on it and his own: id -> desk_entry(); NULL: nothing is shown yet */
    json_t *shown;           /* tasks besides them that are shown: key -> record */
    /* As they were read last; of cases, to act on and own, only until they are shown. */
    json_t *parts[INBOX_PARTS];
    bool must_read[INBOX_PARTS]; /* the server has said so, and it is not done yet */
    bool told_lost;              /* that it connects anew */
    bool first;                  /* the next question over a connection that stood by */
    int pause_ms;                /* before the next try */
    int output_error;            /* errno; 0: what was printed has come out */
};

/* At once: what reads it may be a program that waits. */
static void bring_out(struct watching *w)
{
    int error = output_flush();

    if (w->output_error == 0)
        w->output_error = error;
}

/* A line by itself. */
static void print_line(struct watching *w, json_t *record)
{
    char *text = json_dumps(record, JSON_COMPACT);

    if (text != NULL)
        puts(text);
    bring_out(w);
    free(text);
}

static const char *word(const json_t *record, const char *key)
{
    const char *text = json_string_value(json_object_get(record, key));

    return text == NULL ? "" : text;
}

/* Is it a case that he has made and that waits for others? */
static bool is_own(const json_t *record)
{
    return json_is_true(json_object_get(record, "own"));
}

/* What it means for one's desk: `text`, but of a case that he has made, for whom it waits. */
static char *desk_text(const json_t *record, const char *text)
{
    const char *role = word(record, "turn_role");
    char *waits, *harmless;

    if (!is_own(record))
        return unicode_harmless(text);
    if (asprintf(&waits, _("yours; waits for %s of %s"), role[0] == '\0' ? "?" : text_word("turn_role", role),
                 word(record, "turn_unit")) < 0)
        abort();
    harmless = unicode_harmless(waits);
    free(waits);
    return harmless;
}

/* A change for people: when, which case, what, by whom, and what that means for one's desk. */
static void print_change(struct watching *w, const json_t *record)
{
    bool on_desk = json_is_true(json_object_get(record, "on_desk"));
    char *desk = desk_text(record, on_desk ? _("on your desk") : _("not on your desk"));
    const char *acted_for = word(record, "acted_for");
    char *kind = unicode_harmless(_(word(record, "change")));
    char *at = output_instant(word(record, "at")), *due = output_instant(word(record, "due_at"));

    printf("%s  %s  %s  %s%s%s  %s%s%s\n", at, word(record, "id"), kind, word(record, "actor"),
           acted_for[0] == '\0' ? "" : " / ", acted_for, desk, due[0] == '\0' ? "" : "  ", due);
    bring_out(w);
    free(desk);
    free(kind);
    free(at);
    free(due);
}

static void print_status(struct watching *w, const char *status, const char *text)
{
    json_t *record;

    if (client_json(w->client)) {
        record = json_pack("{ssss}", "type", "status", "status", status);
        print_line(w, record);
        json_decref(record);
    } else {
        fprintf(stderr, "%s\n", text);
    }
}

static json_t *change_record(const struct client *client, const Creditd__V1__InboxChange *m)
{
    json_t *o = m->application == NULL ? json_object() : record_application(client, m->application);

    json_object_set_new(o, "type", json_string("change"));
    record_text(o, "id", m->application_id);
    record_number(o, "seq", m->has_seq, (json_int_t)m->seq);
    record_instant(client, o, "at", m->has_at_us, m->at_us);
    record_word(o, "change", words_event, m->has_kind, (int)m->kind);
    record_text(o, "actor", m->actor);
    record_text(o, "acted_for", m->acted_for);
    record_bool(o, "on_desk", m->has_on_desk, m->on_desk);
    return o;
}

static bool ends_soon(const json_t *record)
{
    return json_is_true(json_object_get(record, "due_soon"));
}

/* What of an application may change without an event: whose opinion it waits for, or "", whether it waits for others,
 * and whether it ends soon. */
static json_t *desk_entry(const json_t *record)
{
    return json_pack("[sbb]", word(record, "assistant"), is_own(record), ends_soon(record));
}

/* Is it on the desk, to act on? */
static bool is_to_do(const json_t *entry)
{
    return json_is_false(json_array_get(entry, 1));
}

/* Is there something to show of what was shown so before? That it does not end soon any more is none: it is over, or an
 * event says why. */
static bool entry_differs(const json_t *entry, const json_t *before)
{
    return !json_equal(json_array_get(entry, 0), json_array_get(before, 0)) ||
           !json_equal(json_array_get(entry, 1), json_array_get(before, 1)) ||
           (json_is_true(json_array_get(entry, 2)) && !json_is_true(json_array_get(before, 2)));
}

static void show_change(struct watching *w, const Creditd__V1__InboxChange *m)
{
    json_t *record = change_record(w->client, m);

    if (m->on_desk || is_own(record))
        json_object_set_new(w->desk, m->application_id, desk_entry(record));
    else
        json_object_del(w->desk, m->application_id);
    if (client_json(w->client))
        print_line(w, record);
    else
        print_change(w, record);
    json_decref(record);
}

/* The applications of a list, as `desk` has them. */
static json_t *desk_of(const json_t *list)
{
    json_t *desk = json_object();
    const json_t *row;
    size_t i;

    json_array_foreach(list, i, row) json_object_set_new(desk, word(row, "id"), desk_entry(row));
    return desk;
}

/* A row of the inbox for people: what is due when, and for a task what it is. */
static void print_row(struct watching *w, const json_t *record, const char *due, const char *desk)
{
    const char *kind = word(record, "kind"), *id = word(record, "id");
    bool is_case = strcmp(kind, "application") == 0 || kind[0] == '\0';
    char *name = unicode_harmless(is_case ? "" : _(kind));
    char *which = unicode_harmless(id[0] == '\0' ? word(record, "customer_number") : id);

    printf("%s%s%s  %s%s%s\n", due, due[0] == '\0' ? "" : "  ", which, name, is_case ? "" : "  ", desk);
    bring_out(w);
    free(name);
    free(which);
}

static void show_item(struct watching *w, const json_t *row)
{
    json_t *record = json_copy((json_t *)(uintptr_t)row);

    json_object_set_new(record, "type", json_string("item"));
    if (client_json(w->client)) {
        print_line(w, record);
    } else {
        char *due = output_instant(word(record, "due_at"));
        char *desk = desk_text(record, ends_soon(record) ? _("on your desk; due soon") : _("on your desk"));
        print_row(w, record, due, desk);
        free(desk);
        free(due);
    }
    json_decref(record);
}

static void show_gone(struct watching *w, const char *id)
{
    json_t *record = json_pack("{ssss}", "type", "gone", "id", id);

    if (client_json(w->client))
        print_line(w, record);
    else
        print_row(w, record, "", _("not on your desk"));
    json_decref(record);
}

static void show_task_gone(struct watching *w, const json_t *row)
{
    static const char *const kept[] = {"kind", "id", "customer_id", "customer_number"};
    json_t *record = json_pack("{ss}", "type", "task_gone");

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (json_object_get(row, kept[i]) != NULL)
            json_object_set(record, kept[i], json_object_get(row, kept[i]));
    if (client_json(w->client))
        print_line(w, record);
    else
        print_row(w, record, "", _("not on your desk"));
    json_decref(record);
}

/* What is on the desk for the first time, came there or left it, waits for another one's opinion than before or ends
 * soon, and what is not there any more: of what changes without an event. */
static void show_differences(struct watching *w, const json_t *list, json_t *desk)
{
    const char *id;
    json_t *row, *value;
    size_t i;

    json_array_foreach(list, i, row)
    {
        id = word(row, "id");
        if (json_object_get(desk, id) != NULL && entry_differs(json_object_get(desk, id), json_object_get(w->desk, id)))
            show_item(w, row);
    }
    json_object_foreach(w->desk, id, value)
    {
        if (json_object_get(desk, id) == NULL)
            show_gone(w, id);
    }
}

/* Tells a task from every other one, and from the same one that is due anew. */
static void task_key(const json_t *row, char *out, size_t size)
{
    snprintf(out, size, "%s/%s%s/%s/%s", word(row, "kind"), word(row, "id"), word(row, "customer_id"),
             word(row, "due_at"), word(row, "to_grade"));
}

/* Is it a criterion that stands in the list of criteria, too? */
static bool is_submitters(const struct watching *w, const json_t *row)
{
    json_t *criterion;
    size_t i;

    json_array_foreach(w->parts[INBOX_CRITERIA], i, criterion)
    {
        if (word(row, "id")[0] == '\0' && strcmp(word(criterion, "customer_id"), word(row, "customer_id")) == 0)
            return true;
    }
    return false;
}

/* The tasks that were read, as a set. What is the asker's to act on is not listed as escalated besides. */
static json_t *tasks_of(const struct watching *w)
{
    json_t *tasks = json_object(), *row;
    char key[256];
    size_t i;

    for (size_t part = INBOX_CRITERIA; part <= INBOX_ESCALATIONS; part++)
        json_array_foreach(w->parts[part], i, row)
        {
            if (part == INBOX_ESCALATIONS &&
                (is_to_do(json_object_get(w->desk, word(row, "id"))) || is_submitters(w, row)))
                continue;
            task_key(row, key, sizeof key);
            json_object_set(tasks, key, row);
        }
    return tasks;
}

/* Whatever of the tasks came, ends soon or went. */
static void show_tasks(struct watching *w)
{
    json_t *tasks = tasks_of(w), *row;
    const char *key;

    json_object_foreach(w->shown, key, row) if (json_object_get(tasks, key) == NULL) show_task_gone(w, row);
    json_object_foreach(tasks, key, row)
    {
        const json_t *before = json_object_get(w->shown, key);
        if (before == NULL || (ends_soon(row) && !ends_soon(before)))
            show_item(w, row);
    }
    json_decref(w->shown);
    w->shown = tasks;
}

/* The whole, as it is when one begins to watch. */
static void show_all(struct watching *w)
{
    json_t *list = json_copy(w->parts[INBOX_CASES]), *row;
    const char *key;
    size_t i;

    w->shown = tasks_of(w);
    json_object_foreach(w->shown, key, row) json_array_append(list, row);
    json_array_extend(list, w->parts[INBOX_OWN]);
    if (!client_json(w->client)) {
        output_list(w->client, list, INBOX_COLUMNS);
        bring_out(w);
    } else {
        json_array_foreach(list, i, row) show_item(w, row);
        json_decref(list);
    }
    print_status(w, "watching", _("watching; Ctrl-C ends it"));
}

static bool read_part(struct watching *w, size_t part)
{
    struct arena *whole = w->client->arena, *arena = arena_new(0);
    json_t *list = json_array();
    bool ok;

    w->client->arena = arena;
    ok = inbox_parts[part](w->client, list, INBOX_MAX);
    w->client->arena = whole;
    arena_free(arena);
    json_decref(ok ? w->parts[part] : list);
    if (ok)
        w->parts[part] = list;
    return ok;
}

/* Reads anew what the server said, all of it again when one fails: changes may come before the next try. */
static bool read_parts(struct watching *w)
{
    for (size_t part = 0; part < INBOX_PARTS; part++)
        if (w->must_read[part] && !read_part(w, part))
            return false;
    memset(w->must_read, 0, sizeof w->must_read);
    inbox_drop_listed(w->parts[INBOX_OWN], w->parts[INBOX_CASES]);
    return true;
}

/* Shows of what was read what has not been shown. */
static void show_parts(struct watching *w)
{
    bool first = w->desk == NULL;

    if (w->parts[INBOX_CASES] != NULL) {
        json_t *cases = json_copy(w->parts[INBOX_CASES]), *desk;
        json_array_extend(cases, w->parts[INBOX_OWN]);
        desk = desk_of(cases);
        if (!first)
            show_differences(w, cases, desk);
        json_decref(cases);
        json_decref(w->desk);
        w->desk = desk;
    }
    if (first)
        show_all(w);
    else
        show_tasks(w);
    json_decref(w->parts[INBOX_CASES]);
    json_decref(w->parts[INBOX_OWN]);
    w->parts[INBOX_CASES] = w->parts[INBOX_OWN] = NULL;
}

static void must_read(struct watching *w, const Creditd__V1__InboxWatchAnswer *body)
{
    w->must_read[INBOX_CASES] |= body->reread;
    w->must_read[INBOX_OWN] |= body->reread;
    w->must_read[INBOX_CRITERIA] |= body->reread || body->criteria;
    w->must_read[INBOX_EMERGENCIES] |= body->reread || body->emergencies;
    w->must_read[INBOX_ESCALATIONS] |= body->reread || body->escalations;
}

/* Is there a case in time among the escalations that are shown, on which nobody could act? */
static bool shows_stuck(const struct watching *w)
{
    const json_t *row;
    size_t i;

    json_array_foreach(w->parts[INBOX_ESCALATIONS], i,
                       row) if (!json_is_true(json_object_get(row, "overdue"))) return true;
    return false;
}

/* How long one thing may take, and each that comes of it, but no longer than the whole. */
static void set_deadline(struct watching *w, int64_t ms)
{
    w->client->usual_ms = ms;
    client_go_on(w->client);
}

static int64_t answer_ms(const struct watching *w)
{
    if (w->standby == NULL)
        return CLIENT_TIMEOUT_DEFAULT_MS;
    return w->first ? ANSWER_FIRST_MS : ANSWER_MS;
}

/* Asks for what has changed, and shows it. False: failure is set. */
static bool ask(struct watching *w)
{
    Creditd__V1__InboxWatchRequest request = CREDITD__V1__INBOX_WATCH_REQUEST__INIT;
    const Creditd__V1__InboxWatchAnswer *body = NULL;
    struct arena *arena = arena_new(0);
    const Creditd__V1__Answer *answer;
    bool ok;

    request.purpose = run_text(w->client, "purpose");
    request.cursor = w->cursor;
    request.has_shows_stuck = true;
    request.shows_stuck = shows_stuck(w);
    answer = exchange_read_page(w->client, arena, METHOD_INBOX_WATCH, &request.base);
    if (answer != NULL)
        body = exchange_unpack(w->client, arena, answer, &creditd__v1__inbox_watch_answer__descriptor);
    ok = body != NULL && body->cursor != NULL;
    if (ok) {
        for (size_t i = 0; i < body->n_changes && w->desk != NULL; i++)
            show_change(w, body->changes[i]);
        free(w->cursor);
        w->cursor = xstrdup(body->cursor);
        must_read(w, body);
    }
    arena_free(arena);
    if (!ok)
        return false; /* the deadline stays: it tells whether the server said nothing */
    set_deadline(w, answer_ms(w));
    ok = read_parts(w);
    if (ok)
        show_parts(w);
    return ok;
}

static bool over(const struct watching *w)
{
    int64_t ends_ms = w->client->ends_ms;

    return client_interrupted() || w->output_error != 0 || (ends_ms != 0 && client_clock_ms() >= ends_ms);
}

static void tell_lost(struct watching *w)
{
    if (!w->told_lost)
        print_status(w, "reconnecting", _("reconnecting"));
    w->told_lost = true;
    w->pause_ms = PAUSE_FIRST_MS;
}

/* Waits for any of the `count`, behind which there is room for one more. False: the deadline has passed, or it is over:
 * also a screen on which nothing changes ends when nobody reads what it prints. */
static bool wait_for(struct watching *w, struct pollfd *wanted, int count, int64_t deadline_ms)
{
    struct pollfd *output = &wanted[count];
    bool ready;

    *output = (struct pollfd){.fd = STDOUT_FILENO}; /* errors are told without being asked for */
    ready = client_wait_any(wanted, count + 1, deadline_ms);
    if (ready && output->revents != 0)
        w->output_error = output->revents & POLLNVAL ? EBADF : EPIPE;
    return ready && w->output_error == 0;
}

static void pause_for(struct watching *w, int64_t ms)
{
    struct pollfd wanted[1];

    set_deadline(w, ms);
    wait_for(w, wanted, 0, w->client->deadline_ms);
}

/* Before the first try after a loss. */
static void spread(struct watching *w)
{
    pause_for(w, randombytes_uniform(SPREAD_MS));
}

/* What has come of it meanwhile is looked at before: it may just be there. */
static bool take_standby(struct watching *w)
{
    standby_tend(w->standby);
    w->first = standby_take(w->standby);
    return w->first;
}

/* The connection has gone: another server goes on with it at once, or one connects anew. */
static void go_over(struct watching *w)
{
    exchange_leave(w->client);
    if (take_standby(w) || over(w))
        return;
    tell_lost(w);
    spread(w);
}

/* Until something comes on either connection, or it is time to ask or to see to the other one. */
static bool wait_for_either(struct watching *w)
{
    struct pollfd wanted[2 + SERVERS_MAX] = {connection_poll(w->client->connection)};
    int64_t wakes_ms = standby_wakes_ms(w->standby), ask_ms = w->client->deadline_ms;
    int count = 1 + standby_poll(w->standby, wanted + 1);

    return wait_for(w, wanted, count, wakes_ms < ask_ms ? wakes_ms : ask_ms) ||
           (!over(w) && client_clock_ms() < ask_ms);
}

/* Waits for a hint, or until it is time to ask without one, by which a server is noticed that is there no more. */
static void wait_for_hint(struct watching *w)
{
    set_deadline(w, ASK_AGAIN_MS);
    do {
        enum progress hint = connection_take_hints(w->client->connection);
        if (hint == PROGRESS_FAILED)
            go_over(w);
        if (hint != PROGRESS_WAITS)
            return;
        standby_tend(w->standby);
        w->first = standby_prefer(w->standby);
        if (w->first)
            return; /* to watch there, too */
    } while (wait_for_either(w));
}

/* Before the next try to reach any server, not shorter than the last one asked for. */
static void pause_tries(struct watching *w)
{
    int64_t pause = w->client->failure.retry_after_ms;

    if (!w->told_lost) {
        tell_lost(w);
        spread(w);
        return;
    }
    pause_for(w, pause > w->pause_ms ? pause : w->pause_ms);
    w->pause_ms = w->pause_ms * 2 < PAUSE_MOST_MS ? w->pause_ms * 2 : PAUSE_MOST_MS;
}

/* A question that failed: another server is asked, if there is one. False: no use in trying. */
static bool try_again(struct watching *w, int asked)
{
    struct client *client = w->client;
    /* Else it ended, and is as good as ever when it is there again. */
    bool silent = client->connection != NULL || client_clock_ms() >= client->deadline_ms;

    if (!client->failure.retryable)
        return false;
    if (silent && asked != NO_SERVER)
        standby_keep_off(w->standby, asked);
    if (servers_count(client->servers) > 1)
        exchange_leave(client);
    if (client->connection != NULL || !take_standby(w))
        pause_tries(w);
    return true;
}

/* Shows what comes until it is over; false: failure is set. */
static bool watch(struct watching *w)
{
    while (!over(w)) {
        const struct connection *connection = w->client->connection;
        int asked = connection == NULL ? NO_SERVER : connection_server(connection);

        set_deadline(w, answer_ms(w));
        w->first = false;
        if (!ask(w)) {
            if (!over(w) && !try_again(w, asked))
                return false;
            continue;
        }
        standby_answered(w->standby);
        if (w->told_lost)
            print_status(w, "connected", _("connected"));
        w->told_lost = false;
        wait_for_hint(w);
    }
    if (w->output_error != 0)
        return output_failed(w->client, w->output_error);
    return w->desk != NULL || client_interrupted() ||
           failure_set(&w->client->failure, EXIT_TIMED_OUT, "TIMED_OUT", NULL,
                       _("the time was over before the inbox could be read"));
}

static void end(struct watching *w)
{
    standby_free(w->standby);
    free(w->cursor);
    json_decref(w->desk);
    json_decref(w->shown);
    for (size_t part = 0; part < INBOX_PARTS; part++)
        json_decref(w->parts[part]);
}

int inbox_watch(struct client *client)
{
    struct watching w = {.client = client, .must_read = {true, true, true, true, true}};
    bool ok;

    if (client->format == FORMAT_CSV) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "output", _("--watch shows a table or JSON lines"));
        return run_fail(client);
    }
    if (client_has(client, "limit")) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "limit", _("--watch shows the whole inbox"));
        return run_fail(client);
    }
    if (!exchange_find_servers(client))
        return run_fail(client);
    w.standby = standby_new(client);
    client->asks_once = true;
    ok = watch(&w);
    end(&w);
    if (!ok)
        return run_fail(client);
    return client_interrupted() ? EXIT_INTERRUPTED : EXIT_DONE;
}
