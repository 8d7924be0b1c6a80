/* Pages that stand alone: no script, nothing from elsewhere. */
#include "client/page.h"

#include <string.h>

#include "client/text.h"

void page_text(FILE *out, const char *text)
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

/* Words of closed lists are translated; what people have written is not. */
static void put_cell(FILE *out, const char *key, const json_t *value, bool word)
{
    if (json_is_integer(value)) {
        fprintf(out, "<td class=n>%" JSON_INTEGER_FORMAT "</td>", json_integer_value(value));
        return;
    }
    fputs("<td>", out);
    page_text(out, word && json_is_string(value) ? text_word(key, json_string_value(value)) : json_string_value(value));
    fputs("</td>", out);
}

void page_heading(FILE *out, const char *text)
{
    fputs("<h2>", out);
    page_text(out, text);
    fputs("</h2>\n", out);
}

void page_list(FILE *out, const char *title, const json_t *list, const char *const *keys, const char *words)
{
    const json_t *row;
    size_t index;

    if (json_array_size(list) == 0)
        return;
    page_heading(out, title);
    fputs("<table><tr>", out);
    for (const char *const *key = keys; *key != NULL; key++) {
        fputs("<th>", out);
        page_text(out, text_column(*key));
        fputs("</th>", out);
    }
    fputs("</tr>\n", out);
    json_array_foreach(list, index, row)
    {
        fputs("<tr>", out);
        for (const char *const *key = keys; *key != NULL; key++)
            put_cell(out, *key, json_object_get(row, *key), strstr(words, *key) != NULL);
        fputs("</tr>\n", out);
    }
    fputs("</table>\n", out);
}

static void put_head(FILE *out, const char *title)
{
    fprintf(
        out,
        "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>%s</title>\n<style>"
        "body{font:15px/1.45 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
        "table{border-collapse:collapse;margin:.5em 0}th,td{padding:.25em .7em;border:1px solid #ddd;text-align:left}"
        "td.n{text-align:right;font-variant-numeric:tabular-nums}.up{background:#dff3e4}.down{background:#fbe0dd}"
        "svg{width:100%%;font-size:11px}</style></head>\n<body><h1>%s</h1>\n",
        _("en") /* the language of the page */, title, title);
}

bool page_write(const char *path, const char *title, page_body *body, const json_t *record)
{
    FILE *out = fopen(path, "w");
    bool written;

    if (out == NULL)
        return false;
    put_head(out, title);
    body(out, record);
    fputs("</body></html>\n", out);
    written = ferror(out) == 0;
    return fclose(out) == 0 && written;
}
