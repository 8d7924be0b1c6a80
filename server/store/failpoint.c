/* Reading of failpoints. */
#include "server/store/failpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool parse_when(const char *text, struct failpoint *out)
{
    char *end;

    errno = 0;
    out->nth = strtol(text, &end, 10);
    out->onward = *end == '+';
    return errno == 0 && text[0] >= '0' && text[0] <= '9' && out->nth > 0 && end[out->onward] == '\0';
}

bool failpoint_parse(const char *text, struct failpoint *out)
{
    *out = (struct failpoint){.statement = STATEMENT_COUNT};
    if (text == NULL)
        return true;
    const char *kind = strchr(text, '='), *when = kind == NULL ? NULL : strchr(kind, '@');
    if (when == NULL || !parse_when(when + 1, out))
        return false;
    size_t kind_length = (size_t)(when - kind - 1), name_length = (size_t)(kind - text);
    if (kind_length == strlen("error") && strncmp(kind + 1, "error", kind_length) == 0)
        out->sqlstate = "XX000";
    else if (kind_length == strlen("conflict") && strncmp(kind + 1, "conflict", kind_length) == 0)
        out->sqlstate = "CR001";
    else
        return false;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        if (strlen(statement_names[i]) == name_length && strncmp(statement_names[i], text, name_length) == 0)
            out->statement = (enum statement)i;
    return out->statement != STATEMENT_COUNT;
}

bool store_failpoint_valid(const char *text)
{
    struct failpoint failpoint;

    return failpoint_parse(text, &failpoint);
}
