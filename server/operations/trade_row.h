/* The rows of an import's chunk: what each says, and what it makes of customer and trade. */
#ifndef CREDITD_OPERATIONS_TRADE_ROW_H
#define CREDITD_OPERATIONS_TRADE_ROW_H

#include "server/operations/call.h"
#include "trade.pb-c.h"

#define CHUNK_ROWS_MAX 256

struct row_refusal {
    uint32_t row;
    enum reason reason;
    const char *field;   /* static */
    char arguments[320]; /* lines "name=value\n" */
};
/* What became of the rows of a chunk, in one attempt to decide it. */
struct chunk {
    uint32_t added, changed, unchanged, customers_added, touched;
    bool was_unchanged[CHUNK_ROWS_MAX]; /* the row said what was there already */
    struct row_refusal refusals[CHUNK_ROWS_MAX];
    uint32_t refused;
};

/* What the rows name, for the load list; rows that name nothing are there too. */
const struct command_row *trade_rows_named(const struct call *call, const Creditd__V1__TradeRow *const *rows,
                                           size_t count);
/* Decides one row (command_kind.decide_row) and notes in `chunk` what became of it. */
bool trade_row_decide(struct command *command, size_t row, const struct situation *s, bool create_customers,
                      struct chunk *chunk, struct arena *arena, struct effects *effects);

#endif
