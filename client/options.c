/* Parsing of the command line. */
#include "client/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "common/text.h"

const struct flag flags[] = {
    {"output", 'o', "FORMAT", N_("table, json, jsonl or csv"), true},
    {"profile", 'p', "NAME", N_("profile of the configuration file"), true},
    {"lang", 0, "LANGUAGE", N_("en or zh_CN"), true},
    {"tz", 0, "ZONE", N_("time zone of shown times, such as Asia/Shanghai"), true},
    {"timeout", 0, "DURATION", N_("end of the whole run, such as 30s or 2m"), true},
    {"server", 0, "HOST:PORT,...", N_("server, or several that are tried in turn, instead of the profile's"), true},
    {"ca", 0, "FILE", N_("certificate authority of the server, instead of the profile's"), true},
    {"quiet", 'q', NULL, N_("print ids only"), true},
    {"verbose", 'v', NULL, N_("print the command id"), true},
    {"help", 'h', NULL, N_("help on the command"), true},
    {"to", 0, "GRADE", N_("grade asked for: green, yellow, red or black"), false},
    {"grade", 0, "GRADE", N_("grade: green, yellow, red or black"), false},
    {"reason", 0, "TEXT", N_("why"), false},
    {"note", 0, "TEXT", N_("what it changes, and why"), false},
    {"approve", 0, NULL, N_("approve what another one has asked for"), false},
    {"version", 0, "VERSION", N_("version of the policy"), false},
    {"base", 0, "VERSION", N_("version that the text was made from"), false},
    {"from", 0, "DATE", N_("first day"), false},
    {"until", 0, "DATE", N_("last day"), false},
    {"ordinary", 0, NULL, N_("an ordinary customer, without a grade"), false},
    {"end", 0, NULL, N_("end it today"), false},
    {"kind", 0, "KIND", N_("measure, appeal, assessment, emergency or after_review"), false},
    {"node", 0, "NODE", N_("where it goes back to: branch, region or an earlier node of the route"), false},
    {"add", 0, "LOGIN", N_("who is to sign, too"), false},
    {"drop", 0, "LOGIN", N_("who need not sign any more"), false},
    {"ask", 0, "LOGIN", N_("whose opinion is asked for"), false},
    {"call-back", 0, NULL, N_("do without the opinion"), false},
    {"acting-for", 0, "LOGIN", N_("as the substitute of that user, who has delegated it"), false},
    {"delegator", 0, "LOGIN", N_("whose delegation it is; one's own without it"), false},
    {"html", 0, "FILE", N_("write the whole as a page, too"), false},
    {"opinion", 0, "TEXT", N_("the written opinion"), false},
    {"finding", 0, "FINDING", N_("confirmed or doubtful; of a review: justified or unjustified"), false},
    {"item", 0, "NAME=ok|wrong", N_("result for an item of information; may be repeated"), false},
    {"if-version", 0, "N", N_("refuse unless this is the current version"), false},
    {"command-id", 0, "UUID", N_("id of the command, to send it again safely"), false},
    {"name", 0, "TEXT", N_("name"), false},
    {"level", 0, "LEVEL", N_("level of the unit or of the job"), false},
    {"parent", 0, "CODE", N_("unit above"), false},
    {"into", 0, "CODE", N_("unit that takes over"), false},
    {"zone", 0, "ZONE", N_("time zone, such as Asia/Shanghai"), false},
    {"unit", 0, "CODE", N_("unit"), false},
    {"role", 0, "ROLE", N_("role; may be repeated"), false},
    {"revoke", 0, "ROLE", N_("role to take away; may be repeated"), false},
    {"password-stdin", 0, NULL, N_("read the password from standard input"), false},
    {"login", 0, "LOGIN", N_("login name"), false},
    {"branch", 0, "CODE", N_("branch"), false},
    {"region", 0, "CODE", N_("region"), false},
    {"stage", 0, "STAGE", N_("potential, new or existing"), false},
    {"manager", 0, "LOGIN", N_("who is the customer's manager; none: nobody"), false},
    {"opening-grade", 0, "GRADE", N_("grade brought along at installation, by HQ"), false},
    {"reject-file", 0, "FILE", N_("where refused rows go"), false},
    {"file", 0, "FILE", N_("more of them, one on each line; - is standard input"), false},
    {"mapping", 0, "FILE", N_("which column of the file is what"), false},
    {"dry-run", 0, NULL, N_("apply all rules and change nothing"), false},
    {"no-wait", 0, NULL, N_("do not wait until the customers are evaluated"), false},
    {"amount", 0, "AMOUNT", N_("amount, such as 1,234.50"), false},
    {"amount-to", 0, "AMOUNT", N_("only cases whose credit limit is at most this"), false},
    {"currency", 0, "CODE", N_("currency of the amount, such as CNY"), false},
    {"issued", 0, "DATE", N_("day of issue"), false},
    {"due", 0, "DATE", N_("due date"), false},
    {"settled", 0, "DATE", N_("day of settlement"), false},
    {"unsettled", 0, NULL, N_("take the settlement away"), false},
    {"on", 0, "DATE", N_("what applied on that date"), false},
    {"known", 0, "DATE", N_("as known at the end of that date"), false},
    {"tier", 0, "TIER", N_("key or ordinary"), false},
    {"state", 0, "STATE", N_("state of the application"), false},
    {"customer", 0, "CUSTOMER", N_("customer, by id or number"), false},
    {"open", 0, NULL, N_("open applications only"), false},
    {"overdue", 0, NULL, N_("overdue applications only"), false},
    {"extension", 0, NULL, N_("those whose extension is to be answered only"), false},
    {"month", 0, "YYYY-MM", N_("the month, the last one of several"), false},
    {"months", 0, "N", N_("so many months up to it; default 1"), false},
    {"for", 0, "TEXT", N_("what the customer is waited for"), false},
    {"days", 0, "N", N_("days"), false},
    {"grant", 0, NULL, N_("grant it"), false},
    {"refuse", 0, NULL, N_("refuse it"), false},
    {"confirm", 0, NULL, N_("confirm what another one has asked for"), false},
    {"minutes", 0, "N", N_("for so many minutes"), false},
    {"send", 0, NULL, N_("send again what is not known, until it is"), false},
    {"forget", 0, NULL, N_("drop it from the journal"), false},
    {"form", 0, "FILE", N_("values and documents, as `creditctl assessment form` prints them to be filled in"), false},
    {"review", 0, "REVIEW", N_("admission, change or periodic"), false},
    {"watch", 0, NULL, N_("go on and show each change, until Ctrl-C or the end of --timeout"), false},
    {"limit", 0, "N", N_("at most so many"), false},
    {"purpose", 0, "TEXT", N_("what for, kept in the audit of reads"), false},
    {NULL, 0, NULL, NULL, false},
};

