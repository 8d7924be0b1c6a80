/* A worker's place under its parent, and what the two say to each other: single bytes over a socket pair. */
#ifndef CREDITD_SEAT_H
#define CREDITD_SEAT_H

#define SEAT_HEARD_MAX 64

enum seat_message {
    /* to the parent */
    SEAT_READY = 'R',    /* serves */
    SEAT_ALIVE = 'A',    /* the loop goes round */
    SEAT_RELOADED = 'D', /* an asked reload is over, whatever came of it */
    /* to the worker */
    SEAT_RELOAD = 'H',
    SEAT_END = 'T',     /* drain */
    SEAT_END_NOW = 'K', /* do not wait for what is in flight */
    /* both ways */
    SEAT_DUE = 'W', /* a commit has left something due: told to the worker that watches */
};

struct seat {
    unsigned number; /* from 1; the first one watches what is due */
    int channel;     /* non-blocking */
    int beat_ms;     /* how often SEAT_ALIVE is to be said; 0: never */
};

/* Says it; who does not listen for long may miss it. */
void seat_say(int channel, enum seat_message message);
/* Gives how many messages have come, or -1 when the other end has gone. */
int seat_hear(int channel, char heard[SEAT_HEARD_MAX]);

#endif
