/* Keys of rows for hash tables: without padding bytes, so that they can be hashed as memory. */
#ifndef CREDITD_COMMIT_ROW_KEY_H
#define CREDITD_COMMIT_ROW_KEY_H

#include "server/rules/model.h"

struct row_key {
    int64_t home, id;
};

static inline struct row_key row_key(struct key key)
{
    return (struct row_key){.home = key.home, .id = key.id};
}

#endif
