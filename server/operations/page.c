/* Reading of the fields that all lists share. */
#include "server/operations/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/civil.h"

bool page_limit(struct call *call, bool has, uint32_t given, unsigned *out)
{
    *out = has ? given : PAGE_DEFAULT;
    if (*out >= 1 && *out <= PAGE_MAX)
        return true;
    call_refuse(call, REASON_FIELD_INVALID, "limit", "rule", "1 to 1000");
    return false;
}

static bool refuse_after(struct call *call)
{
    call_refuse(call, REASON_FIELD_INVALID, "after", "rule", "the `next` of the page before");
    return false;
}

bool page_after(struct call *call, char letter, const char *given, struct key *out)
{
    return given == NULL || given[0] == '\0' || public_id_parse(letter, given, out) || refuse_after(call);
}

char *page_due_text(struct call *call, char letter, int64_t due, struct key key)
{
    char id[PUBLIC_ID_BYTES];

    public_id_format(letter, key, id);
    return arena_printf(call->arena, "%lld/%s", (long long)due, id);
}

bool page_after_due(struct call *call, char letter, const char *given, int64_t *due, struct key *out)
{
    char *end;

    if (given == NULL || given[0] == '\0')
        return true;
    errno = 0;
    *due = strtoll(given, &end, 10);
    return (given[0] >= '1' && given[0] <= '9' && errno == 0 && *end == '/' && public_id_parse(letter, end + 1, out)) ||
           refuse_after(call);
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

struct due_until page_days(struct call *call, int64_t now, int days)
{
    const struct organisation *org = call_org(call);
    int64_t *units = ARENA_ARRAY(call->arena, int64_t, org->unit_count + 1);
    int64_t *instants = ARENA_ARRAY(call->arena, int64_t, org->unit_count + 1);
    const char *zone = unit_hq(org)->zone;
    int64_t end = zone_day_start_us(zone, zone_date_at(zone, now) + days + 1);
    struct due_until until = {.instant = end, .units = units, .instants = instants};

    for (size_t i = 0; i < org->unit_count; i++) {
        const struct unit *unit = &org->units[i];
        if (strcmp(unit->zone, zone) != 0) { /* most have the zone of the one before */
            zone = unit->zone;
            end = zone_day_start_us(zone, zone_date_at(zone, now) + days + 1);
        }
        if (end == until.instant)
            continue;
        units[until.count] = unit->id;
        instants[until.count++] = end;
    }
    return until;
}

int64_t page_until(const struct due_until *until, int32_t unit_id)
{
    for (size_t i = 0; i < until->count; i++)
        if (until->units[i] == unit_id)
            return until->instants[i];
    return until->instant;
}
