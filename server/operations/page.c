/* Reading of the fields that all lists share. */
#include "server/operations/page.h"

bool page_limit(struct call *call, bool has, uint32_t given, unsigned *out)
{
    *out = has ? given : PAGE_DEFAULT;
    if (*out >= 1 && *out <= PAGE_MAX)
        return true;
    call_refuse(call, REASON_FIELD_INVALID, "limit", "rule", "1 to 1000");
    return false;
}

bool page_after(struct call *call, char letter, const char *given, struct key *out)
{
    if (given == NULL || given[0] == '\0' || public_id_parse(letter, given, out))
        return true;
    call_refuse(call, REASON_FIELD_INVALID, "after", "rule", "the `next` of the page before");
    return false;
}

bool page_unit(struct call *call, const char *field, const char *code, enum unit_level level, int32_t *out)
{
    const struct organisation *org = call_org(call);
    const struct unit *top = unit_by_id(org, call_user(call)->unit_id);
    const struct unit *unit;

    if (code == NULL || code[0] == '\0')
        return true;
    unit = unit_by_code(org, code);
    if (unit == NULL || unit->level != level || !(unit_within(org, unit, top) || unit_within(org, top, unit))) {
        call_refuse(call, REASON_NOT_FOUND, field, NULL, NULL);
        return false;
    }
    *out = unit->id;
    return true;
}
