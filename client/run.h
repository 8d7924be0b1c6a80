/* What the commands of all nouns share: sending a filled request and printing what comes. */
#ifndef CREDITD_CLIENT_RUN_H
#define CREDITD_CLIENT_RUN_H

#include "client/client.h"
#include "client/commands.h"
#include "client/exchange.h"
#include "client/output.h"
#include "client/records.h"
#include "client/text.h"
#include "standing.pb-c.h"

#define RUN_DIGEST_BYTES 32

/* Prints the failure and gives its exit code. */
int run_fail(const struct client *client);
/* The same, and lets go of a list that was being gathered. */
int run_fail_list(const struct client *client, json_t *list);
/* The id of this run's command, as bytes for a request. */
ProtobufCBinaryData run_command_id(struct client *client);
/* The value of --if-version. False: failure is set. */
bool run_if_version(struct client *client, protobuf_c_boolean *has, uint32_t *out);
/* A date as the protocol writes it; NULL: the text is none. */
char *run_plain_date(struct client *client, const char *text);
/* A date given by a flag, as the protocol writes it; NULL: absent. False: failure is set. */
bool run_date(struct client *client, const char *flag, char **out);
/* A flag's value as protobuf-c wants it (never written to). */
char *run_text(const struct client *client, const char *flag);
char *run_operand(const struct client *client, int n);
/* Sends a command whose answer has no body to show; prints {id: entity} and gives the exit code. */
int run_simple(struct client *client, enum method method, const ProtobufCMessage *request, const char *key);
/* The customer of the first operand, as the flags --on, --known and --purpose ask. NULL: failure is set. */
const Creditd__V1__CustomerShowAnswer *run_read_customer(struct client *client);
/* A password: the first line of standard input (--password-stdin), or asked for on the terminal. NULL: failure is set.
 */
char *run_password(struct client *client, const char *prompt);
/* A line typed at the terminal, which may be empty. NULL: failure is set. */
char *run_ask(struct client *client, const char *prompt);
/* A text file, its line ends LF whatever system it comes from: the server takes no other control character. NULL:
 * failure is set. */
char *run_read_text(struct client *client, const char *path);
/* The SHA-256 of a file's bytes. False: failure is set. */
bool run_digest_file(struct client *client, const char *path, uint8_t digest[RUN_DIGEST_BYTES]);
/* Roles of a repeated flag. False: failure is set. */
bool run_roles(struct client *client, const char *flag, Creditd__V1__Role **out, size_t *count);

#endif
