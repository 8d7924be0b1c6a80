/* Requests and answers: reads, and commands that are journaled, sent, and sent again until their outcome is definite.
 */
#ifndef CREDITD_CLIENT_EXCHANGE_H
#define CREDITD_CLIENT_EXCHANGE_H

#include <protobuf-c/protobuf-c.h>

#include "client/client.h"
#include "client/journal.h"
#include "common/vocabulary.h"

/* Opens the connection when there is none: Hello, and Resume when the profile has a token and `session` is set. */
bool exchange_connect(struct client *client, bool session);
void exchange_disconnect(struct client *client);

/* Sends a request that changes nothing, again when the server said RETRY or the connection broke. NULL: client->failure
 * is set. The answer is OK and belongs to the run's arena. `session`: it needs a login. */
const Creditd__V1__Answer *exchange_read(struct client *client, enum method method, const ProtobufCMessage *request,
                                         bool session);
/* The same for a command; the request must carry client->command_id. It stays in the journal when its outcome is not
 * known (OUTCOME_UNKNOWN). */
const Creditd__V1__Answer *exchange_command(struct client *client, enum method method, const ProtobufCMessage *request);
/* Sends a command of the journal again; its entry has a body. The answer is definite, OK or not; NULL: failure is set
 * and the outcome is still not known. */
const Creditd__V1__Answer *exchange_again(struct client *client, const struct journal_entry *entry);
/* Unpacks the body of an answer; NULL: failure is set. */
void *exchange_body(struct client *client, const Creditd__V1__Answer *answer,
                    const ProtobufCMessageDescriptor *descriptor);

/* Many commands at once: journaled together, pipelined, repeated until each is definite. `answers` (NULLs) gets one for
 * each. False: some have none, failure is set. `unknown` of those may have been done, and stay in the journal; the
 * others certainly were not. */
bool exchange_many(struct client *client, enum method method, const ProtobufCMessage *const *requests,
                   const struct uuid *ids, size_t count, const Creditd__V1__Answer **answers, size_t *unknown);

#endif
