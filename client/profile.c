/* The configuration file and the session's token file. */
#include "client/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/text.h"

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* $NAME, which must be absolute by the XDG rules, else $HOME/rest. */
static const char *xdg(struct arena *arena, const char *name, const char *rest)
{
    const char *value = environment(name), *home = environment("HOME");

    if (value != NULL && value[0] == '/')
        return value;
    return arena_printf(arena, "%s/%s", home == NULL ? "" : home, rest);
}

static const char *text_of(const config_setting_t *group, struct arena *arena, const char *key)
{
    const char *value;

    return group != NULL && config_setting_lookup_string(group, key, &value) ? arena_strdup(arena, value) : NULL;
}

static bool unknown_profile(const char *path, const char *name, const config_setting_t *profiles,
                            struct failure *failure)
{
    const char *names[OPTIONS_MAX], *near;
    int count = 0;

    for (int i = 0; profiles != NULL && i < config_setting_length(profiles) && count < OPTIONS_MAX; i++)
        names[count++] = config_setting_name(config_setting_get_elem(profiles, (unsigned)i));
    failure_set(failure, EXIT_USAGE, "UNKNOWN_PROFILE", "profile", _("%s has no profile %s"), path, name);
    near = options_nearest(name, names, count);
    return near == NULL ? false : failure_hint(failure, _("did you mean -p %s?"), near);
}

static bool take_profile(const config_t *config, const char *path, const struct options *options, struct arena *arena,
                         struct profile *out, struct failure *failure)
{
    const config_setting_t *profiles = config_lookup(config, "profiles"), *group = NULL;
    const char *value;

    out->name = options_value(options, "profile");
    if (out->name == NULL)
        out->name = environment("CREDITCTL_PROFILE");
    if (out->name == NULL && config_lookup_string(config, "default_profile", &value))
        out->name = arena_strdup(arena, value);
    if (out->name == NULL)
        out->name = "default";
    if (profiles != NULL)
        group = config_setting_get_member(profiles, out->name);
    if (group == NULL && (options_has(options, "profile") || strcmp(out->name, "default") != 0))
        return unknown_profile(path, out->name, profiles, failure);
    out->server = text_of(group, arena, "server");
    out->server_name = text_of(group, arena, "server_name");
    out->ca = text_of(group, arena, "ca");
    out->login = text_of(group, arena, "login");
    out->token_file = text_of(group, arena, "token_file");
    out->state_dir = text_of(group, arena, "state_dir");
    out->lang = text_of(group, arena, "lang");
    out->tz = text_of(group, arena, "tz");
    return true;
}

static void take_defaults(const struct options *options, struct arena *arena, struct profile *out)
{
    const char *state = xdg(arena, "XDG_STATE_HOME", ".local/state");

    if (options_has(options, "server"))
        out->server = options_value(options, "server");
    else if (environment("CREDITCTL_SERVER") != NULL)
        out->server = environment("CREDITCTL_SERVER");
    if (options_has(options, "ca"))
        out->ca = options_value(options, "ca");
    else if (environment("CREDITCTL_CA") != NULL)
        out->ca = environment("CREDITCTL_CA");
    if (out->state_dir == NULL)
        out->state_dir = arena_printf(arena, "%s/creditctl/%s", state, out->name);
    if (environment("CREDITCTL_TOKEN_FILE") != NULL)
        out->token_file = environment("CREDITCTL_TOKEN_FILE");
    else if (out->token_file == NULL)
        out->token_file = arena_printf(arena, "%s/token", out->state_dir);
}

