/* Shared by the imports. */
#include "client/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/run.h"
#include "client/unicode.h"
#include "common/check.h"

/* ---- refused rows ---- */

static bool is_same_file(const char *one, const char *other)
{
    struct stat a, b;

    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
           S_ISREG(a.st_mode);
}

bool import_open_rejects(struct import *import, const char *const *inputs, int count, const char *header)
{
    struct failure *failure = &import->client->failure;
    const char *path = client_flag(import->client, "reject-file");

    if (path == NULL)
        return true;
    for (int i = 0; i < count; i++)
        if (is_same_file(path, inputs[i]))
            return failure_set(failure, EXIT_USAGE, "USAGE", "reject-file",
                               _("%s is read and cannot take the refused rows"), path);
    import->rejects = fopen(path, "we");
    if (import->rejects == NULL)
        return failure_set(failure, EXIT_USAGE, "FILE", NULL, "%s: %s", path, strerror(errno));
    if (header[0] != '\0')
        fprintf(import->rejects, "%s\n", header);
    return true;
}

static void set_text(json_t *object, const char *key, const char *value)
{
    if (value != NULL && value[0] != '\0')
        json_object_set_new(object, key, unicode_json(value));
}

static void print_refused_json(const struct refused_row *row)
{
    json_t *object = json_pack("{sosIsssosb}", "file", unicode_json(row->path), "line", (json_int_t)row->line, "reason",
                               row->reason, "message", unicode_json(row->message), "executed", 0);
    char *text;

    set_text(object, "column", row->column);
    set_text(object, "field", row->field);
    text = json_dumps(object, JSON_COMPACT);
    CHECK(text != NULL);
    fprintf(stderr, "%s\n", text);
    free(text);
    json_decref(object);
}

static void print_refused(const struct refused_row *row)
{
    const char *place = row->column == NULL || row->column[0] == '\0' ? row->field : row->column;
    bool named = place != NULL && place[0] != '\0';
    char *text = NULL, *shown;

    if (asprintf(&text, "%s:%ld: %s%s%s (%s)", row->path, row->line, named ? place : "", named ? ": " : "",
                 row->message, row->reason) < 0)
        abort();
    shown = unicode_harmless(text);
    fprintf(stderr, "%s\n", shown);
    free(shown);
    free(text);
}

void import_refuse(struct import *import, const struct refused_row *row)
{
    import->refused++;
    if (import->rejects != NULL) {
        fwrite(row->text, 1, row->length, import->rejects);
        fputc('\n', import->rejects);
    }
    if (client_json(import->client))
        print_refused_json(row);
    else
        print_refused(row);
}

/* ---- files ---- */

void import_note_encoding(struct import *import, bool converted)
{
    import->converted |= converted;
    import->plain |= !converted;
}

const char *import_encoding(const struct import *import)
{
    if (!import->converted)
        return "UTF-8";
    return import->plain ? "mixed" : "GB18030";
}

void import_stop_reading(struct import *import, const char *path)
{
    if (!import->stopped && errno != EINTR)
        failure_set(&import->client->failure, EXIT_USAGE, "FILE", NULL, "%s: %s", path, strerror(errno));
    import->stopped = true;
}

/* ---- progress ---- */

void import_progress(struct import *import)
{
    if (import->client->format != FORMAT_TABLE || client_has(import->client, "quiet") || !isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r");
    fprintf(stderr, _("%ld rows taken, %ld refused"), import_done(import), import->refused);
    fflush(stderr);
    import->progress_shown = true;
}

void import_clear(struct import *import)
{
    if (import->progress_shown)
        fprintf(stderr, "\r%*s\r", 78, "");
    import->progress_shown = false;
}

/* ---- the end ---- */

long import_done(const struct import *import)
{
    return import->added + import->changed + import->unchanged;
}

static enum executed executed(const struct import *import)
{
    if (import->dry_run)
        return EXECUTED_NO;
    if (import_done(import) > 0)
        return EXECUTED_YES;
    return import->unknown > 0 ? EXECUTED_UNKNOWN : EXECUTED_NO;
}

static void set_hint(struct import *import, const struct failure *why)
{
    if (import->resumable && why->code == EXIT_LOGIN)
        failure_hint(&import->client->failure, "%s",
                     _("log in, then run the same command again, which goes on from here: {ctl} auth login"));
    else if (import->resumable)
        failure_hint(&import->client->failure, "%s",
                     _("run the same command again: what is in stays as it is, the rest follows"));
    else if (import->unknown > 0)
        failure_hint(&import->client->failure, "%s", why->hint);
}

/* It ended before the last row: the failure says what is known of the rows. */
static void set_stopped(struct import *import)
{
    struct failure *failure = &import->client->failure;
    struct failure why = *failure;
    bool interrupted = client_interrupted();

    failure_set(failure, why.code, interrupted ? "INTERRUPTED" : why.reason, why.field,
                _("%s; %ld rows were not tried, of %ld the outcome is not known"),
                interrupted ? _("interrupted") : why.message, import->not_tried, import->unknown);
    if (interrupted)
        failure->code = EXIT_INTERRUPTED;
    else if (import->unknown == 0 && import_done(import) > 0)
        failure->code = EXIT_PARTLY;
    failure->retryable = interrupted || why.retryable;
    failure->executed = executed(import);
    set_hint(import, &why);
}

static void set_rows_refused(struct import *import, const char *files)
{
    failure_set(&import->client->failure, import_done(import) > 0 ? EXIT_PARTLY : EXIT_REFUSED, "ROWS_REFUSED", NULL,
                _("%ld rows of %s were refused"), import->refused, files);
    import->client->failure.executed = executed(import);
}

/* False: the refused rows are not all in their file. */
static bool close_rejects(struct import *import)
{
    bool ok;

    if (import->rejects == NULL)
        return true;
    ok = !ferror(import->rejects);
    ok = fclose(import->rejects) == 0 && ok;
    import->rejects = NULL;
    return ok;
}

int import_end(struct import *import, json_t *summary, const char *files)
{
    bool written = close_rejects(import);

    import_clear(import);
    output_record(import->client, summary);
    if (import->stopped)
        set_stopped(import);
    else if (import->failed)
        return run_fail(import->client);
    else if (!written)
        failure_set(&import->client->failure, EXIT_USAGE, "FILE", NULL, "%s: %s",
                    client_flag(import->client, "reject-file"), strerror(errno));
    else if (import->refused > 0)
        set_rows_refused(import, files);
    else
        return EXIT_DONE;
    return run_fail(import->client);
}
