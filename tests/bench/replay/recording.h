/* Reading a recording (record.h) record by record, from memory. Ends the process when the file is not one. */
#ifndef CREDITD_BENCH_REPLAY_RECORDING_H
#define CREDITD_BENCH_REPLAY_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/record.h"

#define RECORD_PARAMETERS_MAX 64

struct recording {
    const char *path, *bytes;
    size_t size, at;
};

/* What it points to is in the recording. */
struct record {
    char kind;
    int32_t connection;
    const char *name; /* of the statement; of a query its text; "" of a sync */
    const char *text; /* of a statement that is prepared */
    int count;
    const char *values[RECORD_PARAMETERS_MAX];
    int lengths[RECORD_PARAMETERS_MAX], formats[RECORD_PARAMETERS_MAX];
};

/* Brings the whole file into memory. */
void recording_open(struct recording *recording, const char *path);
void recording_close(struct recording *recording);
/* The next record; false: that was the last. */
bool recording_next(struct recording *recording, struct record *out);

#endif
