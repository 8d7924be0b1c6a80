/* The encoding of protobuf, as far as these messages need it. */
#include "tests/bench/creditbench/message.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base.pb-c.h"
#include "common/check.h"
#include "common/frame.h"
#include "common/reasons.h"

static const char why_text[] = "The customer asked for other terms; its figures of this quarter are enclosed.";
static const char opinion_text[] = "Licence, statements and trade volume were seen in the original and agree with the "
                                   "application; nothing speaks against the change.";

/* ---- writing ---- */

static uint8_t *put_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static uint8_t *put_number(uint8_t *at, unsigned field, uint64_t value)
{
    return put_varint(put_varint(at, field << 3), value);
}

static uint8_t *put_bytes(uint8_t *at, unsigned field, const void *bytes, size_t length)
{
    at = put_varint(put_varint(at, field << 3 | 2), length);
    memcpy(at, bytes, length);
    return at + length;
}

static uint8_t *put_text(uint8_t *at, unsigned field, const char *text)
{
    return put_bytes(at, field, text, strlen(text));
}

/* Puts the header before a body that ends at `at`; the length of both. */
static size_t finish(uint8_t *out, const uint8_t *at, enum method method, uint64_t id)
{
    struct frame frame = {.kind = FRAME_REQUEST, .method = (uint16_t)method, .id = id};

    frame.length = (uint32_t)(at - out - FRAME_HEADER_BYTES);
    frame_encode(out, &frame);
    CHECK(at - out <= REQUEST_BYTES_MAX);
    return (size_t)(at - out);
}

size_t write_hello(uint8_t *out, uint64_t id)
{
    uint8_t *at = put_number(put_number(out + FRAME_HEADER_BYTES, 1, 1), 2, 1);

    return finish(out, put_text(put_text(at, 3, "creditbench/1"), 4, "en"), METHOD_HELLO, id);
}

size_t write_resume(uint8_t *out, uint64_t id, const uint8_t token[TOKEN_BYTES])
{
    return finish(out, put_bytes(out + FRAME_HEADER_BYTES, 1, token, TOKEN_BYTES), METHOD_RESUME, id);
}

size_t write_inbox(uint8_t *out, uint64_t id, unsigned limit)
{
    return finish(out, put_number(put_text(out + FRAME_HEADER_BYTES, 1, "bench"), 3, limit), METHOD_INBOX, id);
}

size_t write_step(uint8_t *out, uint64_t id, enum step step, struct uuid command, const struct customer *customer)
{
    struct key application = {customer->key.home, customer->application};
    uint8_t *at = put_bytes(out + FRAME_HEADER_BYTES, 1, command.bytes, sizeof command.bytes);
    char name[PUBLIC_ID_BYTES];

    public_id_format(step == SUBMIT ? 'C' : 'A', step == SUBMIT ? customer->key : application, name);
    if (step != SUBMIT)
        at = put_number(at, 2, (uint64_t)step); /* a version for each step before */
    at = put_text(at, 3, name);
    if (step == SUBMIT)
        at = put_text(put_number(at, 4, (uint64_t)customer->asked), 5, why_text);
    else if (step == VERIFY)
        at = put_text(put_number(at, 4, FINDING_CONFIRMED), 5, opinion_text);
    return finish(out, at, step_method[step], id);
}

/* As uuid_new(), but the random bits are drawn once and counted on from. */
struct uuid new_command_id(void)
{
    static uint64_t random;
    struct timespec now;
    struct uuid uuid;
    uint64_t time, low;

    if (random == 0)
        randombytes_buf(&random, sizeof random);
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    time = ((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000) << 16 | 0x7000 |
           (uint64_t)now.tv_nsec % 1000000 * 4096 / 1000000;
    low = (random++ & 0x3fffffffffffffff) | 0x8000000000000000;
    for (int i = 7; i >= 0; i--, time >>= 8, low >>= 8) {
        uuid.bytes[i] = (uint8_t)time;
        uuid.bytes[8 + i] = (uint8_t)low;
    }
    return uuid;
}

/* ---- reading ---- */

struct field {
    unsigned number;
    int64_t value;    /* of a varint */
    struct text text; /* of what has a length */
};

static bool get_varint(struct text *at, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && at->length > 0; shift += 7) {
        uint8_t byte = (uint8_t)*at->bytes++;
        at->length--;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* Takes a field off; false: there is none. `at->length` is 0 then when the message ended well. */
static bool get_field(struct text *at, struct field *out)
{
    uint64_t tag, number;
    struct text rest = *at;

    if (rest.length == 0 || !get_varint(&rest, &tag) || !get_varint(&rest, &number))
        return false;
    *out = (struct field){.number = (unsigned)(tag >> 3), .value = (int64_t)number};
    if ((tag & 7) == 2) {
        if (number > rest.length)
            return false;
        out->text = (struct text){rest.bytes, (size_t)number};
        rest.bytes += number;
        rest.length -= (size_t)number;
    } else if ((tag & 7) != 0) {
        return false;
    }
    *at = rest;
    return true;
}

bool read_answer(const uint8_t *bytes, size_t length, struct answer *out)
{
    struct text at = {(const char *)bytes, length};
    struct field field;

    *out = (struct answer){.status = 0};
    while (get_field(&at, &field))
        switch (field.number) {
        case 1:
            out->status = field.value;
            break;
        case 2:
            out->reason = field.value;
            break;
        case 6:
            out->retryable = field.value != 0;
            break;
        case 7:
            out->retry_after_ms = field.value;
            break;
        case 8:
            out->entity = field.text;
            break;
        case 9:
            out->version = field.value;
            break;
        case 10:
            out->body = field.text;
            break;
        default:
            break;
        }
    return at.length == 0;
}

static bool read_shown(struct text at, struct shown_application *out)
{
    struct field field;

    *out = (struct shown_application){.state = 0};
    while (get_field(&at, &field))
        switch (field.number) {
        case 1:
            out->id = field.text;
            break;
        case 2:
            out->state = field.value;
            break;
        case 3:
            out->version = field.value;
            break;
        case 12:
            out->due_us = field.value;
            break;
        default:
            break;
        }
    return at.length == 0;
}

bool read_application(struct text body, struct shown_application *out)
{
    struct field field;

    return get_field(&body, &field) && field.number == 1 && body.length == 0 && read_shown(field.text, out);
}

bool next_listed(struct text *at, struct shown_application *out, bool *more)
{
    struct field field;

    while (get_field(at, &field)) {
        if (field.number == 1)
            return read_shown(field.text, out);
        *more |= field.number == 2;
    }
    return false;
}

void tell_answer(const uint8_t *bytes, size_t length)
{
    Creditd__V1__Answer *answer = creditd__v1__answer__unpack(NULL, length, bytes);

    if (answer == NULL) {
        fprintf(stderr, "no message of %zu bytes\n", length);
        return;
    }
    fprintf(stderr, "status %d reason %s", (int)answer->status, reason_name((enum reason)answer->reason));
    if (answer->field != NULL)
        fprintf(stderr, " field %s", answer->field);
    for (size_t i = 0; i < answer->n_arguments; i++)
        fprintf(stderr, " %s=%s", answer->arguments[i]->name, answer->arguments[i]->value);
    if (answer->entity_id != NULL)
        fprintf(stderr, " entity %s version %u", answer->entity_id, answer->version);
    fprintf(stderr, "\n");
    creditd__v1__answer__free_unpacked(answer, NULL);
}
