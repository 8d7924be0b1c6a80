/* Steps: what is sent when, what its answer must say, and the phases of a cell. */
#include "tests/bench/creditbench/steps.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/reasons.h"
#include "tests/bench/creditbench/clock.h"
#include "tests/bench/creditbench/crew.h"
#include "tests/bench/creditbench/fatal.h"
#include "tests/bench/creditbench/measure.h"
#include "tests/bench/creditbench/message.h"

#define FILL_SLOTS  16 /* of each worker while the queues are filled */
#define STOCK_LEAST 64 /* cases of a branch before each step */

enum phase { FILLING, WORKING, FINISHING };

struct run {
    const struct cell *cell;
    struct book *book;
    struct links links;
    struct crew crew;
    enum phase phase;
    struct measure measure;
    uint64_t requests, in_flight, filled, all;
    uint64_t by_step[STEPS], busy, unsent; /* in the measured time */
    size_t again;                          /* slots that wait to be sent again, of all workers */
    int64_t look_again_at;
    int64_t starved;
    /* Requests that are not each slot's own: when each of `total` could be sent, or the rate's schedule. */
    int64_t *permits;
    size_t first_permit, permit_count;
    int64_t schedule_begin;
    uint64_t scheduled;
    unsigned turn; /* the step that is looked for first */
    size_t last_worker[STEPS];
};

static bool measuring(const struct run *run)
{
    return run->measure.begin != 0 && run->measure.end == 0;
}

/* ---- sending ---- */

static void send_slot(struct worker *worker, struct slot *slot)
{
    slot->again_at = 0;
    link_added(worker->link, write_step(link_room(worker->link), slot->id, slot->step, slot->command, slot->customer));
}

/* Takes a step that could first have been taken at `since`. */
static void take_step(struct run *run, struct worker *worker, enum step step, int64_t since)
{
    struct slot *slot = worker_take_slot(worker);
    struct customer *customer = book_take(run->book, step, worker->person->unit);

    CHECK(customer != NULL);
    if (step == SUBMIT)
        customer->asked = customer->grade % GRADE_BLACK + 1;
    slot->id = ++run->requests << SLOT_BITS | (uint64_t)(slot - worker->slots);
    slot->step = step;
    slot->customer = customer;
    slot->command = new_command_id();
    slot->refusals = 0;
    slot->start = since;
    run->in_flight++;
    send_slot(worker, slot);
}

static bool waits(const struct run *run, enum step step, const struct worker *worker)
{
    const struct queue *queue = book_queue(run->book, step, worker->person->unit);

    return queue->count > (run->phase == FILLING ? queue->reserve : 0);
}

static bool has_enough(const struct branch *branch)
{
    return branch->open >= branch->most;
}

/* What a worker does next of his own accord; STEPS: nothing. A submitter keeps the open cases of his branch level. */
static enum step choose(const struct run *run, const struct worker *worker)
{
    const struct branch *branch;

    if (worker->person->role == ROLE_VERIFIER)
        return waits(run, VERIFY, worker) ? VERIFY : STEPS;
    if (worker->person->role == ROLE_APPROVER)
        return waits(run, APPROVE, worker) ? APPROVE : STEPS;
    branch = &run->book->branches[worker->person->unit];
    if (run->phase == FILLING) {
        if (branch->open < branch->goal && branch->free.count > 0)
            return SUBMIT;
        return branch->approved.count * 3 > branch->goal * 2 ? RECORD : STEPS; /* piled up by another cell's crew */
    }
    if (branch->open >= branch->goal && branch->approved.count > 0)
        return RECORD;
    if (!has_enough(branch) && branch->free.count > 0)
        return SUBMIT;
    return branch->approved.count > 0 ? RECORD : STEPS;
}

/* Every free slot sends as soon as there is something: closed loop. */
static void send_closed(struct run *run)
{
    for (size_t i = 0; i < run->crew.count; i++) {
        struct worker *worker = &run->crew.workers[i];
        enum step step;
        while (worker->free_count > 0 && (step = choose(run, worker)) != STEPS) {
            int64_t free_since = worker->slots[worker->free[worker->first_free]].since;
            int64_t case_since = book_queue(run->book, step, worker->person->unit)->first->since;
            if (measuring(run) && case_since > free_since)
                run->starved += case_since - (free_since > run->measure.begin ? free_since : run->measure.begin);
            take_step(run, worker, step, case_since > free_since ? case_since : free_since);
        }
    }
}

