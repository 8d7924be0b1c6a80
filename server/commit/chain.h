/* The hash chain of events: SHA-256 over a fixed binary layout that links each event to the one before it. */
#ifndef CREDITD_COMMIT_CHAIN_H
#define CREDITD_COMMIT_CHAIN_H

#include "server/rules/model.h"

/* The hash of an event from its fields and its hash_prev (layout: proto/PROTOCOL.md, event chain). */
void chain_hash(const struct event *event, uint8_t out[CHAIN_HASH_BYTES]);

enum chain_fault { CHAIN_FITS, CHAIN_GAP, CHAIN_LINK, CHAIN_HASH };
/* Does the event follow (seq, hash) of the event before it? */
enum chain_fault chain_check(const struct event *event, int64_t seq_before,
                             const uint8_t hash_before[CHAIN_HASH_BYTES]);

#endif
