/* Counts of durations in microseconds, exact to three significant digits: up to 2,047 each value has its own count,
 * then each doubling has 1,024 counts. Nothing is sampled or lost; longer than an hour counts as an hour. */
#ifndef CREDITBENCH_HISTOGRAM_H
#define CREDITBENCH_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_EXACT   2048u       /* below, a value is its own place */
#define HISTOGRAM_LONGEST 3600000000u /* microseconds */
#define HISTOGRAM_PLACES  (HISTOGRAM_EXACT + 21 * (HISTOGRAM_EXACT / 2))

struct histogram {
    uint64_t total, longest; /* counted, and the largest value as it was */
    uint32_t places[HISTOGRAM_PLACES];
};

void histogram_add(struct histogram *histogram, uint64_t microseconds);
/* The least value that `share` (0 ... 1) of all are not above, 0 when there are none: the upper end of its place, but
 * never above the longest. */
uint64_t histogram_at(const struct histogram *histogram, double share);

#endif
