/* Text from outside (arguments, files, servers) made fit for JSON and for terminals. */
#ifndef CREDITD_CLIENT_UNICODE_H
#define CREDITD_CLIENT_UNICODE_H

#include <jansson.h>
#include <stddef.h>

/* A copy that is valid UTF-8: every byte that is not becomes U+FFFD. The caller frees it. */
char *unicode_valid(const char *text);
/* The same as a JSON string, never NULL. */
json_t *unicode_json(const char *text);
/* A copy in which nothing can move the cursor, turn the line around or begin another one: such characters and bytes
 * that are no UTF-8 are shown as escapes. The caller frees it. */
char *unicode_harmless(const char *text);
/* Where a text begins without blanks before it (white space of any script, characters without a shape), and in *length
 * how many bytes it has without those behind it. What is no UTF-8 is no blank. */
const char *unicode_strip(const char *text, size_t *length);
/* The text of a numeric field in its plain form: full-width digits, letters and signs become those of ASCII (NFKC), and
 * blanks around it go. What is no UTF-8 stays. The caller frees it. */
char *unicode_plain(const char *text);
/* Takes away what a cut at a byte has left of a last character. */
void unicode_trim(char *text);

#endif
