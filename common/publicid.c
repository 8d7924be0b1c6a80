/* Public ids: the text of a row's key. */
#include "common/publicid.h"

#include <stddef.h>
#include <string.h>

#include "common/check.h"
#include "common/text.h"

void public_id_format(char letter, struct key key, char out[PUBLIC_ID_BYTES])
{
    char *at = out;
    *at++ = letter;
    *at++ = '-';
    at = text_put_int(at, key.home, 2);
    *at++ = '-';
    at = text_put_int(at, key.id, 1);
    *at = '\0';
    CHECK(at - out < PUBLIC_ID_BYTES);
}

/* Reads digits up to the first other character; NULL when there are none or the value is above `max`. */
static const char *read_digits(const char *text, int64_t max, int64_t *out)
{
    const char *at = text;
    int64_t value = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        int digit = *at - '0';
        if (value > (max - digit) / 10) {
            return NULL;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return at == text ? NULL : at;
}

bool public_id_parse(char letter, const char *text, struct key *out)
{
    if (text == NULL || text[0] != letter || text[1] != '-') {
        return false;
    }
    int64_t home, id;
    const char *at = read_digits(text + 2, INT16_MAX, &home);
    if (at == NULL || *at != '-' || (home < 1 && letter != 'I' && letter != 'D')) {
        return false;
    }
    at = read_digits(at + 1, INT64_MAX, &id);
    if (at == NULL || *at != '\0' || id < 1) {
        return false;
    }
    /* One id has one text only: other numbers of leading zeros are refused. */
    struct key key = {.home = (int16_t)home, .id = id};
    char canonical[PUBLIC_ID_BYTES];
    public_id_format(letter, key, canonical);
    if (strcmp(canonical, text) != 0) {
        return false;
    }
    *out = key;
    return true;
}