bool profile_read(const struct options *options, struct arena *arena, struct profile *out, struct failure *failure)
{
    const char *named = environment("CREDITCTL_CONFIG");
    const char *path =
        named != NULL ? named : arena_printf(arena, "%s/creditctl/config", xdg(arena, "XDG_CONFIG_HOME", ".config"));
    config_t config;
    bool ok = true;

    *out = (struct profile){.name = NULL};
    config_init(&config);
    if (named != NULL || access(path, F_OK) == 0) {
        if (!config_read_file(&config, path)) {
            if (config_error_type(&config) == CONFIG_ERR_FILE_IO)
                ok = failure_set(failure, EXIT_USAGE, "CONFIG", NULL, "%s: %s", path, strerror(errno));
            else
                ok = failure_set(failure, EXIT_USAGE, "CONFIG", NULL, "%s:%d: %s", path, config_error_line(&config),
                                 config_error_text(&config));
        }
    }
    ok = ok && take_profile(&config, path, options, arena, out, failure);
    config_destroy(&config);
    if (ok)
        take_defaults(options, arena, out);
    return ok;
}

/* ---- token ---- */

bool profile_token(const struct profile *profile, uint8_t token[TOKEN_BYTES], struct failure *failure)
{
    char text[2 * TOKEN_BYTES + 2] = "";
    struct stat status;
    int file = open(profile->token_file, O_RDONLY | O_CLOEXEC);
    ssize_t length;

    failure->code = EXIT_DONE;
    if (file < 0 && errno == ENOENT)
        return false;
    if (file < 0)
        return failure_set(failure, EXIT_LOGIN, "TOKEN_FILE", NULL, "%s: %s", profile->token_file, strerror(errno));
    if (fstat(file, &status) != 0 || (status.st_mode & 077) != 0) {
        close(file);
        failure_set(failure, EXIT_LOGIN, "TOKEN_FILE", NULL, _("%s can be read by others"), profile->token_file);
        return failure_hint(failure, "chmod 600 %s", profile->token_file);
    }
    length = read(file, text, sizeof text - 1);
    close(file);
    if (length < 2 * TOKEN_BYTES || sodium_hex2bin(token, TOKEN_BYTES, text, 2 * TOKEN_BYTES, NULL, NULL, NULL) != 0)
        return failure_set(failure, EXIT_LOGIN, "TOKEN_FILE", NULL, _("%s holds no token"), profile->token_file);
    return true;
}

bool profile_make_directory(const char *path, struct failure *failure)
{
    char part[4096];

    snprintf(part, sizeof part, "%s", path);
    for (char *p = part + 1;; p++) {
        char c = *p;
        if (c != '/' && c != '\0')
            continue;
        *p = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return failure_set(failure, EXIT_FAILED, "STATE_DIR", NULL, "%s: %s", part, strerror(errno));
        if (c == '\0')
            return true;
        *p = c;
    }
}

bool profile_set_token(const struct profile *profile, const uint8_t *token, struct failure *failure)
{
    char directory[4096], fresh[4200], text[2 * TOKEN_BYTES + 2];
    char *slash;
    int file;
    bool ok;

    if (token == NULL)
        return unlink(profile->token_file) == 0 || errno == ENOENT ||
               failure_set(failure, EXIT_FAILED, "TOKEN_FILE", NULL, "%s: %s", profile->token_file, strerror(errno));
    snprintf(directory, sizeof directory, "%s", profile->token_file);
    slash = strrchr(directory, '/');
    if (slash != NULL && slash != directory) {
        *slash = '\0';
        if (!profile_make_directory(directory, failure))
            return false;
    }
    sodium_bin2hex(text, sizeof text, token, TOKEN_BYTES);
    text[2 * TOKEN_BYTES] = '\n';
    snprintf(fresh, sizeof fresh, "%s.new", profile->token_file);
    file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ok = file >= 0 && write(file, text, 2 * TOKEN_BYTES + 1) == 2 * TOKEN_BYTES + 1 && fsync(file) == 0;
    if (file >= 0)
        close(file);
    if (!ok || rename(fresh, profile->token_file) != 0)
        return failure_set(failure, EXIT_FAILED, "TOKEN_FILE", NULL, "%s: %s", profile->token_file, strerror(errno));
    return true;
}
