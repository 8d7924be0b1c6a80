/* Durations to places and back. */
#include "tests/bench/creditbench/histogram.h"

#include <math.h>

#include "common/check.h"

#define HALF (HISTOGRAM_EXACT / 2)

/* A value of the n-th doubling is shifted by n, so that HALF ... 2 HALF - 1 is left of it. */
static size_t place_of(uint64_t value)
{
    unsigned shift;

    if (value < HISTOGRAM_EXACT)
        return (size_t)value;
    shift = 53 - (unsigned)__builtin_clzll(value); /* of 2,048: 1 */
    return (size_t)(HISTOGRAM_EXACT + (uint64_t)(shift - 1) * HALF + (value >> shift) - HALF);
}

static uint64_t upper_end(size_t place)
{
    uint64_t above, shift;

    if (place < HISTOGRAM_EXACT)
        return place;
    above = place - HISTOGRAM_EXACT;
    shift = above / HALF + 1;
    return ((above % HALF + HALF + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t microseconds)
{
    size_t place;

    if (microseconds > HISTOGRAM_LONGEST)
        microseconds = HISTOGRAM_LONGEST;
    place = place_of(microseconds);
    CHECK(place < HISTOGRAM_PLACES);
    histogram->places[place]++;
    histogram->total++;
    if (microseconds > histogram->longest)
        histogram->longest = microseconds;
}

uint64_t histogram_at(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)ceil(share * (double)histogram->total), passed = 0;

    for (size_t place = 0; place < HISTOGRAM_PLACES; place++) {
        passed += histogram->places[place];
        if (passed >= wanted && passed > 0)
            return upper_end(place) < histogram->longest ? upper_end(place) : histogram->longest;
    }
    return 0;
}
