/* The table of settings, and what reads it: the file through common/settings, the environment here. */
#include "server/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/store/store.h"
#include "common/check.h"
#include "common/civil.h"
#include "common/log.h"
#include "common/settings.h"
#include "server/log_levels.h"
#include "server/options.h"

/* Where an installation has its settings; the build says. Other files are found from where the program is. */
#ifndef CREDITD_SYSCONF
#define CREDITD_SYSCONF "/etc"
#endif
#define TEXT_MAX  4095
#define KEY_BYTES 64

#define TEXT_ROW(key, member)                                                                                          \
    {                                                                                                                  \
        SETTING_TEXT(key, struct config, member, 1, TEXT_MAX), .optional = true                                        \
    }
static const struct setting table[] = {
    TEXT_ROW("embedded", embedded),
    TEXT_ROW("database", database),
    TEXT_ROW("owner_database", owner_database),
    TEXT_ROW("listen", listen),
    TEXT_ROW("unix", unix_socket),
    TEXT_ROW("tls.certificate", tls_certificate),
    TEXT_ROW("tls.key", tls_key),
    TEXT_ROW("policy", policy),
    TEXT_ROW("migrations", migrations),
    TEXT_ROW("admin_password_file", admin_password_file),
    TEXT_ROW("zone", zone),
    {SETTING_WORD("log_level", struct config, log_level, log_levels), .optional = true},
    {SETTING_INT("workers", struct config, workers, 1, WORKERS_MAX), .optional = true},
#define LIMIT(name, value, least, most, reloadable, what)                                                              \
    {SETTING_INT("limits." #name, struct config, limits.name, least, most), .optional = true},
#include "server/limits.def"
#undef LIMIT
    {0},
};

/* ---- defaults ---- */

/* A file of the source tree when the program runs from its build directory, else one of the installation: an absolute
 * path, or one from the directory above that of the program. */
static const char *find_data(struct arena *arena, const char *in_tree, const char *installed)
{
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash, *path;

    if (length <= 0)
        return installed;
    program[length] = '\0';
    slash = strrchr(program, '/');
    CHECK(slash != NULL);
    *slash = '\0';
    path = arena_printf(arena, "%s/../%s", program, in_tree);
    if (access(path, R_OK) == 0)
        return path;
    return installed[0] == '/' ? installed : arena_printf(arena, "%s/../%s", program, installed);
}

static void set_defaults(struct config *config, struct arena *arena)
{
    *config = (struct config){
        .listen = "127.0.0.1:7443",
        .zone = "Asia/Shanghai",
        .log_level = LOG_LEVEL_INFO,
        .workers = 1,
        .policy = find_data(arena, "deploy/policy.cfg", CREDITD_SYSCONF "/creditd/policy.cfg"),
        .migrations = find_data(arena, "server/store/migrations", "share/creditd/migrations"),
        .limits =
            {
#define LIMIT(name, value, least, most, reloadable, what) .name = (value),
#include "server/limits.def"
#undef LIMIT
            },
    };
}

/* ---- file ---- */

static bool read_file(const char *path, struct arena *arena, struct config *config, char *message, size_t message_bytes)
{
    char *text = settings_read_file(path, arena, message, message_bytes);
    struct settings *settings;
    bool filled;

    if (text == NULL)
        return false;
    settings = settings_parse(path, text, message, message_bytes);
    if (settings == NULL)
        return false;
    filled = settings_fill(settings, table, arena, config);
    settings_free(settings);
    return filled;
}

/* ---- environment ---- */

/* "tls.certificate" -> "CREDITD_TLS_CERTIFICATE" */
static void variable_name(const char *key, char out[KEY_BYTES])
{
    int length = snprintf(out, KEY_BYTES, "CREDITD_%s", key);

    CHECK(length > 0 && length < KEY_BYTES);
    for (char *at = out; *at != '\0'; at++)
        *at = *at == '.' ? '_' : (char)toupper((unsigned char)*at);
}

static bool read_number(const char *text, const struct setting *row, int *out)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < row->min || value > row->max)
        return false;
    *out = (int)value;
    return true;
}

static bool take_variable(const struct setting *row, const char *name, const char *value, struct config *config,
                          char *message, size_t message_bytes)
{
    char *member = (char *)config + row->offset;
    int number;

    switch (row->type) {
    case SETTING_TYPE_INT:
        if (read_number(value, row, (int *)(void *)member))
            return true;
        snprintf(message, message_bytes, "%s: must be a whole number from %lld to %lld", name, (long long)row->min,
                 (long long)row->max);
        return false;
    case SETTING_TYPE_WORD:
        number = word_number(row->words, value);
        if (number >= 0) {
            *(int *)(void *)member = number;
            return true;
        }
        snprintf(message, message_bytes, "%s: \"%s\" is not one of its values", name, value);
        return false;
    default:
        CHECK(row->type == SETTING_TYPE_TEXT);
        *(const char **)(void *)member = value;
        return true;
    }
}