const struct flag *options_flag(const char *name)
{
    for (const struct flag *f = flags; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static const struct flag *flag_by_letter(char letter)
{
    for (const struct flag *f = flags; f->name != NULL; f++)
        if (f->letter == letter)
            return f;
    return NULL;
}

const char *options_nearest(const char *text, const char *const *words, int count)
{
    const char *best = NULL;
    int distance = 4;

    for (int i = 0; i < count; i++) {
        int d = text_distance(text, words[i]);
        if (d < distance && d < (int)strlen(words[i])) {
            distance = d;
            best = words[i];
        }
    }
    return best;
}

static bool add(struct options *out, const struct flag *flag, const char *value, struct failure *failure)
{
    if (out->given_count == OPTIONS_MAX)
        return failure_set(failure, EXIT_USAGE, "USAGE", NULL, _("too many flags"));
    out->given[out->given_count++] = (struct given){flag, value};
    return true;
}

/* The flag that a word names, or NULL; *value is what stands behind an equals sign, or NULL. */
static const struct flag *flag_of(const char *word, const char **value)
{
    const char *equals = strchr(word, '=');
    char name[64];

    *value = equals == NULL ? NULL : equals + 1;
    if (word[1] == '-') {
        size_t length = equals == NULL ? strlen(word + 2) : (size_t)(equals - word - 2);
        snprintf(name, sizeof name, "%.*s", (int)length, word + 2);
        return options_flag(name);
    }
    return word[1] != '\0' && (word[2] == '\0' || word[2] == '=') ? flag_by_letter(word[1]) : NULL;
}

/* One flag word; *next is the index of the word after it. */
static bool read_flag(int argc, char **argv, int *next, struct options *out, struct failure *failure)
{
    const char *value, *word = argv[*next - 1];
    const struct flag *flag = flag_of(word, &value);

    if (flag == NULL)
        return failure_set(failure, EXIT_USAGE, "USAGE", NULL, _("unknown flag %s"), word);
    if (flag->value == NULL)
        return value == NULL
                   ? add(out, flag, NULL, failure)
                   : failure_set(failure, EXIT_USAGE, "USAGE", flag->name, _("--%s takes no value"), flag->name);
    if (value != NULL)
        return add(out, flag, value, failure);
    if (*next >= argc)
        return failure_set(failure, EXIT_USAGE, "USAGE", flag->name, _("--%s needs a value: %s"), flag->name,
                           flag->value);
    return add(out, flag, argv[(*next)++], failure);
}

bool options_read(int argc, char **argv, struct options *out, struct failure *failure)
{
    struct failure later; /* than the first mistake */
    bool flags_end = false, ok = true;

    *out = (struct options){.word_count = 0};
    for (int i = 1; i < argc;) {
        char *word = argv[i++];
        if (!flags_end && strcmp(word, "--") == 0) {
            flags_end = true;
        } else if (!flags_end && word[0] == '-' && word[1] != '\0') {
            const char *value;
            if (ok && flag_of(word, &value) == NULL)
                out->unknown = word;
            ok = read_flag(argc, argv, &i, out, ok ? failure : &later) && ok;
        } else if (out->word_count < OPTIONS_MAX) {
            out->words[out->word_count++] = word;
        } else {
            ok = failure_set(ok ? failure : &later, EXIT_USAGE, "USAGE", NULL, _("too many words"));
        }
    }
    return ok;
}

const char *options_value(const struct options *options, const char *name)
{
    const char *value = NULL;

    for (int i = 0; i < options->given_count; i++)
        if (strcmp(options->given[i].flag->name, name) == 0)
            value = options->given[i].value;
    return value;
}

bool options_has(const struct options *options, const char *name)
{
    for (int i = 0; i < options->given_count; i++)
        if (strcmp(options->given[i].flag->name, name) == 0)
            return true;
    return false;
}

long long options_duration_ms(const char *text)
{
    char *end;
    long long number;

    if (text == NULL || text[0] < '0' || text[0] > '9')
        return -1;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || number > 100000000LL || end[0] == '\0' || end[1] != '\0')
        return -1;
    switch (end[0]) {
    case 'd':
        return number * 86400000LL;
    case 'h':
        return number * 3600000LL;
    case 'm':
        return number * 60000LL;
    case 's':
        return number * 1000LL;
    default:
        return -1;
    }
}
