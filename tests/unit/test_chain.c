/* The event chain: the layout's hash, and that every field is in it. */
#include "server/commit/chain.h"

#include "tests/unit/unit.h"

/* SHA-256 of the layout of example(), computed outside of this program from the words of the protocol text. */
static const char example_hash[] = "bb6d30ef2bd6d863cb8d0b16daf44b20268312b7fa6462c2e30a8d98ca2294c1";

static struct event example(void)
{
    struct event event = {
        .customer = {7, 1024},
        .application = 77,
        .seq = 2,
        .kind = EVENT_VERIFY,
        .actor = 5,
        .at = 1795413900000000,
        .from_state = STATE_SUBMITTED,
        .to_state = STATE_VERIFIED,
        .version = 2,
        .payload = "{\"reason\":\"单价\"}",
    };
    for (int i = 0; i < CHAIN_HASH_BYTES; i++) {
        event.hash_prev[i] = (uint8_t)i;
    }
    for (int i = 0; i < 16; i++) {
        event.command_id.bytes[i] = (uint8_t)(0x10 + i);
    }
    return event;
}

static void the_hash_is_that_of_the_layout(void **state)
{
    (void)state;
    struct event event = example();
    uint8_t hash[CHAIN_HASH_BYTES];
    char text[2 * CHAIN_HASH_BYTES + 1];
    chain_hash(&event, hash);
    for (size_t i = 0; i < CHAIN_HASH_BYTES; i++) {
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
    }
    assert_string_equal(text, example_hash);
}

/* Fields changed one at a time. */
static struct event changed(int field)
{
    struct event event = example();
    switch (field) {
    case 0:
        event.customer.home++;
        break;
    case 1:
        event.customer.id++;
        break;
    case 2:
        event.application++;
        break;
    case 3:
        event.seq++;
        break;
    case 4:
        event.kind = EVENT_RETURN;
        break;
    case 5:
        event.command_id.bytes[15]++;
        break;
    case 6:
        event.actor++;
        break;
    case 7:
        event.at++;
        break;
    case 8:
        event.from_state = STATE_NONE;
        break;
    case 9:
        event.to_state = STATE_RETURNED;
        break;
    case 10:
        event.version++;
        break;
    case 11:
        event.payload = "{\"reason\":\"单价\"} ";
        break;
    default:
        event.hash_prev[31]++;
        break;
    }
    return event;
}

static void every_field_changes_the_hash(void **state)
{
    (void)state;
    struct event event = example();
    uint8_t hash[CHAIN_HASH_BYTES], other_hash[CHAIN_HASH_BYTES];
    chain_hash(&event, hash);
    for (int field = 0; field <= 12; field++) {
        struct event other = changed(field);
        chain_hash(&other, other_hash);
        assert_memory_not_equal(hash, other_hash, CHAIN_HASH_BYTES);
    }
}

static void faults_are_told_apart(void **state)
{
    (void)state;
    struct event event = example();
    uint8_t before[CHAIN_HASH_BYTES];
    memcpy(before, event.hash_prev, sizeof before);
    chain_hash(&event, event.hash);
    assert_int_equal(chain_check(&event, 1, before), CHAIN_FITS);
    assert_int_equal(chain_check(&event, 0, before), CHAIN_GAP);
    assert_int_equal(chain_check(&event, 2, before), CHAIN_GAP);
    before[0] ^= 1;
    assert_int_equal(chain_check(&event, 1, before), CHAIN_LINK);
    before[0] ^= 1;
    event.actor++;
    assert_int_equal(chain_check(&event, 1, before), CHAIN_HASH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_that_of_the_layout),
        cmocka_unit_test(every_field_changes_the_hash),
        cmocka_unit_test(faults_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
