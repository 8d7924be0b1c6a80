/* A small organisation and policy for the tests of the rules: HQ over the regions R1 and R2, B11 and B12 below R1, B21
 * below R2. R2 lies in another time zone. Users are put together by the tests. */
#ifndef CREDITD_TESTS_RULES_FIXTURE_H
#define CREDITD_TESTS_RULES_FIXTURE_H

#include "common/civil.h"
#include "server/rules/evaluation.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

enum { HQ = 1, R1 = 2, R2 = 3, B11 = 11, B12 = 12, B21 = 21 };

static const struct unit fixture_units[] = {
    {HQ, 0, UNIT_LEVEL_HQ, 0, false, "HQ", "Headquarters", "Asia/Shanghai", 0},
    {R1, HQ, UNIT_LEVEL_REGION, 1, false, "R1", "East", "Asia/Shanghai", 0},
    {R2, HQ, UNIT_LEVEL_REGION, 2, false, "R2", "West", "Asia/Urumqi", 0},
    {B11, R1, UNIT_LEVEL_BRANCH, 0, false, "B11", "East one", "Asia/Shanghai", 0},
    {B12, R1, UNIT_LEVEL_BRANCH, 0, false, "B12", "East two", "Asia/Shanghai", 0},
    {B21, R2, UNIT_LEVEL_BRANCH, 0, false, "B21", "West one", "Asia/Urumqi", 0},
};

static const struct organisation fixture_org = {
    .epoch = 1,
    .units = fixture_units,
    .unit_count = sizeof fixture_units / sizeof fixture_units[0],
};

static const struct policy fixture_policy = {
    .version = 1,
    .submit_days = 2,
    .verify_days = 3,
    .decide_days = 3,
    .whole_days = 10,
    .reserve_days = 1,
    .items = {"licence", "volume", "financials"},
    .item_count = 3,
    .window_months = 12,
    .currency = "CNY",
    .bands = {{GRADE_GREEN, 500000000}, {GRADE_YELLOW, 200000000}, {GRADE_RED, 50000000}},
    .band_count = 3,
    .below_lowest = GRADE_BLACK,
    .basis = BASIS_COUNT,
    .floor_bp = 7500,
};

/* 2026-11-23T14:05:00+08:00 */
#define FIXTURE_NOW (1795413900LL * US_PER_SECOND)

/* The unit that stands for a level in the case of branch B11. */
static inline int32_t fixture_unit_of(enum unit_level level)
{
    return level == UNIT_LEVEL_HQ ? HQ : level == UNIT_LEVEL_REGION ? R1 : B11;
}

static inline struct user fixture_user(int64_t id, int32_t unit_id, enum job_level level, uint32_t roles)
{
    return (struct user){.id = id, .unit_id = unit_id, .level = level, .roles = roles, .login = "u", .name = "User"};
}

/* A key account of branch B11 with grade yellow. */
static inline struct customer fixture_customer(void)
{
    return (struct customer){.key = {1, 7},
                             .version = 4,
                             .number = "K-7",
                             .name = "华东钢铁",
                             .branch_id = B11,
                             .region_id = R1,
                             .stage = STAGE_EXISTING,
                             .standing = {TIER_KEY, GRADE_YELLOW},
                             .chain_seq = 9,
                             .last_event_at = FIXTURE_NOW - US_PER_DAY};
}

static inline bool fixture_same_sum(const struct trade_sum *a, const struct trade_sum *b)
{
    return a->volume_minor == b->volume_minor && a->volume_trades == b->volume_trades && a->due == b->due &&
           a->fulfilled == b->fulfilled && a->due_minor == b->due_minor && a->fulfilled_minor == b->fulfilled_minor &&
           a->not_converted == b->not_converted;
}

#endif
