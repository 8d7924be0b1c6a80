/* Cells of steps: submit, verify, approve and record, each by the person of its role. */
#ifndef CREDITBENCH_STEPS_H
#define CREDITBENCH_STEPS_H

#include <openssl/ssl.h>

#include "tests/bench/creditbench/book.h"
#include "tests/bench/creditbench/cell.h"

/* kind=steps: fills the queues, warms up, measures, waits for the last answers, reports. */
void steps_run(const struct cell *cell, struct book *book, SSL_CTX *context);
/* kind=drain: takes every open case to its end. */
void steps_drain(const struct cell *cell, struct book *book, SSL_CTX *context);

#endif
