/* Versions of the policy: list, show, and check of a text or a version with the tests that stand beside it. */
#include <string.h>

#include "server/operations/page.h"
#include "server/operations/policy_view.h"
#include "server/operations/registry.h"

/* ---- list ---- */

struct list {
    struct policy_page page;
};

static void list_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    const struct list *list = call->state;
    const struct policy_page *page = &list->page;
    Creditd__V1__PolicyListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__PolicyListAnswer);

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &page->stamp))
        return;
    creditd__v1__policy_list_answer__init(body);
    body->policies = ARENA_ARRAY(call->arena, Creditd__V1__Policy *, page->count + 1);
    for (size_t i = 0; i < page->count; i++)
        body->policies[body->n_policies++] = view_policy(call, &page->rows[i], NULL, page->stamp.now);
    body->has_next = page->more;
    body->next = page->more ? (uint32_t)page->rows[page->count - 1].version : 0;
    call_answer(call, &body->base);
}

static void list_start(struct call *call)
{
    const Creditd__V1__PolicyListRequest *request = (const void *)call->request;
    struct list *list = ARENA_NEW(call->arena, struct list);
    unsigned limit;

    call->state = list;
    if (!page_limit(call, request->has_limit, request->limit, &limit))
        return;
    if (request->before > INT32_MAX) {
        call_refuse(call, REASON_FIELD_INVALID, "before", "rule", "the `next` of the page before");
        return;
    }
    store_read_policies(call_reader(call), (int32_t)request->before, limit, call->arena, &list->page, list_done, call);
}

/* ---- one version ---- */

struct one {
    struct read_stamp stamp;
    int32_t version;
    struct policy_found found;
    store_done *done;
};

/* NOT_FOUND, or the call was refused or restarted: false. */
static bool one_is_there(struct call *call, enum store_result result)
{
    const struct one *one = call->state;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (call_restarted(call, &one->found.stamp))
        return false;
    else if (!one->found.found)
        call_refuse(call, REASON_NOT_FOUND, "version", NULL, NULL);
    else
        return true;
    return false;
}

static void read_one(struct call *call, store_done *done)
{
    struct one *one = call->state;

    store_read_policy(call_reader(call), one->version, call->arena, &one->found, done, call);
}

/* Without a number it is the one in force now, which the database's clock tells. */
static void stamp_read(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct one *one = call->state;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &one->stamp))
        return;
    one->version = reference_policy_in_force(call_reference(call), one->stamp.now)->version;
    read_one(call, one->done);
}

static void start_one(struct call *call, bool has_version, uint32_t version, store_done *done)
{
    struct one *one = ARENA_NEW(call->arena, struct one);

    call->state = one;
    one->done = done;
    if (!has_version) {
        store_read_stamp(call_reader(call), &one->stamp, stamp_read, call);
    } else if (version == 0 || version > INT32_MAX) {
        call_refuse(call, REASON_NOT_FOUND, "version", NULL, NULL);
    } else {
        one->version = (int32_t)version;
        read_one(call, done);
    }
}

static void show_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    const struct one *one = call->state;
    Creditd__V1__PolicyAnswer *body = ARENA_NEW(call->arena, Creditd__V1__PolicyAnswer);

    if (!one_is_there(call, result))
        return;
    creditd__v1__policy_answer__init(body);
    body->policy = view_policy(call, &one->found.row, one->found.text, one->found.stamp.now);
    call_answer(call, &body->base);
}

static void show_start(struct call *call)
{
    const Creditd__V1__PolicyShowRequest *request = (const void *)call->request;

    start_one(call, request->has_version, request->version, show_done);
}

/* ---- check ---- */

static char *word_of(struct call *call, enum grade grade)
{
    return arena_strdup(call->arena, grade == GRADE_NONE ? word_name(words_tier, TIER_ORDINARY)
                                                         : word_name(words_grade, (int)grade));
}

static void answer_check(struct call *call, const char *text)
{
    Creditd__V1__PolicyCheckAnswer *body = ARENA_NEW(call->arena, Creditd__V1__PolicyCheckAnswer);
    struct refusal refusal;
    const struct policy *policy = policy_of_text(text, call->arena, &refusal);

    if (policy == NULL) {
        call_refuse(call, refusal.reason, refusal.field, refusal.name, refusal.value);
        return;
    }
    creditd__v1__policy_check_answer__init(body);
    body->vectors = ARENA_ARRAY(call->arena, Creditd__V1__PolicyVector *, policy->vector_count + 1);
    for (int i = 0; i < policy->vector_count; i++) {
        const struct policy_vector *vector = &policy->vectors[i];
        Creditd__V1__PolicyVector *out = ARENA_NEW(call->arena, Creditd__V1__PolicyVector);
        creditd__v1__policy_vector__init(out);
        out->name = arena_strdup(call->arena, vector->name);
        out->expected = word_of(call, vector->expected);
        out->given = word_of(call, policy_vector_gives(policy, vector));
        body->vectors[body->n_vectors++] = out;
    }
    call_answer(call, &body->base);
}

static void check_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    const struct one *one = call->state;

    if (one_is_there(call, result))
        answer_check(call, one->found.text);
}

static void check_start(struct call *call)
{
    const Creditd__V1__PolicyCheckRequest *request = (const void *)call->request;

    if (request->text == NULL)
        start_one(call, request->has_version, request->version, check_done);
    else if (request->has_version)
        call_refuse(call, REASON_FIELD_INVALID, "version", "rule", "a text or a version, not both");
    else
        answer_check(call, request->text);
}

const struct operation operation_policy_list = {.method = METHOD_POLICY_LIST,
                                                .kind = OPERATION_READ,
                                                .request = &creditd__v1__policy_list_request__descriptor,
                                                .start = list_start};
const struct operation operation_policy_show = {.method = METHOD_POLICY_SHOW,
                                                .kind = OPERATION_READ,
                                                .request = &creditd__v1__policy_show_request__descriptor,
                                                .start = show_start};
const struct operation operation_policy_check = {.method = METHOD_POLICY_CHECK,
                                                 .kind = OPERATION_READ,
                                                 .request = &creditd__v1__policy_check_request__descriptor,
                                                 .start = check_start};
