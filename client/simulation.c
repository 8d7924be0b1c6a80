/* Counting: every customer is looked at once and forgotten. */
#include "client/simulation.h"

#include <stdio.h>
#include <string.h>

#define ORDINARY    (STANDINGS - 1)
#define MONDAY(day) ((day) - ((day) + 3) % 7) /* 1 January 1970 was a Thursday */

const char *simulation_name(int standing)
{
    return standing == ORDINARY ? word_name(words_tier, TIER_ORDINARY) : word_name(words_grade, standing + 1);
}

static int standing_of(Creditd__V1__Tier tier, protobuf_c_boolean has_grade, Creditd__V1__Grade grade)
{
    return (int)tier == TIER_KEY && has_grade && (int)grade >= GRADE_GREEN && (int)grade <= GRADE_BLACK ? (int)grade - 1
                                                                                                        : ORDINARY;
}

static int was_of(const Creditd__V1__SimulatedStep *step)
{
    return standing_of(step->was_tier, step->has_was_grade, step->was_grade);
}

static int draft_of(const Creditd__V1__SimulatedStep *step)
{
    return standing_of(step->draft_tier, step->has_draft_grade, step->draft_grade);
}

/* ---- dates ---- */

void simulation_begin(struct simulation_counts *counts, civil_date from)
{
    *counts = (struct simulation_counts){.from = from};
    counts->changed = json_array();
    counts->tasks = json_object();
    counts->cases = json_object();
    counts->staff = json_array();
}

/* The last day of each month, and the last one of all. */
static void list_dates(struct simulation_counts *counts)
{
    int year, month, day;
    civil_date at;

    civil_to_ymd(counts->from, &year, &month, &day);
    at = civil_add_months(civil_from_ymd(year, month, 1), 1) - 1;
    while (at < counts->to && counts->date_count < SIMULATION_DATES_MAX - 1) {
        counts->dates[counts->date_count++] = at;
        at = civil_add_months(at + 1, 1) - 1;
    }
    counts->dates[counts->date_count++] = counts->to;
}

static bool first_page(struct simulation_counts *counts, const Creditd__V1__PolicySimulateAnswer *page)
{
    if (page->to == NULL || !civil_parse(page->to, &counts->to))
        return false;
    counts->policy_version = page->policy_version;
    counts->total = (long)page->total;
    list_dates(counts);
    for (size_t i = 0; i < page->n_staff; i++)
        json_array_append_new(counts->staff, json_pack("{sssssI}", "unit", page->staff[i]->unit, "role",
                                                       word_name(words_role, (int)page->staff[i]->role), "people",
                                                       (json_int_t)page->staff[i]->people));
    return true;
}

/* ---- one customer ---- */

static void count_up(json_t *object, const char *key)
{
    json_object_set_new(object, key, json_integer(json_integer_value(json_object_get(object, key)) + 1));
}

/* A difference that the system does not make good by itself is a criterion: a task of the branch, and a case for the
 * region and HQ. */
static void count_task(struct simulation_counts *counts, const Creditd__V1__SimulatedCustomer *customer, civil_date on)
{
    char week[CIVIL_TEXT_BYTES], key[128];

    civil_format(MONDAY(on), week);
    snprintf(key, sizeof key, "%s %s", week, customer->branch == NULL ? "-" : customer->branch);
    count_up(counts->tasks, key);
    count_up(counts->cases, customer->region == NULL ? "-" : customer->region);
}

static void count_steps(struct simulation_counts *counts, const Creditd__V1__SimulatedCustomer *customer)
{
    int draft_before = -1, was_before = -1;
    bool differed = false;

    for (size_t i = 0; i < customer->n_steps; i++) {
        const Creditd__V1__SimulatedStep *step = customer->steps[i];
        int was = was_of(step), draft = draft_of(step);
        bool differs = was != draft, begins = differs && (!differed || draft != draft_before);
        bool again = differs && was != was_before; /* on another standing it is another criterion */
        bool demotes = was != ORDINARY && draft == ORDINARY;
        civil_date on;
        counts->demotions += demotes && begins;
        if (!demotes && (begins || again) && civil_parse(step->on, &on))
            count_task(counts, customer, on);
        differed = differs;
        draft_before = draft;
        was_before = was;
    }
}

static void count_dates(struct simulation_counts *counts, const Creditd__V1__SimulatedCustomer *customer)
{
    size_t at = 0;

    for (int i = 0; i < counts->date_count; i++) {
        civil_date on;
        while (at + 1 < customer->n_steps && civil_parse(customer->steps[at + 1]->on, &on) && on <= counts->dates[i])
            at++;
        counts->was[i][was_of(customer->steps[at])]++;
        counts->draft[i][draft_of(customer->steps[at])]++;
    }
}

static void note_changed(struct simulation_counts *counts, const Creditd__V1__SimulatedCustomer *customer, int was,
                         int computed, int draft)
{
    json_array_append_new(counts->changed,
                          json_pack("{ss*ss*ss*ss*sssssssb}", "id", customer->id, "number", customer->number, "name",
                                    customer->name, "branch", customer->branch, "in_force", simulation_name(was),
                                    "computed", simulation_name(computed), "draft", simulation_name(draft), "better",
                                    draft < computed));
}

