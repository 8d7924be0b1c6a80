/* The channel between a worker and its parent. */
#include "server/seat.h"

#include <errno.h>
#include <sys/socket.h>

void seat_say(int channel, enum seat_message message)
{
    char byte = (char)message;

    (void)!send(channel, &byte, 1, MSG_NOSIGNAL); /* that the other end has gone is seen when it is heard */
}

int seat_hear(int channel, char heard[SEAT_HEARD_MAX])
{
    ssize_t got = recv(channel, heard, SEAT_HEARD_MAX, 0);

    if (got > 0)
        return (int)got;
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}