/* Somebody with a free slot who can take this step, going round; NULL: nobody. */
static struct worker *able(struct run *run, enum step step)
{
    for (size_t n = 1; n <= run->crew.count; n++) {
        size_t i = (run->last_worker[step] + n) % run->crew.count;
        struct worker *worker = &run->crew.workers[i];
        if (worker->person->role != step_role[step] || worker->free_count == 0 || !waits(run, step, worker) ||
            (step == SUBMIT && has_enough(&run->book->branches[worker->person->unit])))
            continue;
        run->last_worker[step] = i;
        return worker;
    }
    return NULL;
}

/* One step, the four kinds in turn as far as there is somebody for them; false: there is nobody for any. */
static bool take_any(struct run *run, int64_t since, bool from_case)
{
    for (unsigned n = 0; n < STEPS; n++) {
        enum step step = (run->turn + n) % STEPS;
        struct worker *worker = able(run, step);
        int64_t case_since;
        if (worker == NULL)
            continue;
        case_since = book_queue(run->book, step, worker->person->unit)->first->since;
        run->turn = step + 1;
        take_step(run, worker, step, from_case && case_since > since ? case_since : since);
        return true;
    }
    return false;
}

static int64_t scheduled_at(const struct run *run)
{
    return run->schedule_begin + seconds_ns((double)run->scheduled / run->cell->rate);
}

static void send_scheduled(struct run *run, int64_t now)
{
    while (scheduled_at(run) <= now && take_any(run, scheduled_at(run), false))
        run->scheduled++;
}

static void send_permitted(struct run *run)
{
    while (run->permit_count > 0 && take_any(run, run->permits[run->first_permit], true)) {
        run->first_permit = (run->first_permit + 1) % (size_t)run->cell->total;
        run->permit_count--;
    }
}

static void permit(struct run *run, int64_t now)
{
    if (run->permits == NULL || run->phase == FILLING)
        return;
    run->permits[(run->first_permit + run->permit_count++) % (size_t)run->cell->total] = now;
}

/* Looks through all slots, so not at every turn. */
static void send_again(struct run *run, int64_t now)
{
    if (run->again == 0 || now < run->look_again_at)
        return;
    run->look_again_at = now + AGAIN_NS;
    for (size_t i = 0; i < run->crew.count; i++) {
        struct worker *worker = &run->crew.workers[i];
        for (size_t s = 0; s < worker->room && worker->again > 0; s++) {
            struct slot *slot = &worker->slots[s];
            if (slot->id == 0 || slot->again_at == 0 || slot->again_at > now)
                continue;
            worker->again--;
            run->again--;
            send_slot(worker, slot);
        }
    }
}

/* Sends all that can be sent, each worker's with one write. True: some waits to be sent again. */
static bool send_all(struct run *run)
{
    int64_t now = now_ns();

    send_again(run, now);
    if (run->phase == WORKING && run->cell->rate > 0)
        send_scheduled(run, now);
    else if (run->phase == WORKING && run->permits != NULL)
        send_permitted(run);
    else if (run->phase != FINISHING)
        send_closed(run);
    for (size_t i = 0; i < run->crew.count; i++)
        if (run->crew.workers[i].link->out_length > 0)
            link_flush(&run->links, run->crew.workers[i].link);
    return run->again > 0;
}

/* ---- answers ---- */

_Noreturn static void wrong(const struct worker *worker, const struct slot *slot, const struct frame *frame,
                            const uint8_t *body, const char *what)
{
    char customer[PUBLIC_ID_BYTES], application[PUBLIC_ID_BYTES], command[UUID_TEXT_BYTES];

    tell_answer(body, frame->length);
    if (slot == NULL)
        fatal("wrong: %s, of %s: request %llx, method %d", what, worker->person->login, (unsigned long long)frame->id,
              frame->method);
    public_id_format('C', slot->customer->key, customer);
    public_id_format('A', (struct key){slot->customer->key.home, slot->customer->application}, application);
    uuid_format(slot->command, command);
    fatal("wrong: %s, to %s by %s: command %s, customer %s, application %s", what, step_name[slot->step],
          worker->person->login, command, customer, slot->step == SUBMIT ? "none yet" : application);
}

static bool same_key(struct text text, struct key *key)
{
    char id[PUBLIC_ID_BYTES];
    struct key told;

    if (text.length >= sizeof id || text.length == 0)
        return false;
    memcpy(id, text.bytes, text.length);
    id[text.length] = '\0';
    if (!public_id_parse('A', id, &told) || told.home != key->home || (key->id != 0 && told.id != key->id))
        return false;
    *key = told;
    return true;
}

