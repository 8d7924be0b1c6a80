/* What stands before a server can serve: privileges, certificates, a database that is up, migrated and fits. All of it
 * is synchronous; the event loop does not run yet. */
#ifndef CREDITD_PREPARE_H
#define CREDITD_PREPARE_H

#include "server/certificates.h"
#include "server/config.h"
#include "server/embedded/embedded.h"
#include "server/rules/policy.h"
#include "server/store/store.h"

struct prepared {
    struct arena *arena;
    const char *policy_text;
    struct policy policy; /* of that text */
    const char *migrations;
    const char *certificate, *private_key, *ca; /* ca NULL: not made by us */
    struct certificates certificates;
    struct embedded embedded;
    const char *app_conninfo, *owner_conninfo; /* owner NULL: not given */
    struct store_start start;
    char message[1024]; /* what failed */
};

/* Reads what an unprivileged user might not reach, then gives up root's rights in embedded mode. */
enum exit_code prepare_process(struct prepared *prepared, const struct config *config, struct arena *arena);
/* Starts the embedded cluster, migrates, makes the first administrator, registers the policy, inspects. */
enum exit_code prepare_database(struct prepared *prepared, const struct config *config);
/* Reads the embedded certificates anew, making them where needed; nothing to do for given ones. */
bool prepare_certificates(struct prepared *prepared, const struct config *config);
/* --check-config: prints what is wrong, or "ok". */
enum exit_code prepare_check(const struct config *config, struct arena *arena);

#endif
