/* The file as mapped memory, all of it read before the first record is asked for. */
#include "tests/bench/replay/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Noreturn static void fail(const struct recording *recording, const char *why)
{
    fprintf(stderr, "%s: %s\n", recording->path, why);
    exit(1);
}

void recording_open(struct recording *recording, const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    *recording = (struct recording){.path = path};
    if (fd < 0 || fstat(fd, &status) != 0)
        fail(recording, strerror(errno));
    if (status.st_size == 0)
        fail(recording, "nothing was recorded");
    recording->size = (size_t)status.st_size;
    void *bytes = mmap(NULL, recording->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (bytes == MAP_FAILED)
        fail(recording, strerror(errno));
    recording->bytes = bytes;
    close(fd);
}

void recording_close(struct recording *recording)
{
    munmap((void *)recording->bytes, recording->size);
}

static const char *take(struct recording *recording, size_t size)
{
    const char *bytes = recording->bytes + recording->at;

    if (size > recording->size - recording->at)
        fail(recording, "a recording that was cut off: the server has to end by itself");
    recording->at += size;
    return bytes;
}

static int32_t take_int(struct recording *recording)
{
    int32_t value;

    memcpy(&value, take(recording, sizeof value), sizeof value);
    return value;
}

static const char *take_text(struct recording *recording)
{
    int32_t size = take_int(recording);
    const char *text = size > 0 ? take(recording, (size_t)size) : NULL;

    if (text == NULL || text[size - 1] != '\0')
        fail(recording, "no recording");
    return text;
}

static void take_parameters(struct recording *recording, struct record *out)
{
    out->count = take_int(recording);
    if (out->count < 0 || out->count > RECORD_PARAMETERS_MAX)
        fail(recording, "no recording");
    for (int i = 0; i < out->count; i++) {
        out->formats[i] = take_int(recording);
        out->lengths[i] = take_int(recording);
        out->values[i] = out->lengths[i] < 0 ? NULL : take(recording, (size_t)out->lengths[i]);
    }
}

bool recording_next(struct recording *recording, struct record *out)
{
    if (recording->at == recording->size)
        return false;
    out->kind = *take(recording, 1);
    out->connection = take_int(recording);
    out->name = out->text = "";
    out->count = 0;
    if (out->kind == RECORD_SYNC)
        return true;
    out->name = take_text(recording);
    if (out->kind == RECORD_PREPARE)
        out->text = take_text(recording);
    else if (out->kind == RECORD_QUERY || out->kind == RECORD_EXECUTE)
        take_parameters(recording, out);
    else
        fail(recording, "no recording");
    return true;
}
