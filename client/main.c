/* creditctl: reads the command line, finds the command, runs it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/run.h"
#include "client/text.h"
#include "common/civil.h"

static const char *const format_names[] = {
    [FORMAT_TABLE] = "table", [FORMAT_JSON] = "json", [FORMAT_JSONL] = "jsonl", [FORMAT_CSV] = "csv"};

/* Language and format, as far as the command line names them well; all errors are told in them. */
static void read_manner(struct client *client)
{
    const char *format = client_flag(client, "output");

    for (int i = 0; format != NULL && i < (int)(sizeof format_names / sizeof format_names[0]); i++)
        if (strcmp(format_names[i], format) == 0)
            client->format = (enum format)i;
    if (!text_start(client_flag(client, "lang")))
        text_start(NULL);
}

/* Are the names of language and format good ones? */
static bool check_manner(struct client *client)
{
    const char *lang = client_flag(client, "lang"), *format = client_flag(client, "output");

    if (lang != NULL && !text_start(lang))
        return failure_set(&client->failure, EXIT_USAGE, "USAGE", "lang", _("%s is not en or zh_CN"), lang);
    return format == NULL || strcmp(format_names[client->format], format) == 0 ||
           failure_set(&client->failure, EXIT_USAGE, "USAGE", "output", _("%s is no format: table, json, jsonl or csv"),
                       format);
}

/* The host's zone by name: TZ, else where /etc/localtime points to. */
static const char *host_zone(struct arena *arena)
{
    const char *zone = getenv("TZ");
    char path[512];
    ssize_t length;
    const char *at;

    if (zone != NULL && zone_valid(zone[0] == ':' ? zone + 1 : zone))
        return arena_strdup(arena, zone[0] == ':' ? zone + 1 : zone);
    length = readlink("/etc/localtime", path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        at = strstr(path, "zoneinfo/");
        if (at != NULL && zone_valid(at + strlen("zoneinfo/")))
            return arena_strdup(arena, at + strlen("zoneinfo/"));
    }
    return "UTC";
}

static bool read_zone(struct client *client)
{
    const char *zone = client_flag(client, "tz");

    if (zone == NULL)
        zone = client->profile.tz;
    client->zone = zone != NULL ? zone : host_zone(client->arena);
    return zone_valid(client->zone) || failure_set(&client->failure, EXIT_USAGE, "USAGE", "tz",
                                                   _("%s is no time zone such as Asia/Shanghai"), client->zone);
}

static bool read_timeout(struct client *client)
{
    const char *value = client_flag(client, "timeout");
    long long ms = value == NULL ? CLIENT_TIMEOUT_DEFAULT_MS : options_duration_ms(value);

    client->usual_ms = ms;
    client->deadline_ms = client_clock_ms() + ms;
    client->ends_ms = value == NULL ? 0 : client->deadline_ms;
    return ms >= 0 || failure_set(&client->failure, EXIT_USAGE, "USAGE", "timeout",
                                  _("%s is no duration such as 30s, 5m, 2h or 3d"), value);
}

static bool read_command_id(struct client *client)
{
    const char *value = client_flag(client, "command-id");

    client->command_id = uuid_new();
    return value == NULL || (uuid_parse(value, &client->command_id) && !uuid_is_zero(client->command_id)) ||
           failure_set(&client->failure, EXIT_USAGE, "USAGE", "command_id", _("%s is no UUID"), value);
}

/* Everything that can be known before the command. */
static bool prepare(struct client *client)
{
    const char *lang = client_flag(client, "lang");

    if (!read_timeout(client) || !read_command_id(client))
        return false;
    if (!profile_read(&client->options, client->arena, &client->profile, &client->failure))
        return false;
    if (lang == NULL && client->profile.lang != NULL && !text_start(client->profile.lang))
        return failure_set(&client->failure, EXIT_USAGE, "CONFIG", "lang", _("%s is not en or zh_CN"),
                           client->profile.lang);
    return read_zone(client);
}

static int run(struct client *client)
{
    const struct command_spec *spec;

    if (!check_manner(client))
        return run_fail(client);
    if (client_has(client, "help") || client->options.word_count == 0)
        return command_help(client, client->options.word_count > 0 ? client->options.words[0] : NULL,
                            client->options.word_count > 1 ? client->options.words[1] : NULL, NULL);
    if (!prepare(client))
        return run_fail(client);
    spec = command_find(&client->options, &client->failure);
    if (spec == NULL || !command_check(spec, &client->options, &client->failure))
        return run_fail(client);
    text_set_noun(spec->noun);
    failure_begin(client);
    if (client_has(client, "verbose")) {
        char id[UUID_TEXT_BYTES];
        uuid_format(client->command_id, id);
        fprintf(stderr, "%s %s\n", _("command id:"), id);
    }
    return spec->run(client);
}

/* Data that did not come out is no success. */
static int finish_output(struct client *client, int code)
{
    int error = output_flush();

    if (error == 0 || code != EXIT_DONE)
        return code;
    output_failed(client, error);
    return run_fail(client);
}

int main(int argc, char **argv)
{
    struct client client = {.arena = arena_new(0)};
    int code;

    signal(SIGPIPE, SIG_IGN);
    client_catch_interrupt();
    /* Read once for language and format, and once more to tell what is wrong in them. */
    options_read(argc, argv, &client.options, &client.failure);
    read_manner(&client);
    if (options_read(argc, argv, &client.options, &client.failure)) {
        code = run(&client);
    } else {
        command_near_flag(&client.options, &client.failure);
        code = run_fail(&client);
    }
    exchange_disconnect(&client);
    servers_free(client.servers);
    code = finish_output(&client, code);
    arena_free(client.arena);
    return code;
}
