/* Inboxes, idle connections, handshakes. */
#include "tests/bench/creditbench/reads.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/reasons.h"
#include "tests/bench/creditbench/clock.h"
#include "tests/bench/creditbench/fatal.h"
#include "tests/bench/creditbench/measure.h"
#include "tests/bench/creditbench/message.h"

#define PAGE 50

/* ---- inbox ---- */

/* One of the `outstanding` requests of a connection. */
struct request {
    uint64_t id;
    int64_t start;
    int64_t again_at; /* told to come again, not before; 0: it waits for its answer */
};

struct reading {
    const struct cell *cell;
    struct links links;
    struct measure measure;
    struct request *requests; /* connection by connection */
    uint64_t asked, answers, rows, busy, again, in_flight;
    bool closing;
};

static void ask(struct reading *reading, size_t place)
{
    struct link *link = &reading->links.all[place / (size_t)reading->cell->outstanding];
    struct request *request = &reading->requests[place];

    request->again_at = 0;
    request->id = ++reading->asked * reading->links.count * (size_t)reading->cell->outstanding + place;
    link_added(link, write_inbox(link_room(link), request->id, PAGE));
    reading->in_flight++;
}

/* How many rows the page has. */
static size_t check_page(const struct cell *cell, struct text body, const struct link *link)
{
    struct shown_application shown;
    int64_t due = 0;
    size_t count = 0;
    bool more = false;

    while (next_listed(&body, &shown, &more)) {
        if (shown.state != STATE_VERIFIED || shown.id.length == 0 || shown.due_us == 0)
            fatal("wrong: row %zu of the inbox of %s: %.*s, state %lld, due %lld", count, link->person->login,
                  (int)shown.id.length, shown.id.bytes, (long long)shown.state, (long long)shown.due_us);
        if (cell->sorted && shown.due_us < due)
            fatal("wrong: row %zu of the inbox of %s is due before the one above it", count, link->person->login);
        due = shown.due_us;
        count++;
    }
    if (body.length != 0 || count > PAGE || (count < PAGE && more))
        fatal("wrong: a page of %zu rows in the inbox of %s", count, link->person->login);
    return count;
}

static void on_page(void *owner, struct link *link, const struct frame *frame, const uint8_t *body, int64_t now)
{
    struct reading *reading = owner;
    size_t place = frame->id % (reading->links.count * (size_t)reading->cell->outstanding), rows;
    struct request *request = &reading->requests[place];
    bool counts = reading->measure.begin != 0 && reading->measure.end == 0;
    struct answer answer;

    if (request->id != frame->id || request->again_at != 0 || frame->method != METHOD_INBOX ||
        !read_answer(body, frame->length, &answer) || (answer.status != STATUS_OK && answer.reason != REASON_BUSY)) {
        tell_answer(body, frame->length);
        fatal("wrong: an answer to %s, who reads his inbox: request %llx, method %d", link->person->login,
              (unsigned long long)frame->id, frame->method);
    }
    reading->in_flight--;
    if (answer.status != STATUS_OK) {
        reading->busy += counts;
        reading->again++;
        request->again_at = now + answer.retry_after_ms * (SECOND_NS / 1000);
        return;
    }
    rows = check_page(reading->cell, answer.body, link);
    reading->rows += counts ? rows : 0;
    reading->answers += counts;
    measure_latency(&reading->measure, request->start, now);
    request->start = now;
    request->id = 0;
    if (!reading->closing)
        ask(reading, place);
}

static void ask_again(struct reading *reading, int64_t now)
{
    size_t count = reading->links.count * (size_t)reading->cell->outstanding;

    for (size_t i = 0; i < count && reading->again > 0; i++)
        if (reading->requests[i].again_at != 0 && reading->requests[i].again_at <= now) {
            reading->again--;
            ask(reading, i);
        }
}

static void read_until(struct reading *reading, int64_t until)
{
    int64_t now;

    while ((now = now_ns()) < until && (!reading->closing || reading->in_flight > 0)) {
        if (!reading->closing)
            ask_again(reading, now);
        for (size_t i = 0; i < reading->links.count; i++)
            if (reading->links.all[i].out_length > 0)
                link_flush(&reading->links, &reading->links.all[i]);
        links_turn(&reading->links, reading->again > 0 && until > now + AGAIN_NS ? now + AGAIN_NS : until);
    }
}

