/* Delegations: their rules, and who acts by them. */
#include "server/rules/delegation.h"

#include "common/check.h"
#include "common/civil.h"
#include "server/rules/limit.h"
#include "server/rules/reminder.h"

static const struct refusal allowed = {.reason = REASON_NONE};

enum case_kind delegation_case_kind(struct standing from, enum grade to)
{
    if (from.tier == TIER_ORDINARY) {
        return CASE_KIND_ADMISSION;
    }
    return to < from.grade ? CASE_KIND_PROMOTION : CASE_KIND_DEMOTION;
}

/* Is he what a substitute must be, as both stand today? */
static struct refusal check_fit(const struct organisation *org, const struct user *delegator,
                                const struct user *substitute)
{
    const struct unit *unit = unit_by_id(org, delegator->unit_id), *top = unit_by_id(org, substitute->unit_id);
    CHECK(unit != NULL && top != NULL);
    if (substitute->id == delegator->id) {
        return refusal_of(REASON_FIELD_INVALID, "substitute", "rule", "somebody else");
    }
    if (substitute->disabled) {
        return refusal_of(REASON_FIELD_INVALID, "substitute", "rule", "a user who is not disabled");
    }
    if (!unit_within(org, unit, top)) {
        return refusal_of(REASON_FIELD_INVALID, "substitute", "rule", "a user of the same unit or of one above it");
    }
    if (substitute->level < JOB_LEVEL_SUPERVISOR || (substitute->roles & DELEGATED_ROLES) == 0 ||
        user_has(substitute, ROLE_ADMINISTRATOR)) {
        return refusal_of(REASON_FIELD_INVALID, "substitute", "rule", "a supervisor or above with a role in cases");
    }
    return allowed;
}

/* His own, or that of one whose unit he heads, or the unit below it. */
static struct refusal check_setter(const struct organisation *org, const struct user *user,
                                   const struct user *delegator)
{
    const struct unit *unit = unit_by_id(org, delegator->unit_id);
    CHECK(unit != NULL);
    if (user->id == delegator->id || reminder_is_head(org, unit->id, user) ||
        reminder_is_head(org, unit->parent_id, user)) {
        return allowed;
    }
    return refusal_of(REASON_NOT_SUPERVISOR, NULL, "login", delegator->login);
}

static size_t not_ended(const struct organisation *org, int64_t delegator, int64_t now)
{
    size_t count = 0;
    for (size_t i = 0; i < org->delegation_count; i++) {
        count += org->delegations[i].delegator == delegator && org->delegations[i].ends_at > now;
    }
    return count;
}

static struct refusal check_dates(const struct delegation_input *input, const char *zone)
{
    if (input->from < zone_date_at(zone, input->now)) {
        return refusal_of(REASON_FIELD_INVALID, "from", "rule", "today or later");
    }
    if (input->until < input->from) {
        return refusal_of(REASON_FIELD_INVALID, "until", "rule", "the first day or later");
    }
    if (input->until - input->from >= DELEGATION_DAYS_MAX) {
        return refusal_of(REASON_FIELD_INVALID, "until", "rule", "a day with which it lasts 366 days at most");
    }
    return allowed;
}

static struct refusal check_people(const struct delegation_input *input)
{
    if (input->delegator == NULL || input->delegator->disabled) {
        return refusal_of(REASON_NOT_FOUND, "delegator", NULL, NULL);
    }
    struct refusal refusal = check_setter(input->org, input->user, input->delegator);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if ((input->delegator->roles & DELEGATED_ROLES) == 0) {
        return refusal_of(REASON_FIELD_INVALID, "delegator", "rule", "a user with a role in cases");
    }
    if (input->substitute == NULL) {
        return refusal_of(REASON_NOT_FOUND, "substitute", NULL, NULL);
    }
    if (input->substitute->id == input->user->id && input->delegator->id != input->user->id) {
        return refusal_of(REASON_FIELD_INVALID, "substitute", "rule", "somebody else than who sets it");
    }
    return check_fit(input->org, input->delegator, input->substitute);
}

struct refusal delegation_grant(const struct delegation_input *input, struct delegation *out)
{
    struct refusal refusal = check_people(input);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    const char *zone = unit_by_id(input->org, input->delegator->unit_id)->zone;
    refusal = check_dates(input, zone);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (not_ended(input->org, input->delegator->id, input->now) >= DELEGATIONS_MAX) {
        return refusal_of(REASON_TOO_MANY_DELEGATIONS, "delegator", "limit", "50");
    }
    *out = (struct delegation){.delegator = input->delegator->id,
                               .substitute = input->substitute->id,
                               .begins_at = zone_day_start_us(zone, input->from),
                               .ends_at = zone_day_start_us(zone, input->until + 1),
                               .kinds = input->kinds,
                               .amount_to = input->amount_to,
                               .set_by = input->user->id};
    /* A delegation from today on holds at once. */
    if (out->begins_at < input->now) {
        out->begins_at = input->now;
    }
    return allowed;
}

