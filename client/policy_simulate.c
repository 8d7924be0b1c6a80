/* policy simulate: goes through all customers page by page, and shows what it comes to. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/run.h"
#include "client/simulation.h"

#define MATRIX_COLUMNS   "in_force draft customers"
#define CHANGED_COLUMNS  "id number name branch in_force computed draft"
#define TASK_COLUMNS     "week branch tasks"
#define WORKLOAD_COLUMNS "unit role people cases each_week"
#define PROGRESS_MS      500

struct run {
    struct client *client;
    struct simulation_counts counts;
    Creditd__V1__PolicySimulateRequest request;
    char last_day[CIVIL_TEXT_BYTES]; /* as the first page has told it */
    int64_t began_ms, shown_ms;
};

/* The rate so far is what the estimate rests on; it is shown from the first half second on. */
static void show_progress(struct run *run, bool end)
{
    const struct simulation_counts *counts = &run->counts;
    int64_t now = client_clock_ms(), spent = now - run->began_ms;
    double rate = spent > 0 ? (double)counts->looked_at * 1000 / (double)spent : 0;

    if (!isatty(STDERR_FILENO) || client_has(run->client, "quiet") || (!end && now - run->shown_ms < PROGRESS_MS))
        return;
    run->shown_ms = now;
    fputs("\r\033[K", stderr);
    if (!end)
        fprintf(stderr, _("%ld of %ld customers, %.0f a second, about %.0f s left"), counts->looked_at, counts->total,
                rate, rate > 0 ? (double)(counts->total - counts->looked_at) / rate : 0);
}

static bool go(struct run *run)
{
    struct client *client = run->client;

    do {
        struct arena *arena = arena_new(0);
        const Creditd__V1__Answer *answer =
            exchange_read_page(client, arena, METHOD_POLICY_SIMULATE, &run->request.base);
        const Creditd__V1__PolicySimulateAnswer *page =
            answer == NULL ? NULL
                           : exchange_unpack(client, arena, answer, &creditd__v1__policy_simulate_answer__descriptor);
        bool same = page != NULL && simulation_add(&run->counts, page);
        if (same)
            civil_format(run->counts.to, run->last_day);
        char *next = same && page->next != NULL ? arena_strdup(client->arena, page->next) : NULL;
        arena_free(arena);
        if (page == NULL)
            return false;
        if (!same)
            return failure_set(&client->failure, EXIT_TRY_AGAIN, "POLICY_CHANGED", NULL,
                               _("another policy came into force meanwhile"));
        run->request.after = next;
        run->request.to = run->last_day;
        client_go_on(client);
        show_progress(run, false);
    } while (run->request.after != NULL);
    show_progress(run, true);
    return true;
}

static bool fill(struct run *run)
{
    struct client *client = run->client;
    civil_date from;

    creditd__v1__policy_simulate_request__init(&run->request);
    run->request.text = run_read_text(client, client_operand(client, 0));
    if (run->request.text == NULL || !run_date(client, "from", &run->request.from) ||
        !run_date(client, "until", &run->request.to))
        return false;
    if (!civil_parse(run->request.from, &from))
        return failure_set(&client->failure, EXIT_USAGE, "USAGE", "from", _("%s is no date"), run->request.from);
    simulation_begin(&run->counts, from);
    return true;
}

static void print(const struct client *client, json_t *record)
{
    static const struct {
        const char *key, *title, *columns;
    } parts[] = {
        {"matrix", N_("Customers by what is in force and what the draft gives"), MATRIX_COLUMNS},
        {"changed", N_("Customers of whom the draft says something else"), CHANGED_COLUMNS},
        {"tasks", N_("Tasks that would have opened"), TASK_COLUMNS},
        {"workload", N_("Cases to verify and to decide, each week per person"), WORKLOAD_COLUMNS},
    };

    if (client->format != FORMAT_TABLE) {
        output_record(client, record);
        return;
    }
    json_t *head = json_copy(record);
    json_object_del(head, "trend");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        json_object_del(head, parts[i].key);
    output_record(client, head);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        output_part(_(parts[i].title), json_incref(json_object_get(record, parts[i].key)), parts[i].columns);
    json_decref(record);
}

int run_policy_simulate(struct client *client)
{
    struct run run = {.client = client};
    const char *page = client_flag(client, "html");
    json_t *record;

    if (!fill(&run))
        return run_fail(client);
    run.began_ms = run.shown_ms = client_clock_ms();
    bool done = go(&run);
    record = simulation_record(&run.counts);
    if (done && page != NULL && !simulation_write_page(record, page))
        done = failure_set(&client->failure, EXIT_FAILED, "FILE", NULL, "%s: %s", page, strerror(errno));
    if (!done) {
        json_decref(record);
        return run_fail(client);
    }
    print(client, record);
    return EXIT_DONE;
}
