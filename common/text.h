/* Text from outside: UTF-8 checks, lengths, display width; and numbers as text. */
#ifndef CREDITD_COMMON_TEXT_H
#define CREDITD_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Valid UTF-8 without NUL (no surrogates, no overlong forms)? */
bool text_is_utf8(const char *bytes, size_t length);
/* Valid UTF-8 that holds no control character but, when `lines` is set, LF and TAB; and no bidi override. */
bool text_is_clean(const char *text, bool lines);
/* Code points of a valid UTF-8 string. */
size_t text_length(const char *text);
/* Nothing to be seen: empty, or only white space and characters without a shape (zero-width)? NULL counts as blank. */
bool text_is_blank(const char *text);
/* Does a valid UTF-8 text hold the word, whatever the case and the width of their letters? */
bool text_has(const char *text, const char *word);
/* Display cells of a valid UTF-8 string (utf8proc widths; control characters count 0). */
int text_cells(const char *text);
/* Edit distance of two short ASCII words (at most 63 bytes are compared; a swap of neighbours counts 1), for "did you
 * mean". */
int text_distance(const char *a, const char *b);
/* Writes a whole number in decimal, with zeros in front when it has fewer digits than that. Returns its end, where no
 * NUL is put. At most 20 bytes, and as many more as `digits` is above 19. */
char *text_put_int(char *at, int64_t value, int digits);

#define TEXT_INT_BYTES 20 /* of the longest number */

#endif
