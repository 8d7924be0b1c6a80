/* Lists of ids. */
#include "server/rules/ids.h"

#include "common/check.h"

bool ids_have(const int64_t *ids, int count, int64_t id)
{
    for (int i = 0; i < count; i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

void ids_add(int64_t *ids, int *count, int max, int64_t id)
{
    if (id != 0 && !ids_have(ids, *count, id)) {
        CHECK(*count < max);
        ids[(*count)++] = id;
    }
}

void ids_remove(int64_t *ids, int *count, int64_t id)
{
    int kept = 0;
    for (int i = 0; i < *count; i++) {
        if (ids[i] != id) {
            ids[kept++] = ids[i];
        }
    }
    *count = kept;
}