static void inbox_start(struct reading *reading, const struct book *book, SSL_CTX *context)
{
    size_t connections = (size_t)reading->cell->connections, count = connections * (size_t)reading->cell->outstanding;

    reading->requests = xcalloc(count, sizeof reading->requests[0]);
    links_start(&reading->links, context, reading->cell->port, connections);
    reading->links.owner = reading;
    reading->links.events.answer = on_page;
    for (size_t i = 0; i < connections; i++)
        if ((reading->links.all[i].person = book_person(book, ROLE_APPROVER, 0, i)) == NULL)
            fatal("the roster has no approver");
    links_open_all(&reading->links);
    for (size_t i = 0; i < count; i++) {
        reading->requests[i].start = now_ns();
        ask(reading, i);
    }
}

void inbox_run(const struct cell *cell, const struct book *book, SSL_CTX *context)
{
    struct reading *reading = xcalloc(1, sizeof *reading);
    json_t *report;

    reading->cell = cell;
    inbox_start(reading, book, context);
    read_until(reading, now_ns() + seconds_ns(cell->warmup));
    measure_begin(&reading->measure, &reading->links);
    read_until(reading, reading->measure.begin + seconds_ns(cell->seconds));
    measure_end(&reading->measure, &reading->links);
    reading->closing = true;
    read_until(reading, now_ns() + FINISH_NS);
    if (reading->in_flight > 0)
        fatal("wrong: %llu answers do not come", (unsigned long long)reading->in_flight);
    report = measure_report(&reading->measure, "answers", reading->answers);
    json_object_set_new(report, "rows", json_integer((json_int_t)reading->rows));
    json_object_set_new(report, "busy", json_integer((json_int_t)reading->busy));
    report_print(report);
    links_end(&reading->links);
    free(reading->requests);
    free(reading);
}

/* ---- handshakes ---- */

struct greeting {
    struct links links;
    struct measure measure;
    uint64_t handshakes;
    struct link **done; /* to be closed and opened again after the turn */
    size_t done_count;
};

static void on_ready(void *owner, struct link *link, int64_t now)
{
    struct greeting *greeting = owner;

    measure_latency(&greeting->measure, link->opened_at, now);
    greeting->handshakes += greeting->measure.begin != 0;
    greeting->done[greeting->done_count++] = link;
}

static void greet_until(struct greeting *greeting, int64_t until)
{
    while (now_ns() < until) {
        links_turn(&greeting->links, until);
        for (; greeting->done_count > 0; greeting->done_count--) {
            link_close(&greeting->links, greeting->done[greeting->done_count - 1]);
            link_open(&greeting->links, greeting->done[greeting->done_count - 1]);
        }
    }
}

void handshakes_run(const struct cell *cell, SSL_CTX *context)
{
    struct greeting *greeting = xcalloc(1, sizeof *greeting);
    size_t count = (size_t)cell->connections;

    greeting->done = xcalloc(count, sizeof greeting->done[0]);
    links_start(&greeting->links, context, cell->port, count);
    greeting->links.owner = greeting;
    greeting->links.events.ready = on_ready;
    for (size_t i = 0; i < count; i++)
        link_open(&greeting->links, &greeting->links.all[i]);
    greet_until(greeting, now_ns() + seconds_ns(cell->warmup));
    measure_begin(&greeting->measure, &greeting->links);
    greet_until(greeting, greeting->measure.begin + seconds_ns(cell->seconds));
    measure_end(&greeting->measure, &greeting->links);
    report_print(measure_report(&greeting->measure, "handshakes", greeting->handshakes));
    links_end(&greeting->links);
    free(greeting->done);
    free(greeting);
}

/* ---- idle ---- */

_Noreturn static void on_idle_answer(void *owner, struct link *link, const struct frame *frame, const uint8_t *body,
                                     int64_t now)
{
    (void)owner;
    (void)now;
    tell_answer(body, frame->length);
    fatal("wrong: an answer to %s, who asked nothing", link->person->login);
}

void idle_open(const struct cell *cell, const struct book *book, SSL_CTX *context, struct links *links)
{
    struct measure *measure = xcalloc(1, sizeof *measure);

    if (book->person_count == 0)
        fatal("the roster has nobody");
    links_start(links, context, cell->port, (size_t)cell->connections);
    links->idle = true;
    links->events.answer = on_idle_answer;
    for (size_t i = 0; i < links->count; i++)
        links->all[i].person = &book->people[i % book->person_count];
    measure_begin(measure, links);
    links_open_all(links);
    measure_end(measure, links);
    report_print(measure_report(measure, "connections", links->count));
    free(measure);
}
