/* The words and reasons of common/ are those of the .proto enums, both ways. */
#include "common/vocabulary.h"

#include <ctype.h>
#include <protobuf-c/protobuf-c.h>

#include "application.pb-c.h"
#include "assessment.pb-c.h"
#include "auth.pb-c.h"
#include "base.pb-c.h"
#include "common/reasons.h"
#include "customer.pb-c.h"
#include "org.pb-c.h"
#include "standing.pb-c.h"
#include "tests/unit/unit.h"

static const struct {
    const ProtobufCEnumDescriptor *descriptor;
    const struct word *words;
    const char *prefix;
} lists[] = {
    {&creditd__v1__grade__descriptor, words_grade, "GRADE_"},
    {&creditd__v1__tier__descriptor, words_tier, "TIER_"},
    {&creditd__v1__stage__descriptor, words_stage, "STAGE_"},
    {&creditd__v1__verdict__descriptor, words_verdict, "VERDICT_"},
    {&creditd__v1__state__descriptor, words_state, "STATE_"},
    {&creditd__v1__finding__descriptor, words_finding, "FINDING_"},
    {&creditd__v1__review_finding__descriptor, words_review_finding, "REVIEW_FINDING_"},
    {&creditd__v1__event_kind__descriptor, words_event, "EVENT_"},
    {&creditd__v1__basis__descriptor, words_basis, "BASIS_"},
    {&creditd__v1__cause__descriptor, words_cause, "CAUSE_"},
    {&creditd__v1__factor_group__descriptor, words_factor_group, "FACTOR_GROUP_"},
    {&creditd__v1__factor_input__descriptor, words_factor_input, "FACTOR_INPUT_"},
    {&creditd__v1__combine__descriptor, words_combine, "COMBINE_"},
    {&creditd__v1__review__descriptor, words_review, "REVIEW_"},
    {&creditd__v1__unit_level__descriptor, words_unit_level, "UNIT_LEVEL_"},
    {&creditd__v1__job_level__descriptor, words_job_level, "JOB_LEVEL_"},
    {&creditd__v1__role__descriptor, words_role, "ROLE_"},
    {&creditd__v1__status__descriptor, words_status, "STATUS_"},
    {&creditd__v1__method__descriptor, words_method, "METHOD_"},
};

/* "unit.create" with prefix METHOD_ is METHOD_UNIT_CREATE. */
static void proto_name(const char *prefix, const char *word, char out[64])
{
    assert_true(strlen(prefix) + strlen(word) < 64);
    snprintf(out, 64, "%s%s", prefix, word);
    for (char *at = out; *at != '\0'; at++) {
        *at = *at == '.' ? '_' : (char)toupper((unsigned char)*at);
    }
}

static size_t count_words(const struct word *words)
{
    size_t count = 0;
    while (words[count].name != NULL) {
        count++;
    }
    return count;
}

static void every_value_of_the_protocol_has_its_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        const ProtobufCEnumDescriptor *descriptor = lists[i].descriptor;
        assert_true(descriptor->n_values >= 2);
        assert_int_equal(descriptor->n_values, descriptor->n_value_names);
        for (unsigned n = 0; n < descriptor->n_values; n++) {
            const char *word = word_name(lists[i].words, descriptor->values[n].value);
            if (word == NULL) {
                fail_msg("%s has no word", descriptor->values[n].name);
            }
            char name[64];
            proto_name(lists[i].prefix, word, name);
            assert_string_equal(name, descriptor->values[n].name);
        }
    }
}

static void every_word_has_its_value_in_the_protocol(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        const struct word *words = lists[i].words;
        assert_int_equal(count_words(words), lists[i].descriptor->n_values);
        for (; words->name != NULL; words++) {
            char name[64];
            proto_name(lists[i].prefix, words->name, name);
            const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(lists[i].descriptor, name);
            if (value == NULL) {
                fail_msg("the protocol has no %s", name);
            }
            assert_int_equal(value->value, words->number);
        }
    }
}

static void words_are_found_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        for (const struct word *word = lists[i].words; word->name != NULL; word++) {
            assert_int_equal(word_number(lists[i].words, word->name), word->number);
            assert_ptr_equal(word_name(lists[i].words, word->number), word->name);
        }
        assert_int_equal(word_number(lists[i].words, "no such word"), -1);
        assert_int_equal(word_number(lists[i].words, ""), -1);
        assert_int_equal(word_number(lists[i].words, NULL), -1);
        assert_null(word_name(lists[i].words, 0));
        assert_null(word_name(lists[i].words, -1));
    }
    assert_int_equal(word_number(words_cause, "opening"), CAUSE_OPENING);
    assert_int_equal(word_number(words_cause, "correction"), CAUSE_CORRECTION);
    assert_int_equal(count_words(words_cause), CAUSE_CORRECTION);
}

static void every_reason_of_the_protocol_is_in_the_table(void **state)
{
    (void)state;
    const ProtobufCEnumDescriptor *descriptor = &creditd__v1__reason__descriptor;
    for (unsigned n = 0; n < descriptor->n_values; n++) {
        const char *name = reason_name((enum reason)descriptor->values[n].value);
        if (name == NULL) {
            fail_msg("%s is not in the table", descriptor->values[n].name);
        }
        char whole[64];
        proto_name("REASON_", name, whole);
        assert_string_equal(whole, descriptor->values[n].name);
    }
}

static void every_reason_of_the_table_is_in_the_protocol(void **state)
{
    (void)state;
    unsigned count = 0;
    for (enum reason reason; (reason = reason_at(count)) != REASON_NONE; count++) {
        const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value(&creditd__v1__reason__descriptor, (int)reason);
        if (value == NULL) {
            fail_msg("the protocol has no reason %s", reason_name(reason));
        }
        assert_int_equal(reason_from_name(reason_name(reason)), reason);
    }
    /* The protocol's REASON_NONE is no row. */
    assert_int_equal(count + 1, creditd__v1__reason__descriptor.n_values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_of_the_protocol_has_its_word),
        cmocka_unit_test(every_word_has_its_value_in_the_protocol),
        cmocka_unit_test(words_are_found_by_name),
        cmocka_unit_test(every_reason_of_the_protocol_is_in_the_table),
        cmocka_unit_test(every_reason_of_the_table_is_in_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
