/* What the imports of rows share: the counts, the rows that are refused and the file that collects them, the end. */
#ifndef CREDITD_CLIENT_IMPORT_H
#define CREDITD_CLIENT_IMPORT_H

#include <jansson.h>
#include <stdio.h>

#include "client/client.h"
#include "client/rows.h"

struct import {
    struct client *client;
    FILE *rejects;         /* NULL: not asked for */
    bool dry_run;          /* nothing is done */
    bool resumable;        /* the same command again goes on where it ended */
    bool stopped;          /* what follows is not tried; client->failure says why, unless Ctrl-C came */
    bool failed;           /* all rows were tried, and something after them failed; client->failure says what */
    bool converted, plain; /* a file was GB18030; a file was not */
    bool progress_shown;
    long added, changed, unchanged, refused, unknown, not_tried; /* rows */
};

/* A row that is not taken. */
struct refused_row {
    const char *path;
    long line;
    const char *text; /* as it stands in the file */
    size_t length;
    const char *column; /* of the file; NULL or "": none is at fault */
    const char *field;  /* what it is for us, where that is another name; NULL: none */
    const char *reason; /* word */
    const char *message;
};

/* Opens the file that --reject-file names, when it is given, and begins it with the header. False: failure is set; it
 * is one of the `inputs`, or cannot be written. */
bool import_open_rejects(struct import *import, const char *const *inputs, int count, const char *header);
/* Counts and tells a refused row, and puts it into the reject file. */
void import_refuse(struct import *import, const struct refused_row *row);
/* Notes the encoding of a file that was read. */
void import_note_encoding(struct import *import, bool converted);
/* "UTF-8", "GB18030", or "mixed" when files differ. */
const char *import_encoding(const struct import *import);
/* A file cannot be read on, errno says why: the import stops. */
void import_stop_reading(struct import *import, const char *path);
/* Shows on a terminal how many rows were taken so far; what is told between must be preceded by import_clear(). */
void import_progress(struct import *import);
void import_clear(struct import *import);
/* Rows that are in: added, changed or unchanged. */
long import_done(const struct import *import);
/* Ends it: closes the reject file, prints the summary (which it takes over) and the failure, if there is one. `files`:
 * what was imported, for people. Gives the exit code. */
int import_end(struct import *import, json_t *summary, const char *files);

#endif