static void add_customer(struct simulation_counts *counts, const Creditd__V1__SimulatedCustomer *customer)
{
    const Creditd__V1__SimulatedStep *last;
    int was, draft,
        computed = standing_of(customer->computed_tier, customer->has_computed_grade, customer->computed_grade);

    if (customer->n_steps == 0)
        return;
    last = customer->steps[customer->n_steps - 1];
    was = was_of(last);
    draft = draft_of(last);
    counts->evaluated++;
    counts->matrix[was][draft]++;
    count_steps(counts, customer);
    count_dates(counts, customer);
    if (draft != computed)
        note_changed(counts, customer, was, computed, draft);
}

bool simulation_add(struct simulation_counts *counts, const Creditd__V1__PolicySimulateAnswer *page)
{
    if (counts->date_count == 0 && !first_page(counts, page))
        return false;
    if (page->policy_version != counts->policy_version)
        return false;
    for (size_t i = 0; i < page->n_customers; i++)
        add_customer(counts, page->customers[i]);
    counts->looked_at += (long)page->looked_at;
    return true;
}

/* ---- the whole ---- */

static json_t *date_json(civil_date date)
{
    char text[CIVIL_TEXT_BYTES];

    civil_format(date, text);
    return json_string(text);
}

static json_t *matrix_json(const struct simulation_counts *counts)
{
    json_t *list = json_array();

    for (int was = 0; was < STANDINGS; was++)
        for (int draft = 0; draft < STANDINGS; draft++)
            if (counts->matrix[was][draft] > 0)
                json_array_append_new(list, json_pack("{sssssI}", "in_force", simulation_name(was), "draft",
                                                      simulation_name(draft), "customers",
                                                      (json_int_t)counts->matrix[was][draft]));
    return list;
}

static json_t *row_of(const long counts[STANDINGS])
{
    json_t *row = json_object();

    for (int i = 0; i < STANDINGS; i++)
        json_object_set_new(row, simulation_name(i), json_integer(counts[i]));
    return row;
}

static json_t *trend_json(const struct simulation_counts *counts)
{
    json_t *list = json_array();

    for (int i = 0; i < counts->date_count; i++)
        json_array_append_new(list, json_pack("{sososo}", "on", date_json(counts->dates[i]), "in_force",
                                              row_of(counts->was[i]), "draft", row_of(counts->draft[i])));
    return list;
}

/* By week and branch, in that order: the keys sort like it. */
static json_t *tasks_json(json_t *tasks)
{
    json_t *list = json_array(), *value, *sorted;
    const char *key;
    char *text = json_dumps(tasks, JSON_SORT_KEYS);

    sorted = json_loads(text, 0, NULL);
    json_object_foreach(sorted, key, value)
    {
        const char *blank = strchr(key, ' ');
        json_array_append_new(
            list, json_pack("{ss%sssO}", "week", key, (size_t)(blank - key), "branch", blank + 1, "tasks", value));
    }
    json_decref(sorted);
    free(text);
    return list;
}

/* Cases of each region for its verifiers, of all for the approvers of HQ; per person and week. */
static json_t *workload_json(const struct simulation_counts *counts)
{
    double weeks = (double)(counts->to - counts->from + 1) / 7;
    json_int_t all = 0;
    json_t *list = json_array(), *value;
    const char *key;
    size_t index;

    json_object_foreach(counts->cases, key, value) all += json_integer_value(value);
    json_array_foreach(counts->staff, index, value)
    {
        bool region = strcmp(json_string_value(json_object_get(value, "role")), "verifier") == 0;
        const char *unit = json_string_value(json_object_get(value, "unit"));
        json_int_t people = json_integer_value(json_object_get(value, "people"));
        json_int_t cases = region ? json_integer_value(json_object_get(counts->cases, unit)) : all;
        json_t *row = json_deep_copy(value);
        char each[32];
        snprintf(each, sizeof each, "%.1f", people == 0 ? 0.0 : (double)cases / weeks / (double)people);
        json_object_set_new(row, "cases", json_integer(cases));
        if (people > 0)
            json_object_set_new(row, "each_week", json_string(each));
        json_array_append_new(list, row);
    }
    return list;
}

json_t *simulation_record(struct simulation_counts *counts)
{
    json_t *record =
        json_pack("{sososIsIsIsIsososososo}", "from", date_json(counts->from), "to", date_json(counts->to),
                  "policy_version", (json_int_t)counts->policy_version, "customers", (json_int_t)counts->looked_at,
                  "evaluated", (json_int_t)counts->evaluated, "demotions", (json_int_t)counts->demotions, "matrix",
                  matrix_json(counts), "changed", counts->changed, "tasks", tasks_json(counts->tasks), "workload",
                  workload_json(counts), "trend", trend_json(counts));

    json_decref(counts->tasks);
    json_decref(counts->cases);
    json_decref(counts->staff);
    return record;
}
