/* Versions of the policy as values of the protocol, and the reading of their texts. */
#include "server/operations/policy_view.h"

#include <string.h>

#include "common/text.h"
#include "server/operations/view.h"

#define MESSAGE_BYTES 384 /* an argument of an outcome holds it */

static void view_publication(const struct call *call, const struct policy_version *row, Creditd__V1__Policy *out)
{
    if (row->published_at == 0)
        return;
    out->published_by = view_login(call, row->published_by);
    out->has_published_at_us = true;
    out->published_at_us = row->published_at;
    out->has_effective_at_us = true;
    out->effective_at_us = row->effective_at;
}

static void view_roll_back(struct call *call, const struct policy_version *row, Creditd__V1__Policy *out)
{
    if (row->rolled_back_at == 0)
        return;
    out->rolled_back_by = view_login(call, row->rolled_back_by);
    out->has_rolled_back_at_us = true;
    out->rolled_back_at_us = row->rolled_back_at;
    out->rollback_reason = arena_strdup(call->arena, row->rollback_reason);
}

/* The reference data of an answer to a publication do not have it yet. */
static int32_t version_in_force(struct call *call, const struct policy_version *row, int64_t now)
{
    const struct policy *known = reference_policy_in_force(call_reference(call), now);
    bool may = row->published_at != 0 && row->rolled_back_at == 0 && row->effective_at <= now;

    return known == NULL || (may && row->effective_at > known->effective_at) ? row->version : known->version;
}

Creditd__V1__Policy *view_policy(struct call *call, const struct policy_version *row, const char *text, int64_t now)
{
    Creditd__V1__Policy *out = ARENA_NEW(call->arena, Creditd__V1__Policy);

    creditd__v1__policy__init(out);
    out->has_version = true;
    out->version = (uint32_t)row->version;
    out->has_state = true;
    out->state = (Creditd__V1__PolicyState)policy_state_at(row, version_in_force(call, row, now), now);
    out->note = arena_strdup(call->arena, row->note);
    out->has_base_version = row->base_version != 0;
    out->base_version = (uint32_t)row->base_version;
    out->proposed_by = view_login(call, row->proposed_by);
    out->has_proposed_at_us = true;
    out->proposed_at_us = row->proposed_at;
    view_publication(call, row, out);
    view_roll_back(call, row, out);
    out->text = text == NULL ? NULL : arena_strdup(call->arena, text);
    return out;
}

struct policy *policy_of_text(const char *text, struct arena *arena, struct refusal *refusal)
{
    struct policy *policy = ARENA_NEW(arena, struct policy);
    char *said = arena_alloc(arena, MESSAGE_BYTES);

    if (text == NULL || text[0] == '\0')
        *refusal = (struct refusal){REASON_FIELD_REQUIRED, "text", NULL, NULL};
    else if (strlen(text) > POLICY_TEXT_MAX)
        *refusal = (struct refusal){REASON_LIMIT_EXCEEDED, "text", "limit", "65536"};
    else if (!text_is_clean(text, true))
        *refusal = (struct refusal){REASON_FIELD_INVALID, "text", "rule", "text without control characters"};
    else if (policy_parse("policy", text, arena, policy, said, MESSAGE_BYTES) &&
             policy_check_new("policy", text, policy, said, MESSAGE_BYTES))
        return policy;
    else
        *refusal = (struct refusal){REASON_POLICY_INVALID, "text", "message", said + strlen("policy:")};
    return NULL;
}
