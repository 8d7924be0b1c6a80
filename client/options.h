/* The command line: flags anywhere, `--x v` and `--x=v`, `--` ends flags; no abbreviations, but "did you mean". */
#ifndef CREDITD_CLIENT_OPTIONS_H
#define CREDITD_CLIENT_OPTIONS_H

#include <stdbool.h>

#include "client/failure.h"

#define OPTIONS_MAX 64

struct flag {
    const char *name;  /* without the dashes */
    char letter;       /* short form, or 0 */
    const char *value; /* what stands for its value in help; NULL: it takes none */
    const char *help;  /* English */
    bool global;       /* every command takes it */
};
extern const struct flag flags[]; /* ends with name NULL */

struct given {
    const struct flag *flag;
    const char *value; /* NULL: a flag without value */
};
struct options {
    const char *words[OPTIONS_MAX]; /* noun, verb, operands */
    int word_count;
    struct given given[OPTIONS_MAX];
    int given_count;
    const char *unknown; /* the word of the first mistake, when it is like a flag and none; NULL: it is another one */
};

/* Reads the whole command line; false: failure is set (usage, the first mistake) and *out has what could be read. */
bool options_read(int argc, char **argv, struct options *out, struct failure *failure);
/* The last value of a flag; NULL when absent or without value. */
const char *options_value(const struct options *options, const char *name);
bool options_has(const struct options *options, const char *name);
const struct flag *options_flag(const char *name);
/* A duration "30s", "5m", "2h", "3d" in milliseconds; -1: none. */
long long options_duration_ms(const char *text);
/* The word of a list that is nearest to `text`, or NULL when none is near. */
const char *options_nearest(const char *text, const char *const *words, int count);

#endif
