/* The page: a table for the matrix, bars for the trend, tables for the rest. No script, nothing from elsewhere. */
#include <stdio.h>
#include <string.h>

#include "client/simulation.h"
#include "client/text.h"

#define CHART_WIDTH  720
#define CHART_HEIGHT 220

static const char *const colours[STANDINGS] = {"#2e8b57", "#e0b400", "#c0392b", "#333333", "#9aa5b1"};

static void put_text(FILE *out, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            putc(*text, out);
        }
}

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* Words of closed lists are translated; what people have written is not. */
static void put_cell(FILE *out, const json_t *value, bool word)
{
    if (json_is_integer(value)) {
        fprintf(out, "<td class=n>%" JSON_INTEGER_FORMAT "</td>", json_integer_value(value));
        return;
    }
    fputs("<td>", out);
    put_text(out, word && json_is_string(value) ? _(json_string_value(value)) : json_string_value(value));
    fputs("</td>", out);
}

static void put_heading(FILE *out, const char *text)
{
    fputs("<h2>", out);
    put_text(out, text);
    fputs("</h2>\n", out);
}

static void put_list(FILE *out, const char *title, const json_t *list, const char *const *keys, const char *words)
{
    const json_t *row;
    size_t index;

    if (json_array_size(list) == 0)
        return;
    put_heading(out, title);
    fputs("<table><tr>", out);
    for (const char *const *key = keys; *key != NULL; key++) {
        fputs("<th>", out);
        put_text(out, _(*key));
        fputs("</th>", out);
    }
    fputs("</tr>\n", out);
    json_array_foreach(list, index, row)
    {
        fputs("<tr>", out);
        for (const char *const *key = keys; *key != NULL; key++)
            put_cell(out, json_object_get(row, *key), strstr(words, *key) != NULL);
        fputs("</tr>\n", out);
    }
    fputs("</table>\n", out);
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

    put_heading(out, _("Customers by what is in force and what the draft gives"));
    fputs("<table class=m><tr><th></th>", out);
    for (int draft = 0; draft < STANDINGS; draft++) {
        fprintf(out, "<th style=\"border-bottom:3px solid %s\">", colours[draft]);
        put_text(out, _(simulation_name(draft)));
        fputs("</th>", out);
    }
    fputs("</tr>\n", out);
    for (int was = 0; was < STANDINGS; was++) {
        fprintf(out, "<tr><th style=\"border-left:6px solid %s\">", colours[was]);
        put_text(out, _(simulation_name(was)));
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
        put_text(out, _(simulation_name(i)));
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
    put_heading(out, _("Month by month: in force (left) and by the draft (right)"));
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

    fprintf(
        out,
        "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>%s</title>\n<style>"
        "body{font:15px/1.45 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
        "table{border-collapse:collapse;margin:.5em 0}th,td{padding:.25em .7em;border:1px solid #ddd;text-align:left}"
        "td.n{text-align:right;font-variant-numeric:tabular-nums}.up{background:#dff3e4}.down{background:#fbe0dd}"
        "svg{width:100%%;font-size:11px}</style></head>\n<body><h1>%s</h1>\n",
        _("en") /* the language of the page */, _("Simulation of a policy"), _("Simulation of a policy"));
    fprintf(out, _("<p>%s to %s, against version %d. Customers: %d, evaluated: %d, demotions: %d.</p>\n"),
            string_of(record, "from"), string_of(record, "to"), (int)number_of(record, "policy_version"),
            (int)number_of(record, "customers"), (int)number_of(record, "evaluated"),
            (int)number_of(record, "demotions"));
    put_matrix(out, record);
    put_trend(out, record);
    put_list(out, _("Customers of whom the draft says something else"), json_object_get(record, "changed"), changed,
             "in_force computed draft");
    put_list(out, _("Tasks that would have opened"), json_object_get(record, "tasks"), tasks, "");
    put_list(out, _("Cases to verify and to decide, each week per person"), json_object_get(record, "workload"),
             workload, "role");
    fputs("</body></html>\n", out);
}

bool simulation_write_page(const json_t *record, const char *path)
{
    FILE *out = fopen(path, "w");
    bool written;

    if (out == NULL)
        return false;
    put_page(out, record);
    written = ferror(out) == 0;
    return fclose(out) == 0 && written;
}
