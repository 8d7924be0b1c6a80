/* Requests to bytes and answers from bytes, by hand: nothing is allocated, and of an answer only what is checked is
 * read. Numbers of fields are those of the .proto files. */
#ifndef CREDITBENCH_MESSAGE_H
#define CREDITBENCH_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/uuid.h"
#include "tests/bench/creditbench/book.h"

#define REQUEST_BYTES_MAX 512 /* of each request here, with the header of its frame */

/* Each writes one frame with this request id at `out` and gives its length. */
size_t write_hello(uint8_t *out, uint64_t id);
size_t write_resume(uint8_t *out, uint64_t id, const uint8_t token[TOKEN_BYTES]);
size_t write_inbox(uint8_t *out, uint64_t id, unsigned limit);
/* The step of this customer under this command id: the same bytes whenever the customer is as it was. */
size_t write_step(uint8_t *out, uint64_t id, enum step step, struct uuid command, const struct customer *customer);

/* A new command id: version 7, in the order of time within this process. */
struct uuid new_command_id(void);

struct text {
    const char *bytes;
    size_t length;
};
struct shown_application {
    struct text id;
    int64_t state, version, due_us;
};
struct answer {
    int64_t status, reason, version, retry_after_ms;
    bool retryable;
    struct text entity, body;
};

/* False: it is no message. What is absent is 0. */
bool read_answer(const uint8_t *bytes, size_t length, struct answer *out);
/* The application of an ApplicationAnswer. */
bool read_application(struct text body, struct shown_application *out);
/* Goes through the applications of an ApplicationListAnswer; *at begins as the body. False: there are no more, and
 * `at->length` is 0 when all was read well. *more is set when the list has a `next`. */
bool next_listed(struct text *at, struct shown_application *out, bool *more);
/* Writes all that an answer says on one line of standard error. */
void tell_answer(const uint8_t *bytes, size_t length);

#endif
