/* Journal files: JSON lines, the first one says what was run, each further one is a command. */
#include "client/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/profile.h"
#include "client/unicode.h"
#include "common/check.h"

static void path_of(const char *state_dir, struct uuid id, const char *suffix, char *out, size_t size)
{
    char text[UUID_TEXT_BYTES];

    uuid_format(id, text);
    snprintf(out, size, "%s/journal/%s%s", state_dir, text, suffix);
}

static char *to_hex(const uint8_t *bytes, size_t length)
{
    char *text = xcalloc(1, 2 * length + 1);

    return sodium_bin2hex(text, 2 * length + 1, bytes, length);
}

static bool put_line(FILE *file, json_t *object)
{
    bool ok = json_dumpf(object, file, JSON_COMPACT) == 0 && fputc('\n', file) != EOF;

    json_decref(object);
    return ok;
}

static bool put_entries(FILE *file, const char *what, const struct journal_entry *entries, size_t count)
{
    bool ok = put_line(file, json_pack("{so}", "command", unicode_json(what)));

    for (size_t i = 0; ok && i < count; i++) {
        char id[UUID_TEXT_BYTES], *body = entries[i].body == NULL ? NULL : to_hex(entries[i].body, entries[i].length);
        uuid_format(entries[i].command_id, id);
        ok = put_line(file, json_pack("{sssiss*}", "id", id, "method", (int)entries[i].method, "body", body));
        free(body);
    }
    return ok;
}

static bool sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

/* A fresh file that only its owner can read. */
static bool write_fresh(const char *path, const char *what, const struct journal_entry *entries, size_t count)
{
    int fd;
    FILE *file;
    bool ok;

    unlink(path); /* left by a run that was killed */
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL)
        return false;
    ok = put_entries(file, what, entries, count) && fflush(file) == 0 && fsync(fd) == 0;
    return fclose(file) == 0 && ok;
}

bool journal_write(const char *state_dir, struct uuid id, const char *what, const struct journal_entry *entries,
                   size_t count, struct failure *failure)
{
    char directory[4096], path[4200], fresh[4200];

    snprintf(directory, sizeof directory, "%s/journal", state_dir);
    if (!profile_make_directory(directory, failure))
        return false;
    path_of(state_dir, id, "", path, sizeof path);
    path_of(state_dir, id, ".new", fresh, sizeof fresh);
    if (write_fresh(fresh, what, entries, count) && rename(fresh, path) == 0 && sync_directory(directory))
        return true;
    failure_set(failure, EXIT_FAILED, "JOURNAL", NULL, "%s: %s", path, strerror(errno));
    unlink(fresh);
    return false;
}

bool journal_has(const char *state_dir, struct uuid id)
{
    char path[4200];

    path_of(state_dir, id, "", path, sizeof path);
    return access(path, F_OK) == 0;
}

void journal_done(const char *state_dir, struct uuid id)
{
    char path[4200];

    path_of(state_dir, id, "", path, sizeof path);
    unlink(path);
}

typedef bool walk_each(void *arg, struct uuid file, const struct journal_entry *entry, const char *what);

static bool walk_line(char *line, struct uuid id, char *what, size_t what_size, walk_each *each, void *arg)
{
    json_t *object = json_loads(line, 0, NULL);
    const char *command = json_string_value(json_object_get(object, "command"));
    const char *text = json_string_value(json_object_get(object, "id"));
    const char *body = json_string_value(json_object_get(object, "body"));
    uint8_t *bytes = body == NULL ? NULL : xcalloc(1, strlen(body) / 2 + 1);
    struct journal_entry entry = {.body = bytes,
                                  .method = (uint16_t)json_integer_value(json_object_get(object, "method"))};
    bool more = true;

    if (command != NULL)
        snprintf(what, what_size, "%s", command);
    unicode_trim(what);
    if (text != NULL && uuid_parse(text, &entry.command_id) &&
        (body == NULL ||
         sodium_hex2bin(bytes, strlen(body) / 2 + 1, body, strlen(body), NULL, &entry.length, NULL) == 0))
        more = each(arg, id, &entry, what);
    free(bytes);
    json_decref(object);
    return more;
}

static bool walk_file(const char *path, struct uuid id, walk_each *each, void *arg)
{
    FILE *file = fopen(path, "re");
    char *line = NULL, what[512] = "";
    size_t room = 0;
    bool more = true;

    if (file == NULL)
        return true;
    while (more && getline(&line, &room, file) > 0)
        more = walk_line(line, id, what, sizeof what, each, arg);
    free(line);
    fclose(file);
    return more;
}

void journal_walk(const char *state_dir, walk_each *each, void *arg)
{
    char path[4200];
    struct dirent **names;
    struct uuid id;
    int count;
    bool more = true;

    snprintf(path, sizeof path, "%s/journal", state_dir);
    count = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (more && uuid_parse(names[i]->d_name, &id)) {
            path_of(state_dir, id, "", path, sizeof path);
            more = walk_file(path, id, each, arg);
        }
        free(names[i]);
    }
    if (count >= 0)
        free(names);
}
