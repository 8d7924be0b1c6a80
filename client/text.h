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

/* A word that says several things has an entry in the catalogue for each, told apart by their context (msgctxt); one
 * that says the same everywhere has one without. The names of columns and fields say what they do in the commands of
 * one noun ("policy"), and that stands before what they do elsewhere. */

/* The noun of this run, which must live as long as it. */
void text_set_noun(const char *noun);
/* The name of a column or of a line of a record, as its header. */
const char *text_column(const char *name);
/* The name of a field of a request, as it stands in a message. */
const char *text_field(const char *name);
/* A word of a closed list, as it stands below the header `column`. */
const char *text_word(const char *column, const char *word);

#endif
