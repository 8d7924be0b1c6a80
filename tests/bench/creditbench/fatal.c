/* One message, and the end. */
#include "tests/bench/creditbench/fatal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fatal(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fprintf(stderr, "creditbench: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(1);
}
