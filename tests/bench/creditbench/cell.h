/* Cells: what standard input asks for, one per line as key=value words. */
#ifndef CREDITBENCH_CELL_H
#define CREDITBENCH_CELL_H

#include <stdbool.h>
#include <stddef.h>

enum cell_kind { CELL_STEPS, CELL_INBOX, CELL_IDLE, CELL_HANDSHAKES, CELL_DRAIN };

struct cell {
    enum cell_kind kind;
    int port;
    int connections; /* of handshakes: at once */
    int outstanding; /* requests of one connection that wait for their answers */
    double seconds, warmup;
    int total;       /* bound of what is outstanding on all connections; 0: none */
    double rate;     /* open loop: requests per second; 0: closed loop */
    int part, parts; /* which customers of the roster: the part-th (from 1) of so many parts */
    bool sorted;     /* inbox: check that the oldest due come first */
};

/* Reads a line; false: the message says why. Every cell needs kind and port. */
bool cell_parse(const char *line, struct cell *out, char *message, size_t message_bytes);

#endif
