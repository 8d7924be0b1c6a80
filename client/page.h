/* HTML pages that stand alone: no script, nothing fetched from elsewhere. */
#ifndef CREDITD_CLIENT_PAGE_H
#define CREDITD_CLIENT_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Text as text, whatever is in it; NULL is nothing. */
void page_text(FILE *out, const char *text);
void page_heading(FILE *out, const char *text);
/* A table of a list of objects under a title, by `keys` (ends with NULL), whose values are translated when `words`
 * names the key. Nothing for an empty list. */
void page_list(FILE *out, const char *title, const json_t *list, const char *const *keys, const char *words);

typedef void page_body(FILE *out, const json_t *record);
/* Writes a page around `body`. False: errno tells why. */
bool page_write(const char *path, const char *title, page_body *body, const json_t *record);

#endif