/* What is wrong with an answer that says OK; NULL: nothing. The number of a new application is taken over. */
static const char *judge(const struct slot *slot, const struct answer *answer)
{
    struct customer *customer = slot->customer;
    struct key key = {customer->key.home, slot->step == SUBMIT ? 0 : customer->application};
    struct shown_application shown;

    if (!read_application(answer->body, &shown))
        return "the answer has no application";
    if (!same_key(answer->entity, &key) || !same_key(shown.id, &key))
        return "the answer is about another application";
    if (answer->version != (int64_t)slot->step + 1 || shown.version != answer->version)
        return "the application has another version";
    if (shown.state != (int64_t)step_state[slot->step])
        return "the application is in another state";
    customer->application = key.id;
    return NULL;
}

/* Told to come again later: the same command, later each time, and not all at the same moment. */
static void put_back(struct run *run, struct worker *worker, struct slot *slot, const struct answer *answer,
                     int64_t now)
{
    int64_t wait = (answer->retry_after_ms > 0 ? answer->retry_after_ms : 1) * (SECOND_NS / 1000);

    wait <<= slot->refusals < 4 ? slot->refusals : 4;
    run->busy += measuring(run);
    slot->again_at = now + wait + (int64_t)randombytes_uniform((uint32_t)(wait / 1000)) * 1000;
    slot->refusals++;
    worker->again++;
    run->again++;
}

static void step_done(struct run *run, struct worker *worker, struct slot *slot, int64_t now)
{
    if (slot->step == RECORD)
        slot->customer->grade = slot->customer->asked;
    measure_latency(&run->measure, slot->start, now);
    run->by_step[slot->step] += measuring(run);
    run->filled += run->phase == FILLING;
    run->all++;
    run->in_flight--;
    book_done(run->book, slot->customer, slot->step, now);
    worker_free_slot(worker, slot, now);
    permit(run, now);
}

static void on_answer(void *owner, struct link *link, const struct frame *frame, const uint8_t *body, int64_t now)
{
    struct run *run = owner;
    struct worker *worker = &run->crew.workers[link - run->links.all];
    size_t place = frame->id & ((1u << SLOT_BITS) - 1);
    struct slot *slot = place < worker->room ? &worker->slots[place] : NULL;
    struct answer answer;
    const char *what;

    if (slot == NULL || slot->id != frame->id || slot->again_at != 0)
        wrong(worker, NULL, frame, body, "nobody waits for this answer");
    if (frame->method != step_method[slot->step] || !read_answer(body, frame->length, &answer))
        wrong(worker, slot, frame, body, "no answer to this request");
    if (answer.status == STATUS_RETRY && answer.retryable && answer.reason == REASON_BUSY) {
        put_back(run, worker, slot, &answer, now);
        return;
    }
    if (answer.status != STATUS_OK)
        wrong(worker, slot, frame, body, "refused");
    what = judge(slot, &answer);
    if (what != NULL)
        wrong(worker, slot, frame, body, what);
    step_done(run, worker, slot, now);
}

/* ---- phases ---- */

/* Sends, and takes answers as they come, but waits no longer than until that moment (0: as long as some are awaited).
 * False: there is nothing to wait for. */
static bool turn(struct run *run, int64_t until)
{
    bool again = send_all(run);
    int64_t now = now_ns();

    if (until == 0 && run->in_flight == 0)
        return false;
    if (again && (until == 0 || until > now + AGAIN_NS))
        until = now + AGAIN_NS;
    if (run->phase == WORKING && run->cell->rate > 0 && scheduled_at(run) > now && scheduled_at(run) < until)
        until = scheduled_at(run);
    links_turn(&run->links, until);
    return true;
}

static void work_until(struct run *run, int64_t until)
{
    while (now_ns() < until)
        turn(run, until);
}

/* Takes the answers that are still awaited. */
static void finish(struct run *run)
{
    int64_t end = now_ns() + FINISH_NS;

    run->phase = FINISHING;
    while (run->in_flight > 0) {
        turn(run, end);
        if (now_ns() > end)
            fatal("wrong: %llu answers do not come", (unsigned long long)run->in_flight);
    }
}

/* What was scheduled and has found no free slot has waited until the end at least. */
static void charge_unsent(struct run *run)
{
    send_all(run);
    for (; run->cell->rate > 0 && scheduled_at(run) < run->measure.end; run->scheduled++) {
        measure_latency(&run->measure, scheduled_at(run), run->measure.end);
        run->unsent++;
    }
}

static void charge_starved(struct run *run)
{
    for (size_t i = 0; i < run->crew.count; i++) {
        const struct worker *worker = &run->crew.workers[i];
        for (size_t n = 0; n < worker->free_count; n++) {
            int64_t since = worker->slots[worker->free[(worker->first_free + n) % worker->room]].since;
            run->starved += run->measure.end - (since > run->measure.begin ? since : run->measure.begin);
        }
    }
}

