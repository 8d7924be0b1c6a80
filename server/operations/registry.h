/* The descriptors of all operations, from registry.def. */
#ifndef CREDITD_OPERATIONS_REGISTRY_H
#define CREDITD_OPERATIONS_REGISTRY_H

#include "server/operations/call.h"

#define OPERATION(name) extern const struct operation operation_##name;
#include "server/operations/registry.def"
#undef OPERATION

#endif
