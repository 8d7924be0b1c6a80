/* Messages in the user's language. */
#ifndef CREDITD_CLIENT_TEXT_H
#define CREDITD_CLIENT_TEXT_H

#include <libintl.h>

#define _(text)  gettext(text)
#define N_(text) text

/* Chooses the language: `asked` ("en", "zh_CN") or, when NULL, the environment's. Chinese works without the zh_CN
 * locale: C.UTF-8 carries the characters and LANGUAGE names the catalogue. False: the language is not one of the two.
 */
int text_start(const char *asked);

#endif
