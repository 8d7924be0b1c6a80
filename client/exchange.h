/* Requests and answers: reads, and commands that are journaled, sent, and sent again until their outcome is definite.
 */
#ifndef CREDITD_CLIENT_EXCHANGE_H
#define CREDITD_CLIENT_EXCHANGE_H

#include <protobuf-c/protobuf-c.h>

#include "client/client.h"
#include "client/journal.h"
#include "common/vocabulary.h"

void exchange_disconnect(struct client *client);
/* The same of one that broke or is of no use: the next one is to another server, when there is one. */
void exchange_leave(struct client *client);
/* Reads what the profile says of the servers, unless it was done; false: failure is set. */
bool exchange_find_servers(struct client *client);

/* Sends a request that changes nothing, again when the server said RETRY or the connection broke. NULL: client->failure
 * is set. The answer is OK and belongs to the run's arena. `session`: it needs a login. */
const Creditd__V1__Answer *exchange_read(struct client *client, enum method method, const ProtobufCMessage *request,
                                         bool session);
/* The same with the answer in an arena of the caller's, for one page of many. */
const Creditd__V1__Answer *exchange_read_page(struct client *client, struct arena *arena, enum method method,
                                              const ProtobufCMessage *request);
/* The same for a command; the request must carry client->command_id. It stays in the journal when its outcome is not
 * known (OUTCOME_UNKNOWN). */
const Creditd__V1__Answer *exchange_command(struct client *client, enum method method, const ProtobufCMessage *request);
/* Sends a command of the journal again; its entry has a body. The answer is definite, OK or not; NULL: failure is set
 * and the outcome is still not known. */
const Creditd__V1__Answer *exchange_again(struct client *client, const struct journal_entry *entry);
/* Unpacks the body of an answer; NULL: failure is set. */
void *exchange_body(struct client *client, const Creditd__V1__Answer *answer,
                    const ProtobufCMessageDescriptor *descriptor);

/* The same from and into an arena of the caller's. */
void *exchange_unpack(struct client *client, struct arena *arena, const Creditd__V1__Answer *answer,
                      const ProtobufCMessageDescriptor *descriptor);

/* Commands of one method that go together. */
struct exchange_batch {
    enum method method;
    size_t count;
    const ProtobufCMessage *const *requests; /* each carries its id */
    const struct uuid *ids;
    bool harmless;                       /* they change nothing (a dry run): the journal does not keep them */
    const Creditd__V1__Answer **answers; /* NULLs; gets the definite answers */
    bool *in_doubt;                      /* false; set for those without an answer that may have been done */
};
/* Many commands at once, in steps between which the caller may do other things than exchanges. Requests, answers and
 * the exchange are held in `arena`, the batch by the caller until the end. prepare: journals them together; NULL:
 * failure is set and there is nothing to end. */
struct exchange *exchange_prepare(struct client *client, struct arena *arena, const struct exchange_batch *batch);
/* Sends them, as far as there is a connection, and waits for no answer. */
void exchange_start(struct exchange *exchange);
/* Ends one that was not started. */
void exchange_drop(struct exchange *exchange);
/* Ends it, started or not: sends what is not sent, and again until each is definite. False: some have no answer,
 * failure is set. Those in doubt stay in the journal; the others without an answer certainly were not done. */
bool exchange_finish(struct exchange *exchange);
/* prepare and finish. */
bool exchange_many(struct client *client, struct arena *arena, const struct exchange_batch *batch);

#endif
