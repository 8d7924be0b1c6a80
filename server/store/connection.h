/* Inside of store/: what pipe.c (units and results) and connect.c (the life of the connection) share. */
#ifndef CREDITD_STORE_CONNECTION_H
#define CREDITD_STORE_CONNECTION_H

#include "server/store/pipe.h"

/* When plans are made anew (pipe.c). */
#define REPLAN_ROWS_FIRST 64
#define REPLAN_EVERY_MS   (5 * 60 * 1000)

enum connection_state { CONNECTION_WAITING, CONNECTION_CONNECTING, CONNECTION_SETTING_UP, CONNECTION_UP };

struct txn {
    struct txn *next;
    struct store *store;
    bool writes;
    uint64_t rows; /* that it writes */
    bool lost;     /* could not be sent whole: nothing done */
    bool notice;   /* the server warned while it ran */
    bool doubt;    /* a fatal error came when only the commit was left */
    bool failed;   /* an SQL error; `result` says which kind */
    enum store_result result;
    struct arena *arena;   /* of the taker; may be NULL */
    struct arena *scratch; /* parameters, until the unit is sent */
    struct params params;
    void *out;
    store_done *done;
    void *arg;
    int count, taken; /* statements sent, results taken */
    enum statement statements[STATEMENT_COUNT];
    txn_take *takes[STATEMENT_COUNT];
};

/* Which statements are to fail, one after the other, and when. */
#define FAILPOINTS_MAX 32
struct failpoint_step {
    enum statement statement;
    const char *sqlstate;
    long nth;
    bool onward; /* the nth run and all after it */
};
struct failpoint {
    enum statement statement; /* of the step that waits; STATEMENT_COUNT: none is left */
    long runs;                /* of that statement, since the step before has failed */
    size_t count, current;
    struct failpoint_step steps[FAILPOINTS_MAX];
};
struct failpoints {
    struct failpoint of[STORE_USE_COUNT];
};

struct store {
    struct event_base *base;
    struct store_config config; /* texts are copies */
    const char *name;           /* static */
    enum store_use use;
    bool writer;
    void (*changed)(void *arg, bool up);
    void *arg;
    struct failpoint *failpoint; /* NULL: none */

    enum connection_state state;
    PGconn *conn;
    struct event *read_event, *write_event;
    struct event *timer; /* end of the pause before connecting, or of the time to connect */
    struct event *guard; /* own time-out of the unit at the head */
    struct event *turn;  /* what must not happen inside a call */
    int pause_ms;
    char refusal[256]; /* why the database is not used; told once */

    struct txn *head, **tail;        /* sent, results expected in this order */
    struct txn *ended, **ended_tail; /* over without a result, to be answered from `turn` */
    size_t pending;
    bool unflushed; /* the end of what was sent is still here: the last unit's Sync has not left */
    bool broken;    /* the connection is to be dropped from `turn` */
    bool announced; /* what `changed` was told last */
    bool inside;    /* a callback is running */
    bool closed;
    uint32_t row_types[ROW_TYPE_COUNT];     /* of a writer; since it is connected */
    uint64_t rows_written, discard_at_rows; /* since it is connected; of the next re-planning */
    int64_t discard_at_ms;                  /* monotonic; likewise by time */
};

/* pipe.c */
void pipe_sent(struct store *store);         /* flushes and arms the write event */
void pipe_read(struct store *store);         /* takes what has come */
void pipe_fail_all(struct store *store);     /* the connection is gone: ends every unit */
void pipe_answer_ended(struct store *store); /* calls back the units that are over */
/* `take`: of session_setup; `take_types`: of row_types, on connections that write. */
struct txn *pipe_send_setup(struct store *store, store_done *done, txn_take *take, txn_take *take_types);
struct txn *pipe_send_prepare(struct store *store, store_done *done);

/* connect.c */
void connection_break(struct store *store, const char *why); /* drops it at the end of the loop turn */
int64_t connection_clock_ms(void);

#endif
