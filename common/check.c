/* The end of a process that found a mistake of its own, and allocation that ends it. */
#include "common/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void check_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, condition);
    abort();
}

void *xcalloc(unsigned long count, unsigned long size)
{
    /* Not 0 bytes, for which calloc() may give NULL. */
    void *memory = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    CHECK(memory != NULL);
    return memory;
}

char *xstrdup(const char *text)
{
    char *copy = strdup(text);
    CHECK(copy != NULL);
    return copy;
}
