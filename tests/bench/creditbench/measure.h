/* What is measured in a cell between two instants, and the line of JSON that tells it. */
#ifndef CREDITBENCH_MEASURE_H
#define CREDITBENCH_MEASURE_H

#include <jansson.h>

#include "tests/bench/creditbench/histogram.h"
#include "tests/bench/creditbench/link.h"

struct measure {
    int64_t begin, end;   /* nanoseconds; 0: not yet */
    int64_t began, ended; /* the same of the calendar, for whoever measures beside it */
    int64_t cpu;          /* nanoseconds of this process, between the two */
    uint64_t sent, received;
    struct histogram latency;
};

void measure_begin(struct measure *measure, const struct links *links);
void measure_end(struct measure *measure, const struct links *links);
/* The latency of something that could first have been done at `start` and was done at `now`, when it belongs between
 * the two instants. */
void measure_latency(struct measure *measure, int64_t start, int64_t now);
/* A report of `count` things called `name` (steps, answers, handshakes): it, seconds, rate, latencies, bytes, cpu_s,
 * and began and ended in seconds since 1970. */
json_t *measure_report(const struct measure *measure, const char *name, uint64_t count);
/* Prints a report on one line and frees it. */
void report_print(json_t *report);

#endif
