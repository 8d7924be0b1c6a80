/* The order of a start, up to the event loop. */
#include "server/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "server/administrator.h"
#include "server/policy_file.h"
#include "common/address.h"
#include "server/wire/wire.h"

static bool read_policy(struct prepared *prepared, const struct config *config)
{
    char *text = policy_read_file(config->policy, prepared->arena, prepared->message, sizeof prepared->message);

    prepared->policy_text = text;
    return text != NULL && policy_check_text(config->policy, text, prepared->message, sizeof prepared->message) &&
           policy_parse(config->policy, text, prepared->arena, &prepared->policy, prepared->message,
                        sizeof prepared->message);
}

/* The file as what is proposed: not one that an older server has made the policy, and that is known only. */
static bool check_new(struct prepared *prepared, const struct config *config)
{
    return policy_check_new(config->policy, prepared->policy_text, &prepared->policy, prepared->message,
                            sizeof prepared->message);
}

static bool check_policy(struct prepared *prepared, const struct config *config)
{
    return read_policy(prepared, config) && check_new(prepared, config);
}

/* The source tree may stand where only root can go; an open directory stays reachable. */
static void hold_migrations(struct prepared *prepared, const struct config *config)
{
    int fd =
        geteuid() == 0 && config->embedded != NULL ? open(config->migrations, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

    prepared->migrations = fd < 0 ? config->migrations : arena_printf(prepared->arena, "/proc/self/fd/%d", fd);
}

enum exit_code prepare_process(struct prepared *prepared, const struct config *config, struct arena *arena)
{
    prepared->arena = arena;
    prepared->certificate = config->tls_certificate;
    prepared->private_key = config->tls_key;
    if (!read_policy(prepared, config))
        return EXIT_CONFIG;
    if (config->embedded == NULL) {
        prepared->migrations = config->migrations;
        return EXIT_OK;
    }
    hold_migrations(prepared, config);
    if (!embedded_drop_privileges(config->embedded, prepared->message, sizeof prepared->message))
        return EXIT_CONFIG;
    return EXIT_OK;
}

bool prepare_certificates(struct prepared *prepared, const struct config *config)
{
    char host[ADDRESS_HOST_BYTES], port[ADDRESS_PORT_BYTES];

    if (config->tls_certificate != NULL || config->embedded == NULL)
        return true;
    if (!address_split(config->listen, host, port)) {
        snprintf(prepared->message, sizeof prepared->message, "listen: \"%s\" is not HOST:PORT", config->listen);
        return false;
    }
    if (!certificates_prepare(prepared->embedded.directory, host, &prepared->certificates, prepared->message,
                              sizeof prepared->message))
        return false;
    prepared->certificate = prepared->certificates.server;
    prepared->private_key = prepared->certificates.server_key;
    prepared->ca = prepared->certificates.ca;
    return true;
}

static bool start_cluster(struct prepared *prepared, const struct config *config)
{
    struct embedded *embedded = &prepared->embedded;

    if (!embedded_start(embedded, config->embedded)) {
        snprintf(prepared->message, sizeof prepared->message, "%s", embedded->message);
        return false;
    }
    prepared->app_conninfo = arena_strdup(prepared->arena, embedded->app_conninfo);
    prepared->owner_conninfo = arena_strdup(prepared->arena, embedded->owner_conninfo);
    return store_create_database(embedded->superuser_conninfo, &prepared->start);
}

static bool migrate(struct prepared *prepared, const struct config *config, struct store_owner *owner)
{
    store_migrate(owner, prepared->migrations, config->test_clock ? &config->test_clock_offset_us : NULL,
                  config->limits.database_connections_max, &prepared->start);
    return prepared->start.ok;
}

/* What is for tests only never touches a database with a real clock. */
static bool tests_only(struct prepared *prepared, const struct config *config)
{
    if (prepared->start.test_clock || (config->failpoint == NULL && !config->cheap_passwords))
        return true;
    snprintf(prepared->message, sizeof prepared->message,
             "--failpoint and --cheap-passwords need a database that was made with --test-clock");
    return false;
}

static bool make_administrator(struct prepared *prepared, const struct config *config, struct store_owner *owner)
{
    const char *file = config->admin_password_file;

    if (file == NULL && config->embedded != NULL)
        file = arena_printf(prepared->arena, "%s/admin.password", prepared->embedded.directory);
    if (file == NULL)
        return true; /* without a place for its password no administrator is made */
    return administrator_make(owner, file, config->zone, config->cheap_passwords, prepared->message,
                              sizeof prepared->message);
}

static enum exit_code failed(struct prepared *prepared)
{
    if (prepared->message[0] == '\0')
        snprintf(prepared->message, sizeof prepared->message, "%s", prepared->start.message);
    return EXIT_DEPENDENCY;
}

static enum exit_code register_policy(struct prepared *prepared, const struct config *config, struct store_owner *owner)
{
    bool has;

    if (!store_has_policy(owner, &has, &prepared->start))
        return failed(prepared);
    if (!has && !check_new(prepared, config))
        return EXIT_CONFIG;
    return has || store_register_policy(owner, prepared->policy_text, &prepared->start) ? EXIT_OK : failed(prepared);
}

static enum exit_code prepare_as_owner(struct prepared *prepared, const struct config *config,
                                       struct store_owner *owner)
{
    if (!migrate(prepared, config, owner))
        return failed(prepared);
    if (config->task == TASK_MIGRATE)
        return EXIT_OK;
    if (!tests_only(prepared, config))
        return EXIT_CONFIG;
    if (!make_administrator(prepared, config, owner))
        return failed(prepared);
    return register_policy(prepared, config, owner);
}

static enum exit_code prepare_schema(struct prepared *prepared, const struct config *config)
{
    struct store_owner *owner = store_owner_open(prepared->owner_conninfo, &prepared->start);
    enum exit_code code = owner == NULL ? failed(prepared) : prepare_as_owner(prepared, config, owner);

    store_owner_close(owner);
    return code;
}

enum exit_code prepare_database(struct prepared *prepared, const struct config *config)
{
    enum exit_code code = EXIT_OK;

    prepared->message[0] = '\0';
    prepared->app_conninfo = config->database;
    prepared->owner_conninfo = config->owner_database;
    if (config->embedded != NULL && !start_cluster(prepared, config))
        return failed(prepared);
    if (!prepare_certificates(prepared, config))
        return EXIT_CONFIG;
    if (prepared->owner_conninfo != NULL)
        code = prepare_schema(prepared, config);
    if (code != EXIT_OK || config->task == TASK_MIGRATE)
        return code;
    store_inspect(prepared->app_conninfo, &prepared->start);
    if (!prepared->start.ok)
        return failed(prepared);
    return tests_only(prepared, config) ? EXIT_OK : EXIT_CONFIG;
}

static bool check_listen(struct prepared *prepared, const struct config *config)
{
    char host[ADDRESS_HOST_BYTES], port[ADDRESS_PORT_BYTES];

    if (address_split(config->listen, host, port))
        return true;
    snprintf(prepared->message, sizeof prepared->message, "listen: \"%s\" is not HOST:PORT", config->listen);
    return false;
}

static bool check_certificate(struct prepared *prepared, const struct config *config)
{
    return config->tls_certificate == NULL || wire_check_certificate(config->tls_certificate, config->tls_key,
                                                                     prepared->message, sizeof prepared->message);
}

enum exit_code prepare_check(const struct config *config, struct arena *arena)
{
    static bool (*const checks[])(struct prepared *, const struct config *) = {check_listen, check_certificate,
                                                                               check_policy};
    struct prepared prepared = {.arena = arena};
    enum exit_code code = EXIT_OK;

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (checks[i](&prepared, config))
            continue;
        printf("%s\n", prepared.message);
        code = EXIT_CONFIG;
    }
    if (code == EXIT_OK)
        printf("ok\n");
    return code;
}
