/* Reading of whole files and their encoding. */
#include "client/source.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/text.h"

static char *read_all(FILE *file, size_t *length)
{
    char *bytes = NULL;
    size_t room = 0, got;

    *length = 0;
    do {
        room = room * 2 + 65536;
        char *more = realloc(bytes, room);
        CHECK(more != NULL);
        bytes = more;
        got = fread(bytes + *length, 1, room - *length, file);
        *length += got;
    } while (*length == room);
    if (ferror(file)) { /* what came before it is not the file */
        free(bytes);
        return NULL;
    }
    return bytes;
}

static bool is_ascii(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] >= 0x80)
            return false;
    return true;
}

/* Most UTF-8 can be read as GB18030, as nonsense. So a file with a byte order mark, or in which most lines beyond ASCII
 * are good UTF-8, is UTF-8 with mistakes in it, which are told one by one. */
static bool is_other_encoding(const char *bytes, size_t length)
{
    const char *end = bytes + length;
    size_t good = 0, bad = 0;

    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        return false;
    while (bytes < end) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t line = (size_t)((stop == NULL ? end : stop) - bytes);
        if (!is_ascii(bytes, line)) {
            if (text_is_utf8(bytes, line))
                good++;
            else
                bad++;
        }
        bytes += line + 1;
    }
    return bad > good;
}

/* The same text as UTF-8, or NULL when any byte of it is no GB18030. */
static char *from_gb18030(char *bytes, size_t *length)
{
    size_t left = *length, room = *length * 2 + 16, free_room = room; /* two bytes become three at most */
    char *out = xcalloc(1, room), *in = bytes, *at = out;
    iconv_t conversion = iconv_open("UTF-8", "GB18030");
    size_t result = (size_t)-1;

    if (conversion != (iconv_t)-1) {
        result = iconv(conversion, &in, &left, &at, &free_room);
        iconv_close(conversion);
    }
    if (result == (size_t)-1 || left > 0) {
        free(out);
        return NULL;
    }
    *length = room - free_room;
    return out;
}

char *source_read(const char *path, size_t *length, bool *converted)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *bytes, *text;
    int error;

    *converted = false;
    if (file == NULL)
        return NULL;
    bytes = read_all(file, length);
    error = errno;
    if (file != stdin)
        fclose(file);
    errno = error;
    if (bytes == NULL || !is_other_encoding(bytes, *length))
        return bytes;
    text = from_gb18030(bytes, length);
    if (text == NULL)
        return bytes;
    free(bytes);
    *converted = true;
    return text;
}
