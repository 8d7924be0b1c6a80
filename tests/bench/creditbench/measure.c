/* Figures of a cell. */
#include "tests/bench/creditbench/measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "tests/bench/creditbench/clock.h"

void measure_begin(struct measure *measure, const struct links *links)
{
    links_bytes(links, &measure->sent, &measure->received);
    measure->cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    measure->began = clock_of(CLOCK_REALTIME);
    measure->begin = now_ns();
}

void measure_end(struct measure *measure, const struct links *links)
{
    uint64_t sent, received;

    measure->end = now_ns();
    measure->ended = clock_of(CLOCK_REALTIME);
    measure->cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - measure->cpu;
    links_bytes(links, &sent, &received);
    measure->sent = sent - measure->sent;
    measure->received = received - measure->received;
}

void measure_latency(struct measure *measure, int64_t start, int64_t now)
{
    if (measure->begin != 0 && start >= measure->begin && (measure->end == 0 || start < measure->end))
        histogram_add(&measure->latency, (uint64_t)(now - start) / 1000);
}

static double seconds(int64_t nanoseconds)
{
    return (double)nanoseconds / (double)SECOND_NS;
}

static double milliseconds(const struct measure *measure, double share)
{
    return (double)histogram_at(&measure->latency, share) / 1000;
}

json_t *measure_report(const struct measure *measure, const char *name, uint64_t count)
{
    double lasted = seconds(measure->end - measure->begin);
    json_t *report = json_pack(
        "{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:f, s:f, s:f, s:i}", name, (json_int_t)count, "seconds", lasted,
        "rate", (double)count / lasted, "p50_ms", milliseconds(measure, 0.5), "p90_ms", milliseconds(measure, 0.9),
        "p99_ms", milliseconds(measure, 0.99), "max_ms", milliseconds(measure, 1), "bytes_sent",
        (json_int_t)measure->sent, "bytes_received", (json_int_t)measure->received, "cpu_s", seconds(measure->cpu),
        "began", seconds(measure->began), "ended", seconds(measure->ended), "wrong", 0);

    CHECK(report != NULL);
    return report;
}

void report_print(json_t *report)
{
    char *line = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(15));

    CHECK(line != NULL);
    puts(line);
    fflush(stdout);
    free(line);
    json_decref(report);
}
