/* Locale and catalogue. */
#include "client/text.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The catalogue beside the program (a build that is not installed), else the one of the installation that the program
 * stands in. */
static void bind_catalogue(void)
{
    static const char file[] = "/zh_CN/LC_MESSAGES/creditctl.mo";
    static const char *const places[] = {"/locale", "/../share/locale"};
    char program[PATH_MAX], path[PATH_MAX + 64];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);

    if (length <= 0)
        return;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(path, sizeof path, "%s%s%s", program, places[i], file);
        if (access(path, R_OK) != 0)
            continue;
        path[strlen(path) - strlen(file)] = '\0';
        bindtextdomain("creditctl", path);
        return;
    }
}

static const char *environment_language(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return "C";
}

int text_start(const char *asked)
{
    const char *language = asked != NULL ? asked : environment_language();

    if (asked != NULL && strcmp(asked, "en") != 0 && strcmp(asked, "zh_CN") != 0)
        return 0;
    /* A locale that the machine lacks, or one without UTF-8, must cost neither the language nor the widths. */
    if (asked != NULL || setlocale(LC_ALL, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        if (setlocale(LC_ALL, "C.UTF-8") == NULL)
            setlocale(LC_ALL, "en_US.UTF-8");
    setlocale(LC_NUMERIC, "C"); /* JSON and pages have decimal points everywhere */
    if (strncmp(language, "zh", 2) == 0)
        setenv("LANGUAGE", "zh_CN", 1);
    else if (asked != NULL || getenv("LANGUAGE") == NULL)
        setenv("LANGUAGE", "en", 1);
    bind_catalogue();
    bind_textdomain_codeset("creditctl", "UTF-8");
    textdomain("creditctl");
    return 1;
}

/* ---- words with several meanings ---- */

static const char *noun_of_run;

void text_set_noun(const char *noun)
{
    noun_of_run = noun;
}

/* The text in a context, in the form in which catalogues hold it; NULL: there is none. */
static const char *in_context(const char *context, const char *text)
{
    char id[128];
    const char *found;

    if (context == NULL || (size_t)snprintf(id, sizeof id, "%s\004%s", context, text) >= sizeof id)
        return NULL;
    found = gettext(id);
    return found == id ? NULL : found;
}

static const char *text_name(const char *context, const char *name)
{
    const char *found = in_context(noun_of_run, name);

    if (found == NULL)
        found = in_context(context, name);
    return found != NULL ? found : _(name);
}

const char *text_column(const char *name)
{
    return text_name("column", name);
}

const char *text_field(const char *name)
{
    return text_name("field", name);
}

const char *text_word(const char *column, const char *word)
{
    const char *found = in_context(column, word);

    return found != NULL ? found : _(word);
}
