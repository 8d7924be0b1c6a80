/* The file is JSON with what a script needs to connect; mode 0600, because a connection string can hold a password. */
#include "server/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/check.h"
#include "common/log.h"
#include "server/monitor/notify.h"

static json_t *text_or_null(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static char *ready_text(unsigned port, const struct prepared *prepared)
{
    long postmaster = prepared->embedded.postmaster_pid;
    json_t *object = json_object();
    char *text;

    json_object_set_new(object, "pid", json_integer(getpid()));
    json_object_set_new(object, "port", json_integer(port));
    json_object_set_new(object, "ca", text_or_null(prepared->ca));
    json_object_set_new(object, "socket_dir", text_or_null(prepared->embedded.socket_dir));
    json_object_set_new(object, "app_conninfo", text_or_null(prepared->app_conninfo));
    json_object_set_new(object, "owner_conninfo", text_or_null(prepared->owner_conninfo));
    json_object_set_new(object, "postmaster_pid", postmaster > 0 ? json_integer(postmaster) : json_null());
    text = json_dumps(object, JSON_INDENT(2));
    json_decref(object);
    CHECK(text != NULL);
    return text;
}

bool ready_write(const struct config *config, unsigned port, const struct prepared *prepared)
{
    const char *path = config->ready_file;
    char fresh[PATH_MAX];
    char *text;
    bool written;
    int fd;

    if (path == NULL)
        return true;
    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh) {
        errno = ENAMETOOLONG;
        return false;
    }
    unlink(fresh);
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    text = ready_text(port, prepared);
    written = write(fd, text, strlen(text)) == (ssize_t)strlen(text) && write(fd, "\n", 1) == 1;
    free(text);
    return close(fd) == 0 && written && rename(fresh, path) == 0;
}

enum exit_code ready_tell(const struct config *config, unsigned port, const struct prepared *prepared)
{
    if (!ready_write(config, port, prepared)) {
        log_error("%s: %s", config->ready_file, strerror(errno));
        return EXIT_CONFIG;
    }
    fprintf(stderr, "creditd: ready on %.*s:%u\n", (int)(strrchr(config->listen, ':') - config->listen), config->listen,
            port);
    notify_ready();
    return EXIT_OK;
}
