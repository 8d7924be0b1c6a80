/* One datagram per message to the service manager. A message that cannot be sent is logged and nothing more. */
#include "server/monitor/notify.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

static void notify(const char *message)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t bytes;
    size_t length;
    int fd;

    if (path == NULL || path[0] == '\0')
        return;
    length = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || length >= sizeof address.sun_path) {
        log_warning("NOTIFY_SOCKET is no address");
        return;
    }
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') /* abstract */
        address.sun_path[0] = '\0';
    bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || sendto(fd, message, strlen(message), MSG_NOSIGNAL, (const struct sockaddr *)&address, bytes) < 0)
        log_warning("the service manager cannot be told: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
}

void notify_ready(void)
{
    notify("READY=1");
}

void notify_reloading(void)
{
    struct timespec now;
    char message[64];

    /* Both in one message: a manager that wants the time waits for it otherwise. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    notify(message);
}

void notify_stopping(void)
{
    notify("STOPPING=1");
}

static long long variable_number(const char *name)
{
    const char *text = getenv(name);

    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

int notify_watchdog_ms(void)
{
    long long interval_us = variable_number("WATCHDOG_USEC"), pid = variable_number("WATCHDOG_PID");

    if (interval_us <= 0 || (pid != 0 && pid != getpid()))
        return 0;
    return interval_us > INT_MAX ? INT_MAX / 1000 : (int)((interval_us + 999) / 1000);
}

void notify_alive(void)
{
    notify("WATCHDOG=1");
}

void notify_disown(void)
{
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
}
