/* Reading of the tables of these tests: a row a line, cells between `|`, `#` starts a comment line. The first row names
 * the columns. A table is freed with table_free; everything else is for one test program and ends it when it fails. */
#ifndef CREDITD_TESTS_RULES_TABLE_H
#define CREDITD_TESTS_RULES_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/civil.h"

#define TABLE_COLUMNS_MAX 16

struct table_row {
    int line;
    int count;
    char *cells[TABLE_COLUMNS_MAX];
};

struct table {
    char *text;
    struct table_row header;
    struct table_row *rows;
    size_t count;
};

static inline char *table_trim(char *text)
{
    while (*text == ' ') {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\r')) {
        text[--length] = '\0';
    }
    return text;
}

/* Splits a line in place; a leading and a trailing `|` are no cells. */
static inline void table_split(char *line, int number, struct table_row *row)
{
    row->line = number;
    row->count = 0;
    line = table_trim(line);
    if (*line == '|') {
        line++;
    }
    size_t length = strlen(line);
    if (length > 0 && line[length - 1] == '|') {
        line[length - 1] = '\0';
    }
    char *rest = line;
    for (char *cell = strsep(&rest, "|"); cell != NULL; cell = strsep(&rest, "|")) {
        assert_true(row->count < TABLE_COLUMNS_MAX);
        row->cells[row->count++] = table_trim(cell);
    }
}

static inline char *table_read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s cannot be opened; run the tests from the root of the repository", path);
        abort();
    }
    size_t room = 1 << 20;
    char *text = malloc(room);
    assert_non_null(text);
    size_t length = fread(text, 1, room - 1, file);
    assert_true(length > 0 && length < room - 1);
    text[length] = '\0';
    fclose(file);
    return text;
}

static inline bool table_is_row(const char *line)
{
    line += strspn(line, " \r");
    return *line != '\0' && *line != '#';
}

static inline void table_add(struct table *table, char *line, int number)
{
    if (table->header.count == 0) {
        table_split(line, number, &table->header);
        return;
    }
    table->rows = realloc(table->rows, (table->count + 1) * sizeof table->rows[0]);
    assert_non_null(table->rows);
    struct table_row *row = &table->rows[table->count++];
    table_split(line, number, row);
    if (row->count != table->header.count) {
        fail_msg("line %d has %d cells, the header has %d", number, row->count, table->header.count);
    }
}

/* A whole file as one table. */
static inline struct table table_load(const char *path)
{
    struct table table = {.text = table_read_file(path)};
    char *rest = table.text;
    int number = 0;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        number++;
        if (table_is_row(line)) {
            table_add(&table, line, number);
        }
    }
    assert_true(table.count > 0);
    return table;
}

/* The first Markdown table after a heading line of that text; the line of dashes is no row. */
static inline struct table table_load_markdown(const char *path, const char *heading)
{
    struct table table = {.text = table_read_file(path)};
    char *rest = table.text;
    bool found = false;
    int number = 0;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        number++;
        if (!found) {
            found = strcmp(line, heading) == 0;
        } else if (*line == '|') {
            if (strncmp(line, "|--", 3) != 0 && strncmp(line, "| --", 4) != 0) {
                table_add(&table, line, number);
            }
        } else if (table.count > 0) {
            break;
        }
    }
    if (table.count == 0) {
        fail_msg("%s has no table under \"%s\"", path, heading);
    }
    return table;
}

static inline void table_free(struct table *table)
{
    free(table->rows);
    free(table->text);
    *table = (struct table){0};
}

/* The cell of a row in the column of that name. */
static inline char *table_cell(const struct table *table, const struct table_row *row, const char *column)
{
    for (int i = 0; i < table->header.count; i++) {
        if (strcmp(table->header.cells[i], column) == 0) {
            return row->cells[i];
        }
    }
    fail_msg("the table has no column %s", column);
    abort();
}

/* The cell must be that. */
static inline void table_expect(const struct table *table, const struct table_row *row, const char *column,
                                const char *got)
{
    const char *expected = table_cell(table, row, column);
    if (strcmp(expected, got) != 0) {
        fail_msg("line %d: %s is %s, not %s", row->line, column, got, expected);
    }
}

/* Is the word one of a list like "submitter, approver"? */
static inline bool table_lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length) {
        bool starts = at == list || at[-1] == ' ' || at[-1] == ',';
        bool ends = at[length] == '\0' || at[length] == ' ' || at[length] == ',';
        if (starts && ends) {
            return true;
        }
    }
    return false;
}

static inline bool table_yes(const char *cell)
{
    assert_true(strcmp(cell, "yes") == 0 || strcmp(cell, "no") == 0);
    return strcmp(cell, "yes") == 0;
}

/* "2026-11-23T14:05:00+08:00" or with Z as microseconds UTC. */
static inline int64_t table_instant(const char *text)
{
    int year, month, day, hour, minute, second, used = 0;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6) {
        fail_msg("%s is no instant", text);
    }
    long offset = 0;
    if (strcmp(text + used, "Z") != 0) {
        char sign;
        int hours, minutes;
        assert_int_equal(sscanf(text + used, "%c%2d:%2d", &sign, &hours, &minutes), 3);
        assert_true(sign == '+' || sign == '-');
        offset = (hours * 60L + minutes) * 60L * (sign == '-' ? -1 : 1);
    }
    int64_t seconds = civil_from_ymd(year, month, day) * 86400LL + hour * 3600LL + minute * 60LL + second - offset;
    return seconds * US_PER_SECOND;
}

#endif
