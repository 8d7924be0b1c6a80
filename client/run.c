/* Shared by the nouns. */
#include "client/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "client/dates.h"
#include "client/hints.h"
#include "client/unicode.h"
#include "common/settings.h"
#include "common/vocabulary.h"

int run_fail(const struct client *client)
{
    struct failure failure = hints_complete(client);

    return failure_print(&failure, client_json(client));
}

int run_fail_list(const struct client *client, json_t *list)
{
    json_decref(list);
    return run_fail(client);
}

ProtobufCBinaryData run_command_id(struct client *client)
{
    return (ProtobufCBinaryData){sizeof client->command_id.bytes, client->command_id.bytes};
}

bool run_if_version(struct client *client, protobuf_c_boolean *has, uint32_t *out)
{
    long number = 0;
    bool given;

    if (!client_number(client, "if-version", 1, INT32_MAX, &number, &given))
        return false;
    *has = given;
    *out = (uint32_t)number;
    return true;
}

char *run_plain_date(struct client *client, const char *text)
{
    static const char *const format = "YYYY-MM-DD";
    char formatted[CIVIL_TEXT_BYTES];
    civil_date date;

    if (date_read(text, &format, 1, &date) != DATE_OK)
        return NULL;
    civil_format(date, formatted);
    return arena_strdup(client->arena, formatted);
}

bool run_date(struct client *client, const char *flag, char **out)
{
    const char *text = client_flag(client, flag);

    *out = text == NULL ? NULL : run_plain_date(client, text);
    return text == NULL || *out != NULL ||
           failure_set(&client->failure, EXIT_USAGE, "USAGE", flag, _("%s is no date such as 2026-11-23"), text);
}

char *run_text(const struct client *client, const char *flag)
{
    return arena_strdup(client->arena, client_flag(client, flag));
}

char *run_operand(const struct client *client, int n)
{
    return arena_strdup(client->arena, client_operand(client, n));
}

int run_simple(struct client *client, enum method method, const ProtobufCMessage *request, const char *key)
{
    const Creditd__V1__Answer *answer = exchange_command(client, method, request);
    json_t *record;

    if (answer == NULL)
        return run_fail(client);
    record = json_object();
    record_text(record, key, answer->entity_id);
    output_record(client, record);
    return EXIT_DONE;
}

const Creditd__V1__CustomerShowAnswer *run_read_customer(struct client *client)
{
    Creditd__V1__CustomerShowRequest request = CREDITD__V1__CUSTOMER_SHOW_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    const Creditd__V1__CustomerShowAnswer *body;

    if (!run_date(client, "on", &request.on) || !run_date(client, "known", &request.known))
        return NULL;
    request.customer = run_operand(client, 0);
    request.purpose = run_text(client, "purpose");
    answer = exchange_read(client, METHOD_CUSTOMER_SHOW, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__customer_show_answer__descriptor);
    return body == NULL || body->customer == NULL ? NULL : body;
}

static bool read_line(char *out, size_t size)
{
    setvbuf(stdin, NULL, _IONBF, 0); /* what is waited for must not stand in a buffer */
    /* The wait notices Ctrl-C; a terminal is ready when a whole line is there. */
    if (!client_wait(STDIN_FILENO, POLLIN, INT64_MAX / 2))
        return false;
    if (fgets(out, (int)size, stdin) == NULL)
        return false;
    out[strcspn(out, "\r\n")] = '\0';
    return true;
}

/* A line typed unseen; the time that it takes is the person's, not the run's. */
static bool ask_unseen(struct client *client, const char *prompt, char *line, size_t size)
{
    int64_t start_ms = client_clock_ms();
    struct termios before, silent;
    bool ok;

    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "password", _("there is no terminal to ask for a password"));
        return failure_hint(&client->failure, "--password-stdin");
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fprintf(stderr, "%s: ", prompt);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    ok = read_line(line, size) && line[0] != '\0';
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    client->deadline_ms += client_clock_ms() - start_ms;
    return ok || failure_set(&client->failure, EXIT_USAGE, "USAGE", "password", _("no password was given"));
}

char *run_password(struct client *client, const char *prompt)
{
    char line[300];
    bool ok;

    if (client_has(client, "password-stdin"))
        ok = (read_line(line, sizeof line) && line[0] != '\0') ||
             failure_set(&client->failure, EXIT_USAGE, "USAGE", "password", _("standard input holds no password"));
    else
        ok = ask_unseen(client, prompt, line, sizeof line);
    if (ok)
        return arena_strdup(client->arena, line);
    if (client_interrupted())
        failure_set(&client->failure, EXIT_INTERRUPTED, "INTERRUPTED", NULL, _("interrupted; nothing was done"));
    return NULL;
}

char *run_ask(struct client *client, const char *prompt)
{
    int64_t start_ms = client_clock_ms();
    char *shown = unicode_harmless(prompt), line[4096];
    bool ok;

    fprintf(stderr, "%s: ", shown);
    free(shown);
    ok = read_line(line, sizeof line);
    client->deadline_ms += client_clock_ms() - start_ms;
    if (ok)
        return arena_strdup(client->arena, line);
    fputc('\n', stderr);
    if (client_interrupted())
        failure_set(&client->failure, EXIT_INTERRUPTED, "INTERRUPTED", NULL, _("interrupted; nothing was done"));
    else
        failure_set(&client->failure, EXIT_USAGE, "USAGE", NULL, _("the input ended before all was answered"));
    return NULL;
}

bool run_roles(struct client *client, const char *flag, Creditd__V1__Role **out, size_t *count)
{
    *out = ARENA_ARRAY(client->arena, Creditd__V1__Role, OPTIONS_MAX);
    *count = 0;
    for (int i = 0; i < client->options.given_count; i++) {
        const struct given *given = &client->options.given[i];
        int number;
        if (strcmp(given->flag->name, flag) != 0)
            continue;
        number = word_number(words_role, given->value);
        if (number <= 0)
            return failure_set(&client->failure, EXIT_USAGE, "UNKNOWN_ROLE", "roles", _("%s is no role"), given->value);
        (*out)[(*count)++] = (Creditd__V1__Role)number;
    }
    return true;
}

char *run_read_text(struct client *client, const char *path)
{
    char message[480] = "";
    char *text = settings_read_file(path, client->arena, message, sizeof message), *to = text;

    if (text == NULL) {
        failure_set(&client->failure, EXIT_USAGE, "FILE", NULL, "%s", message);
        return NULL;
    }
    for (const char *from = text; *from != '\0'; from++)
        if (from[0] != '\r' || from[1] != '\n')
            *to++ = *from;
    *to = '\0';
    return text;
}

_Static_assert(RUN_DIGEST_BYTES == crypto_hash_sha256_BYTES, "a SHA-256");

bool run_digest_file(struct client *client, const char *path, uint8_t digest[RUN_DIGEST_BYTES])
{
    static uint8_t bytes[64 * 1024];
    crypto_hash_sha256_state state;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : 1;
    int error;

    crypto_hash_sha256_init(&state);
    while (got > 0 && !client_interrupted()) {
        got = read(file, bytes, sizeof bytes);
        if (got > 0)
            crypto_hash_sha256_update(&state, bytes, (unsigned long long)got);
    }
    error = errno;
    if (file >= 0)
        close(file);
    crypto_hash_sha256_final(&state, digest);
    if (client_interrupted())
        return failure_set(&client->failure, EXIT_INTERRUPTED, "INTERRUPTED", NULL, _("interrupted; nothing was done"));
    return got == 0 || failure_set(&client->failure, EXIT_USAGE, "FILE", NULL, "%s: %s", path, strerror(error));
}
