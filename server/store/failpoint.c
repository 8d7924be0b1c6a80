/* Reading of failpoints. */
#include "server/store/failpoint.h"

#include "common/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool parse_when(const char *text, size_t length, struct failpoint_step *out)
{
    char *end;

    errno = 0;
    out->nth = strtol(text, &end, 10);
    out->onward = *end == '+';
    return errno == 0 && text[0] >= '0' && text[0] <= '9' && out->nth > 0 && end + out->onward == text + length;
}

/* One step of the list: the first `length` bytes of `text`. */
static bool parse_step(const char *text, size_t length, struct failpoint_step *out)
{
    const char *kind = memchr(text, '=', length);
    const char *when = kind == NULL ? NULL : memchr(kind, '@', length - (size_t)(kind - text));

    if (when == NULL || !parse_when(when + 1, length - (size_t)(when + 1 - text), out))
        return false;
    size_t kind_length = (size_t)(when - kind - 1), name_length = (size_t)(kind - text);
    if (kind_length == strlen("error") && strncmp(kind + 1, "error", kind_length) == 0)
        out->sqlstate = "XX000";
    else if (kind_length == strlen("conflict") && strncmp(kind + 1, "conflict", kind_length) == 0)
        out->sqlstate = "CR001";
    else
        return false;
    out->statement = STATEMENT_COUNT;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        if (strlen(statement_names[i]) == name_length && strncmp(statement_names[i], text, name_length) == 0)
            out->statement = (enum statement)i;
    return out->statement != STATEMENT_COUNT;
}

/* NULL is none; false: not of that form, or no such statement. */
static bool parse(const char *text, struct failpoint *out)
{
    *out = (struct failpoint){.statement = STATEMENT_COUNT};
    if (text == NULL)
        return true;
    for (const char *step = text;; step++) {
        size_t length = strcspn(step, ",");

        if (out->count == FAILPOINTS_MAX || !parse_step(step, length, &out->steps[out->count]))
            return false;
        out->count++;
        step += length;
        if (*step == '\0')
            break;
    }
    out->statement = out->steps[0].statement;
    return true;
}

const char *failpoint_due(struct failpoint *failpoint, enum statement statement)
{
    if (failpoint == NULL || failpoint->statement != statement)
        return NULL;
    const struct failpoint_step *step = &failpoint->steps[failpoint->current];
    if (++failpoint->runs < step->nth)
        return NULL;
    if (!step->onward) {
        failpoint->current++;
        failpoint->runs = 0;
        failpoint->statement =
            failpoint->current < failpoint->count ? failpoint->steps[failpoint->current].statement : STATEMENT_COUNT;
    }
    return step->sqlstate;
}

bool store_failpoint_valid(const char *text)
{
    struct failpoint failpoint;

    return parse(text, &failpoint);
}

struct failpoints *store_failpoints_new(const char *text)
{
    struct failpoints *failpoints = text == NULL ? NULL : xcalloc(1, sizeof *failpoints);

    for (size_t i = 0; failpoints != NULL && i < STORE_USE_COUNT; i++)
        CHECK(parse(text, &failpoints->of[i])); /* store_failpoint_valid has been asked */
    return failpoints;
}

void store_failpoints_free(struct failpoints *failpoints)
{
    free(failpoints);
}
