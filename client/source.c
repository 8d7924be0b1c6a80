/* Reading of files and their encoding. */
#include "client/source.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/client.h"
#include "common/check.h"
#include "common/text.h"

#define READ_BYTES ((size_t)64 * 1024)

enum encoding { UNDECIDED, UTF8, GB18030 }; /* UNDECIDED: all was ASCII so far */

struct source {
    int file;
    bool repeatable, ended;
    bool begun; /* the byte order mark was looked for */
    enum encoding encoding;
    iconv_t conversion; /* of a file that is GB18030 */
    char *bytes;        /* as they stand in the file, from `at` to `have` not yet handed out */
    size_t at, have, room, look_ahead;
};

struct source *source_open(const char *path, size_t look_ahead)
{
    bool standard = strcmp(path, "-") == 0;
    int file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct source *source;
    struct stat status;

    if (file < 0)
        return NULL;
    source = xcalloc(1, sizeof *source);
    source->file = file;
    source->repeatable = !standard && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    source->look_ahead = look_ahead;
    source->room = look_ahead > READ_BYTES ? look_ahead : READ_BYTES;
    source->bytes = xcalloc(1, source->room);
    return source;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    if (source->encoding == GB18030)
        iconv_close(source->conversion);
    if (source->file != STDIN_FILENO)
        close(source->file);
    free(source->bytes);
    free(source);
}

bool source_converted(const struct source *source)
{
    return source->encoding == GB18030;
}

bool source_is_repeatable(const struct source *source)
{
    return source->repeatable;
}

/* ---- bytes of the file ---- */

/* Reads on until `least` bytes wait or the file ends; false: errno says why. */
static bool fill(struct source *s, size_t least)
{
    if (s->at > 0) {
        memmove(s->bytes, s->bytes + s->at, s->have - s->at);
        s->have -= s->at;
        s->at = 0;
    }
    CHECK(least <= s->room);
    while (s->have < least && !s->ended) {
        size_t room = s->room - s->have;
        ssize_t got;
        /* The wait notices Ctrl-C; a file on disk is always ready. */
        if (!s->repeatable && !client_wait(s->file, POLLIN, INT64_MAX / 2))
            return false;
        got = read(s->file, s->bytes + s->have, room < READ_BYTES ? room : READ_BYTES);
        if (got < 0 && errno == EINTR && s->repeatable)
            continue;
        if (got < 0)
            return false;
        s->ended = got == 0;
        s->have += (size_t)got;
    }
    return true;
}

static size_t ascii_length(const char *bytes, size_t length)
{
    size_t n = 0;

    while (n < length && (unsigned char)bytes[n] < 0x80)
        n++;
    return n;
}

/* ---- which encoding? ---- */

/* Is it good UTF-8, but for a last character that is cut when `cut` is set? */
static bool fits_utf8(const char *bytes, size_t length, bool cut)
{
    for (size_t less = 0; less <= (cut ? 3u : 0u) && less <= length; less++)
        if (text_is_utf8(bytes, length - less))
            return true;
    return false;
}

static bool fits_gb18030(iconv_t conversion, char *bytes, size_t length, bool cut)
{
    iconv(conversion, NULL, NULL, NULL, NULL);
    while (length > 0) {
        char out[1024], *to = out;
        size_t room = sizeof out;
        if (iconv(conversion, &bytes, &length, &to, &room) == (size_t)-1 && errno != E2BIG)
            return cut && errno == EINVAL;
    }
    return true;
}

struct score {
    size_t utf8_good, utf8_bad, gb18030_good, gb18030_bad; /* lines */
};

static void judge_line(struct score *score, iconv_t conversion, char *line, size_t length, bool cut)
{
    if (ascii_length(line, length) == length)
        return;
    *(fits_utf8(line, length, cut) ? &score->utf8_good : &score->utf8_bad) += 1;
    *(fits_gb18030(conversion, line, length, cut) ? &score->gb18030_good : &score->gb18030_bad) += 1;
}

/* Most UTF-8 can be read as GB18030, as nonsense. So it is GB18030 only when most lines are no good UTF-8 and most are
 * good GB18030. A last line that the look-ahead has cut counts when there is no other. */
static bool looks_like_gb18030(const struct source *s, iconv_t conversion)
{
    char *at = s->bytes + s->at, *end = s->bytes + s->have;
    struct score score = {0};

    while (at < end) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        bool cut = stop == NULL && !s->ended;
        if (!cut || score.utf8_good + score.utf8_bad == 0)
            judge_line(&score, conversion, at, (size_t)((stop == NULL ? end : stop) - at), cut);
        at = stop == NULL ? end : stop + 1;
    }
    return score.utf8_bad > score.utf8_good && score.gb18030_good > score.gb18030_bad;
}

/* The first byte beyond ASCII is there; false: errno says why. */
static bool decide(struct source *s)
{
    iconv_t conversion;

    if (!fill(s, s->look_ahead))
        return false;
    conversion = iconv_open("UTF-8", "GB18030");
    s->encoding = UTF8;
    if (conversion == (iconv_t)-1)
        return true;
    if (looks_like_gb18030(s, conversion)) {
        iconv(conversion, NULL, NULL, NULL, NULL);
        s->conversion = conversion;
        s->encoding = GB18030;
    } else {
        iconv_close(conversion);
    }
    return true;
}

static bool begin(struct source *s)
{
    static const char mark[] = "\xef\xbb\xbf";
    const size_t length = sizeof mark - 1;

    if (s->begun)
        return true;
    if (!fill(s, length))
        return false;
    s->begun = true;
    if (s->have >= length && memcmp(s->bytes, mark, length) == 0) {
        s->at += length;
        s->encoding = UTF8;
    }
    return true;
}

/* ---- handing out ---- */

static size_t copy(struct source *s, char *out, size_t length)
{
    memcpy(out, s->bytes + s->at, length);
    s->at += length;
    return length;
}

/* Converts as much as fits; 0: what waits is the beginning of a character whose rest has yet to be read. */
static size_t convert(struct source *s, char *out, size_t size)
{
    char *from = s->bytes + s->at, *to = out;
    size_t left = s->have - s->at, room = size;

    if (iconv(s->conversion, &from, &left, &to, &room) == (size_t)-1 && room == size &&
        (errno == EILSEQ || (errno == EINVAL && s->ended))) {
        *to = '\xff';
        from++;
        room--;
    }
    s->at = (size_t)(from - s->bytes);
    return size - room;
}

ssize_t source_read(struct source *s, char *out, size_t size)
{
    size_t length = 0;

    CHECK(size >= SOURCE_LEAST);
    if (!begin(s))
        return -1;
    while (length == 0) {
        if (s->at == s->have && !fill(s, 1))
            return -1;
        if (s->at == s->have)
            return 0;
        if (s->encoding == UNDECIDED && (unsigned char)s->bytes[s->at] >= 0x80 && !decide(s))
            return -1;
        if (s->encoding == GB18030) {
            length = convert(s, out, size);
            if (length == 0 && !fill(s, s->have - s->at + 1))
                return -1;
        } else {
            length = s->have - s->at;
            if (s->encoding == UNDECIDED)
                length = ascii_length(s->bytes + s->at, length);
            length = copy(s, out, length < size ? length : size);
        }
    }
    return (ssize_t)length;
}
