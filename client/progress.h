/* How far something went that does not wait. */
#ifndef CREDITD_CLIENT_PROGRESS_H
#define CREDITD_CLIENT_PROGRESS_H

enum progress {
    PROGRESS_DONE,
    PROGRESS_WAITS, /* it goes on when what it waits for is there */
    PROGRESS_FAILED
};

#endif
