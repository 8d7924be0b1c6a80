/* Public ids: letter, home and number, "A-07-1024" (application), "C-07-1024" (customer), "I-00-7" (import) or
 * "D-00-7" (delegation). */
#ifndef CREDITD_COMMON_PUBLICID_H
#define CREDITD_COMMON_PUBLICID_H

#include <stdbool.h>
#include <stdint.h>

#define PUBLIC_ID_BYTES 32 /* a letter, two numbers of any size, the dashes and the end */

/* A row's key: the home leads. home 0 is the organisation's own. */
struct key {
    int16_t home;
    int64_t id;
};

void public_id_format(char letter, struct key key, char out[PUBLIC_ID_BYTES]);
/* Reads "A-07-1024" for letter 'A'; homes 1 ... 32767 (for 'I' and 'D' from 0), numbers from 1, no sign, no space;
 * false when it is none. */
bool public_id_parse(char letter, const char *text, struct key *out);

#endif