static bool read_environment(struct config *config, char *message, size_t message_bytes)
{
    char name[KEY_BYTES];

    for (const struct setting *row = table; row->key != NULL; row++) {
        const char *value;

        variable_name(row->key, name);
        value = getenv(name);
        if (value != NULL && value[0] != '\0' && !take_variable(row, name, value, config, message, message_bytes))
            return false;
    }
    return true;
}

/* ---- all together ---- */

static enum exit_code check_together(const struct config *config, char *message, size_t message_bytes)
{
    const char *wrong = NULL;

    if (config->task == TASK_HELP || config->task == TASK_VERSION)
        return EXIT_OK;
    if (!zone_valid(config->zone))
        wrong = "zone is not the name of a time zone";
    else if ((config->embedded == NULL) == (config->database == NULL))
        wrong = "give one of --embedded DIR and --database CONNINFO";
    else if (config->embedded != NULL && config->owner_database != NULL)
        wrong = "--owner-database does not go with --embedded";
    else if ((config->tls_certificate == NULL) != (config->tls_key == NULL))
        wrong = "tls.certificate and tls.key go together";
    else if (config->database != NULL && config->tls_certificate == NULL && config->task == TASK_SERVE)
        wrong = "tls.certificate and tls.key are needed with --database";
    else if (config->task == TASK_MIGRATE && config->database != NULL && config->owner_database == NULL)
        wrong = "--migrate needs --owner-database";
    else if (config->limits.session_idle_s > config->limits.session_absolute_s)
        wrong = "limits.session_idle_s is greater than limits.session_absolute_s";
    if (wrong == NULL && store_failpoint_valid(config->failpoint))
        return EXIT_OK;
    if (wrong == NULL)
        snprintf(message, message_bytes, "--failpoint: \"%s\" is no list of STATEMENT=error@N or STATEMENT=conflict@N",
                 config->failpoint);
    else
        snprintf(message, message_bytes, "%s", wrong);
    return EXIT_CONFIG;
}

enum exit_code config_read(int argc, char **argv, struct arena *arena, struct config *config, char *message,
                           size_t message_bytes)
{
    struct config scratch = {0};

    /* Once for the name of the file, once more to win over it. */
    if (!options_read(argc, argv, &scratch, message, message_bytes))
        return EXIT_USAGE;
    set_defaults(config, arena);
    if (scratch.file == NULL)
        scratch.file = getenv("CREDITD_CONFIG");
    if (scratch.file != NULL && !read_file(scratch.file, arena, config, message, message_bytes))
        return EXIT_CONFIG;
    if (!read_environment(config, message, message_bytes))
        return EXIT_CONFIG;
    CHECK(options_read(argc, argv, config, message, message_bytes));
    config->file = scratch.file;
    return check_together(config, message, message_bytes);
}

/* ---- reload ---- */

static bool reloadable(const char *key)
{
    static const char *const keys[] = {
        "log_level",
#define LIMIT(name, value, least, most, reloadable, what) (reloadable) ? "limits." #name : NULL,
#include "server/limits.def"
#undef LIMIT
    };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i] != NULL && strcmp(keys[i], key) == 0)
            return true;
    return false;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Texts can hold a password, so a change of one is named without its values. */
static void take_over_row(const struct setting *row, struct config *running, const struct config *fresh)
{
    char *old = (char *)running + row->offset;
    const char *new = (const char *)fresh + row->offset;

    if (row->type == SETTING_TYPE_TEXT) {
        if (!same_text(*(const char *const *)(const void *)old, *(const char *const *)(const void *)new))
            log_warning("reload: %s has changed, needs a restart", row->key);
        return;
    }
    if (memcmp(old, new, sizeof(int)) == 0)
        return;
    log_info("reload: %s %d -> %d%s", row->key, *(const int *)(const void *)old, *(const int *)(const void *)new,
             reloadable(row->key) ? "" : ", needs a restart");
    if (reloadable(row->key))
        memcpy(old, new, sizeof(int));
}

void config_take_over(struct config *running, const struct config *fresh)
{
    for (const struct setting *row = table; row->key != NULL; row++)
        take_over_row(row, running, fresh);
}
