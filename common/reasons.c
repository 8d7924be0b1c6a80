/* Look-ups in the table of reasons. */
#include "common/reasons.h"

#include <stddef.h>
#include <string.h>

struct row {
    enum reason reason;
    const char *name;
    int exit_code;
    bool retryable;
    const char *text;
};

static const struct row rows[] = {
#define REASON(number, name, exit_code, retryable, text) {REASON_##name, #name, exit_code, retryable, text},
#include "common/reasons.def"
#undef REASON
};

static const size_t row_count = sizeof rows / sizeof rows[0];

static const struct row *find(enum reason reason)
{
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].reason == reason) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *reason_name(enum reason reason)
{
    if (reason == REASON_NONE) {
        return "NONE";
    }
    const struct row *row = find(reason);
    return row == NULL ? NULL : row->name;
}

const char *reason_text(enum reason reason)
{
    const struct row *row = find(reason);
    return row == NULL ? NULL : row->text;
}

int reason_exit_code(enum reason reason)
{
    if (reason == REASON_NONE) {
        return 0;
    }
    const struct row *row = find(reason);
    return row == NULL ? 1 : row->exit_code;
}

bool reason_retryable(enum reason reason)
{
    const struct row *row = find(reason);
    return row != NULL && row->retryable;
}

enum reason reason_from_name(const char *name)
{
    for (size_t i = 0; name != NULL && i < row_count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return rows[i].reason;
        }
    }
    return REASON_NONE;
}

enum reason reason_at(unsigned n)
{
    return n < row_count ? rows[n].reason : REASON_NONE;
}
