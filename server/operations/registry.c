/* Every operation the server knows. */
#include "server/operations/registry.h"

const struct operation *const operations[] = {
#define OPERATION(name) &operation_##name,
#include "server/operations/registry.def"
#undef OPERATION
    NULL,
};
