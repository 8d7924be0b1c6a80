/* The page: a table for the matrix, bars for the trend, tables for the rest. No script, nothing from elsewhere. */
#include <stdio.h>
#include <string.h>

#include "client/page.h"
#include "client/simulation.h"
#include "client/text.h"

#define CHART_WIDTH  720
#define CHART_HEIGHT 220

static const char *const colours[STANDINGS] = {"#2e8b57", "#e0b400", "#c0392b", "#333333", "#9aa5b1"};

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* ---- the matrix ---- */

static json_int_t cell_of(const json_t *matrix, const char *was, const char *draft)
{
    const json_t *row;
    size_t index;

    json_array_foreach(matrix, index,
                       row) if (strcmp(string_of(row, "in_force"), was) == 0 &&
                                strcmp(string_of(row, "draft"), draft) == 0) return number_of(row, "customers");
    return 0;
}

static void put_matrix(FILE *out, const json_t *record)
{
    const json_t *matrix = json_object_get(record, "matrix");

    page_heading(out, _("Customers by what is in force and what the draft gives"));
    fputs("<table class=m><tr><th></th>", out);
    for (int draft = 0; draft < STANDINGS; draft++) {
        fprintf(out, "<th style=\"border-bottom:3px solid %s\">", colours[draft]);
        page_text(out, _(simulation_name(draft)));
        fputs("</th>", out);
    }
    fputs("</tr>\n", out);
    for (int was = 0; was < STANDINGS; was++) {
        fprintf(out, "<tr><th style=\"border-left:6px solid %s\">", colours[was]);
        page_text(out, _(simulation_name(was)));
        fputs("</th>", out);
        for (int draft = 0; draft < STANDINGS; draft++) {
            json_int_t count = cell_of(matrix, simulation_name(was), simulation_name(draft));
            const char *kind = was == draft || count == 0 ? "" : draft < was ? " up" : " down";
            fprintf(out, "<td class=\"n%s\">%" JSON_INTEGER_FORMAT "</td>", kind, count);
        }
        fputs("</tr>\n", out);
    }
    fputs("</table>\n", out);
}

/* ---- the trend ---- */

static void put_bar(FILE *out, const json_t *counts, double x, double width, double scale)
{
    double y = CHART_HEIGHT;

    for (int i = STANDINGS - 1; i >= 0; i--) {
        json_int_t count = number_of(counts, simulation_name(i));
        double height = (double)count * scale;
        if (count == 0)
            continue;
        y -= height;
        fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"><title>", x, y, width,
                height, colours[i]);
        page_text(out, _(simulation_name(i)));
        fprintf(out, " %" JSON_INTEGER_FORMAT "</title></rect>\n", count);
    }
}

/* Two bars for each date: what was in force, narrow and pale, and what the draft gives. */
static void put_trend(FILE *out, const json_t *record)
{
    const json_t *trend = json_object_get(record, "trend"), *row;
    size_t count = json_array_size(trend), index;
    json_int_t customers = number_of(record, "evaluated");
    double step = count == 0 ? 0 : (double)CHART_WIDTH / (double)count;
    double scale = customers == 0 ? 0 : (double)CHART_HEIGHT / (double)customers;

    if (count == 0 || customers == 0)
        return;
    page_heading(out, _("Month by month: in force (left) and by the draft (right)"));
    fprintf(out, "<svg viewBox=\"0 0 %d %d\" role=img>\n", CHART_WIDTH, CHART_HEIGHT + 24);
    json_array_foreach(trend, index, row)
    {
        double x = step * (double)index;
        fputs("<g opacity=\".55\">", out);
        put_bar(out, json_object_get(row, "in_force"), x + step * .08, step * .38, scale);
        fputs("</g>\n", out);
        put_bar(out, json_object_get(row, "draft"), x + step * .48, step * .44, scale);
        if (index % (count / 12 + 1) == 0)
            fprintf(out, "<text x=\"%.1f\" y=\"%d\">%.7s</text>\n", x + step * .08, CHART_HEIGHT + 16,
                    string_of(row, "on"));
    }
    fputs("</svg>\n", out);
}

/* ---- the whole ---- */

static void put_page(FILE *out, const json_t *record)
{
    static const char *const changed[] = {"id", "number", "name", "branch", "in_force", "computed", "draft", NULL};
    static const char *const tasks[] = {"week", "branch", "tasks", NULL};
    static const char *const workload[] = {"unit", "role", "people", "cases", "each_week", NULL};

    fprintf(out, _("<p>%s to %s, against version %d. Customers: %d, evaluated: %d, demotions: %d.</p>\n"),
            string_of(record, "from"), string_of(record, "to"), (int)number_of(record, "policy_version"),
            (int)number_of(record, "customers"), (int)number_of(record, "evaluated"),
            (int)number_of(record, "demotions"));
    put_matrix(out, record);
    put_trend(out, record);
    page_list(out, _("Customers of whom the draft says something else"), json_object_get(record, "changed"), changed,
              "in_force computed draft");
    page_list(out, _("Tasks that would have opened"), json_object_get(record, "tasks"), tasks, "");
    page_list(out, _("Cases to verify and to decide, each week per person"), json_object_get(record, "workload"),
              workload, "role");
}

bool simulation_write_page(const json_t *record, const char *path)
{
    return page_write(path, _("Simulation of a policy"), put_page, record);
}
