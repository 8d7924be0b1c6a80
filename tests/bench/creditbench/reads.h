/* Cells that change nothing: inboxes, idle connections, handshakes. */
#ifndef CREDITBENCH_READS_H
#define CREDITBENCH_READS_H

#include <openssl/ssl.h>

#include "tests/bench/creditbench/book.h"
#include "tests/bench/creditbench/cell.h"
#include "tests/bench/creditbench/link.h"

/* kind=inbox: approvers read the first page of their inbox, again and again. */
void inbox_run(const struct cell *cell, const struct book *book, SSL_CTX *context);
/* kind=handshakes: connects, says hello, closes; so many at once. */
void handshakes_run(const struct cell *cell, SSL_CTX *context);
/* kind=idle: connections with a session, which the caller closes with links_end(). */
void idle_open(const struct cell *cell, const struct book *book, SSL_CTX *context, struct links *links);

#endif
