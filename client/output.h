/* Data on standard output: records as table, JSON, JSON lines or CSV. A record is a JSON object in the stable form of
 * the contract (README); tables show some of its keys with translated words. */
#ifndef CREDITD_CLIENT_OUTPUT_H
#define CREDITD_CLIENT_OUTPUT_H

#include <jansson.h>

#include "client/client.h"

/* Prints a list. `columns`: the keys that a table shows and CSV has, separated by blanks. Takes over `list` (an array).
 */
void output_list(const struct client *client, json_t *list, const char *columns);
/* Prints one record: as a table, a line per key. Takes over `record`. */
void output_record(const struct client *client, json_t *record);
/* A part of a table that stands below another, with its title: a list as in output_list(), or a record as in
 * output_record(). Nothing is printed for an empty one. Takes over `part`. */
void output_part(const char *title, json_t *part, const char *columns);
/* Brings out what was printed; 0, or the error (errno) for which some did not come out. */
int output_flush(void);
/* Sets the failure that tells of it. Always false. */
bool output_failed(struct client *client, int error);
/* An instant of a record as tables show it: "2026-11-23 14:05 +08:00". The caller frees it. */
char *output_instant(const char *text);
/* An amount with separators of thousands, as people read it. The caller frees it. */
char *output_amount(const char *plain);
/* Pads a text to `cells` display cells. Control characters and bidi overrides are shown as escapes. */
void output_padded(const char *text, int cells);

#endif
