/* Hashing of events. The layout has no options and no lengths to choose: what is of variable size is hashed first. */
#include "server/commit/chain.h"

#include <string.h>

#include "server/digest.h"

static const char chain_domain[] = "creditd/event/1";

static void put_be(uint8_t **at, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        *(*at)++ = (uint8_t)(value >> (8 * i));
}

static void put_bytes(uint8_t **at, const void *bytes, size_t size)
{
    memcpy(*at, bytes, size);
    *at += size;
}

void chain_hash(const struct event *event, uint8_t out[CHAIN_HASH_BYTES])
{
    uint8_t layout[256], payload[DIGEST_BYTES], *at = layout;

    digest_of(event->payload, strlen(event->payload), payload);
    put_bytes(&at, chain_domain, sizeof chain_domain - 1);
    put_bytes(&at, event->hash_prev, CHAIN_HASH_BYTES);
    put_be(&at, (uint64_t)event->customer.home, 2);
    put_be(&at, (uint64_t)event->customer.id, 8);
    put_be(&at, (uint64_t)event->seq, 8);
    put_be(&at, (uint64_t)event->application, 8);
    put_bytes(&at, event->command_id.bytes, sizeof event->command_id.bytes);
    put_be(&at, (uint64_t)event->actor, 8);
    put_be(&at, (uint64_t)event->at, 8);
    put_be(&at, (uint64_t)event->kind, 2);
    put_be(&at, (uint64_t)event->from_state, 2);
    put_be(&at, (uint64_t)event->to_state, 2);
    put_be(&at, (uint64_t)event->version, 4);
    put_bytes(&at, payload, sizeof payload);
    digest_of(layout, (size_t)(at - layout), out);
}

enum chain_fault chain_check(const struct event *event, int64_t seq_before, const uint8_t hash_before[CHAIN_HASH_BYTES])
{
    uint8_t hash[CHAIN_HASH_BYTES];

    if (event->seq != seq_before + 1)
        return CHAIN_GAP;
    if (memcmp(event->hash_prev, hash_before, CHAIN_HASH_BYTES) != 0)
        return CHAIN_LINK;
    chain_hash(event, hash);
    return memcmp(hash, event->hash, CHAIN_HASH_BYTES) == 0 ? CHAIN_FITS : CHAIN_HASH;
}
