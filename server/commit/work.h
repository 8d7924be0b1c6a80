/* The working copy of a batch: the rows as loaded, and as they stand after the commands decided so far. Memory comes
 * from the batch's arena. */
#ifndef CREDITD_COMMIT_WORK_H
#define CREDITD_COMMIT_WORK_H

#include "common/arena.h"
#include "server/commit/command.h"
#include "server/store/store.h"

struct work;

/* A working copy over what was loaded. */
struct work *work_new(struct arena *arena, const struct loaded *loaded);
/* Did the statements that loaded see one customer at two moments? Then a row of before and one of after a commit of
 * another server stand side by side, and nothing can be decided on them. */
bool work_is_torn(const struct work *work);
/* Frees the tables; rows stay with the arena. */
void work_free(struct work *work);

/* The row as it stands, or NULL. */
const struct customer *work_customer(const struct work *work, struct key key);
/* Looked after by the region as the organisation stands, or else of the region's home. Without a home: whoever has the
 * number. NULL and *several when that is more than one. */
const struct customer *work_customer_named(const struct work *work, const struct organisation *org,
                                           const struct customer_named *named, bool *several);
/* The newest version. */
const struct trade *work_trade(const struct work *work, int16_t home, const char *document);
const struct trade_import *work_import(const struct work *work, struct key key);
const struct trade_import *work_open_import(const struct work *work, const struct import_source *source);
const struct import_customer *work_import_customer(const struct work *work, struct key customer, int64_t import_id);
const struct application *work_application(const struct work *work, struct key key);
/* The outcome stored under an id, by an earlier transaction or an earlier command of this batch; or NULL. */
const struct stored_command *work_command(const struct work *work, struct command_key key);
/* A fresh row number. CHECKs that one was drawn for each command that asked, or for each of its rows. */
int64_t work_take_number(struct work *work);
/* Has the batch written this row? Its application cannot have been written without it. */
bool work_writes_customer(const struct work *work, struct key key);
/* How many of the loaded numbers have been taken. */
size_t work_numbers_taken(const struct work *work);

/* Takes over what an accepted command, or one row of it, changes: numbers and hashes its events, moves the chain,
 * replaces the rows, keeps the version of a trade that is replaced. `command` gives id and actor, `now` the time. */
void work_accept(struct work *work, const struct command *command, int64_t now, struct effects *effects);
/* Notes the outcome to be stored for a command. */
void work_outcome(struct work *work, const struct command *command);
/* All that the batch changes, in the arena. */
void work_change_set(struct work *work, struct change_set *out);

#endif