/* How many cases each branch of the crew should have, a third of them before each step. */
static void set_goals(struct run *run)
{
    struct book *book = run->book;

    book->verified.reserve = 0;
    for (size_t r = 0; r < book->region_count; r++)
        book->regions[r].submitted.reserve = 0;
    for (size_t b = 0; b < book->branch_count; b++) {
        struct branch *branch = &book->branches[b];
        size_t submitters = 0, stock;
        for (size_t i = 0; i < run->crew.count; i++)
            submitters += run->crew.workers[i].person->role == ROLE_SUBMITTER && run->crew.workers[i].person->unit == b;
        stock = 4 * submitters * (size_t)run->cell->outstanding;
        stock = stock < STOCK_LEAST ? STOCK_LEAST : stock;
        stock = stock > branch->customers / 6 ? branch->customers / 6 : stock;
        branch->goal = submitters == 0 ? 0 : 3 * stock;
        branch->most = 2 * branch->goal;
        book->regions[branch->region].submitted.reserve += branch->goal / 3;
        book->verified.reserve += branch->goal / 3;
    }
}

static void start(struct run *run, SSL_CTX *context)
{
    links_start(&run->links, context, run->cell->port, run->crew.count);
    run->links.owner = run;
    run->links.events.answer = on_answer;
    for (size_t i = 0; i < run->crew.count; i++) {
        run->crew.workers[i].link = &run->links.all[i];
        run->links.all[i].person = run->crew.workers[i].person;
    }
    links_open_all(&run->links);
}

static void report(const struct run *run)
{
    json_t *report, *kinds = json_object();
    uint64_t steps = 0;

    for (size_t s = 0; s < STEPS; s++) {
        steps += run->by_step[s];
        json_object_set_new(kinds, step_name[s], json_integer((json_int_t)run->by_step[s]));
    }
    report = measure_report(&run->measure, "steps", steps);
    json_object_set_new(report, "by_kind", kinds);
    json_object_set_new(report, "busy", json_integer((json_int_t)run->busy));
    json_object_set_new(report, "unsent", json_integer((json_int_t)run->unsent));
    json_object_set_new(report, "starved_s", json_real((double)run->starved / (double)SECOND_NS));
    json_object_set_new(report, "filled", json_integer((json_int_t)run->filled));
    json_object_set_new(report, "all_steps", json_integer((json_int_t)run->all));
    json_object_set_new(report, "open", json_integer((json_int_t)book_waiting(run->book)));
    report_print(report);
}

static void end(struct run *run)
{
    report(run);
    links_end(&run->links);
    crew_dismiss(&run->crew);
    free(run->permits);
    free(run);
}

static void begin_work(struct run *run)
{
    int64_t now = now_ns();

    crew_free_slots(&run->crew, (size_t)run->cell->outstanding, now);
    run->phase = WORKING;
    run->schedule_begin = now;
    if (run->cell->total > 0)
        run->permits = xcalloc((size_t)run->cell->total, sizeof run->permits[0]);
    for (int i = 0; i < run->cell->total; i++)
        permit(run, now);
}

void steps_run(const struct cell *cell, struct book *book, SSL_CTX *context)
{
    struct run *run = xcalloc(1, sizeof *run);
    int slots = cell->outstanding < FILL_SLOTS ? FILL_SLOTS : cell->outstanding;

    run->cell = cell;
    run->book = book;
    book_choose_part(book, cell->part, cell->parts);
    crew_hire(&run->crew, book, (size_t)cell->connections, (size_t)slots);
    set_goals(run);
    start(run, context);
    crew_free_slots(&run->crew, (size_t)slots, now_ns());
    while (turn(run, 0))
        ;
    begin_work(run);
    work_until(run, now_ns() + seconds_ns(cell->warmup));
    measure_begin(&run->measure, &run->links);
    work_until(run, run->measure.begin + seconds_ns(cell->seconds));
    measure_end(&run->measure, &run->links);
    charge_unsent(run);
    if (cell->rate == 0 && cell->total == 0)
        charge_starved(run);
    finish(run);
    end(run);
}

void steps_drain(const struct cell *cell, struct book *book, SSL_CTX *context)
{
    struct run *run = xcalloc(1, sizeof *run);

    run->cell = cell;
    run->book = book;
    crew_hire_all(&run->crew, book, FILL_SLOTS);
    for (size_t b = 0; b < book->branch_count; b++)
        book->branches[b].goal = book->branches[b].most = 0; /* nothing is submitted any more */
    start(run, context);
    crew_free_slots(&run->crew, FILL_SLOTS, now_ns());
    run->phase = WORKING;
    measure_begin(&run->measure, &run->links);
    while (turn(run, 0))
        ;
    measure_end(&run->measure, &run->links);
    end(run);
}
