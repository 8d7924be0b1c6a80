/* The monotonic clock, in nanoseconds. */
#ifndef CREDITBENCH_CLOCK_H
#define CREDITBENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)
#define AGAIN_NS  (SECOND_NS / 500) /* how exactly what was told to come again is sent again */
#define FINISH_NS (60 * SECOND_NS)  /* in which the last answers come */

static inline int64_t clock_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static inline int64_t seconds_ns(double seconds)
{
    return (int64_t)(seconds * (double)SECOND_NS);
}

static inline int64_t now_ns(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

#endif
