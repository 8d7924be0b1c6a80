/* Sums over trades before they are cut to 64 bits, for the function from scratch and for its course. Internal to the
 * rules on standing. */
#ifndef CREDITD_RULES_TALLY_H
#define CREDITD_RULES_TALLY_H

#include "server/rules/evaluation.h"
#include "server/rules/wide.h"

struct tally {
    wide volume, due_minor, fulfilled_minor;
    int64_t volume_trades, due, fulfilled, not_converted;
};

/* Where a trade counts on a date. */
enum part {
    PART_VOLUME,       /* in the volume */
    PART_RATE,         /* among the due ones, and the fulfilled ones when it is */
    PART_NOT_CONVERTED /* it would count in one of them, but its currency has no rate */
};

/* Adds the trade, whose converted amount is `minor`, to a part (sign 1), or takes it away (-1). */
void tally_count(struct tally *tally, enum part part, const struct trade *trade, int64_t minor, int sign);
/* The sums as they are judged; what is more than INT64_MAX is INT64_MAX. */
struct trade_sum tally_sum(const struct tally *tally);

#endif