struct refusal delegation_revoke(const struct organisation *org, const struct user *user, int64_t now,
                                 struct delegation *delegation)
{
    const struct user *delegator = user_by_id(org, delegation->delegator);
    CHECK(delegator != NULL);
    struct refusal refusal = check_setter(org, user, delegator);
    if (refusal.reason != REASON_NONE && delegation->set_by != user->id && delegation->substitute != user->id) {
        return refusal;
    }
    if (delegation->ends_at <= now) {
        return refusal_of(REASON_NOTHING_TO_CHANGE, NULL, NULL, NULL);
    }
    delegation->ends_at = now > delegation->begins_at ? now : delegation->begins_at;
    return allowed;
}

bool delegation_in_effect(const struct organisation *org, const struct delegation *delegation, int64_t now)
{
    if (now < delegation->begins_at || now >= delegation->ends_at) {
        return false;
    }
    const struct user *delegator = user_by_id(org, delegation->delegator);
    const struct user *substitute = user_by_id(org, delegation->substitute);
    CHECK(delegator != NULL && substitute != NULL);
    return !delegator->disabled && check_fit(org, delegator, substitute).reason == REASON_NONE;
}

struct user delegation_acting_by(const struct organisation *org, const struct delegation *delegation)
{
    const struct user *delegator = user_by_id(org, delegation->delegator);
    const struct user *substitute = user_by_id(org, delegation->substitute);
    CHECK(delegator != NULL && substitute != NULL);
    struct user acting = *substitute;
    acting.unit_id = delegator->unit_id;
    acting.roles = delegator->roles & DELEGATED_ROLES;
    acting.level = delegator->level < substitute->level ? delegator->level : substitute->level;
    acting.acts_for = delegator->id;
    return acting;
}

struct refusal delegation_acting(const struct organisation *org, const struct user *user, const char *login,
                                 int64_t now, struct user *out)
{
    CHECK(user != NULL);
    *out = *user;
    if (login == NULL || login[0] == '\0') {
        return allowed;
    }
    const struct user *delegator = user_by_login(org, login);
    for (size_t i = 0; delegator != NULL && i < org->delegation_count; i++) {
        const struct delegation *row = &org->delegations[i];
        if (row->delegator == delegator->id && row->substitute == user->id && delegation_in_effect(org, row, now)) {
            *out = delegation_acting_by(org, row);
            return allowed;
        }
    }
    return refusal_of(REASON_NOT_DELEGATED, "acting_for", "login", login);
}

static bool is_for_kind(const struct delegation *delegation, enum case_kind kind)
{
    return delegation->kinds == 0 || (delegation->kinds & CASE_KIND_BIT(kind)) != 0;
}

bool delegation_is_for(const struct delegation *delegation, enum case_kind kind, struct money limit)
{
    return is_for_kind(delegation, kind) &&
           (!limit_known(delegation->amount_to) || limit_within(limit, delegation->amount_to));
}

struct refusal delegation_covers(const struct organisation *org, const struct user *acting, enum case_kind kind,
                                 struct money limit, int64_t now)
{
    if (acting->acts_for == 0) {
        return allowed;
    }
    enum reason reason = REASON_DELEGATION_NARROWER;
    for (size_t i = 0; i < org->delegation_count; i++) {
        const struct delegation *row = &org->delegations[i];
        if (row->delegator != acting->acts_for || row->substitute != acting->id || !is_for_kind(row, kind) ||
            !delegation_in_effect(org, row, now)) {
            continue;
        }
        if (delegation_is_for(row, kind, limit)) {
            return allowed;
        }
        reason = REASON_DELEGATION_AMOUNT;
    }
    return refusal_of(reason, "acting_for", "login", user_by_id(org, acting->acts_for)->login);
}

bool delegation_ties(const struct organisation *org, int64_t one, int64_t other, int64_t now)
{
    for (size_t i = 0; i < org->delegation_count; i++) {
        const struct delegation *row = &org->delegations[i];
        bool both =
            (row->delegator == one && row->substitute == other) || (row->delegator == other && row->substitute == one);
        if (both && delegation_in_effect(org, row, now)) {
            return true;
        }
    }
    return false;
}
