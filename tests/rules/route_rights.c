/* The right to ask for something at all, by RULES.md's access table, and what a delegation covers. */
#include "tests/rules/route_rights.h"

#include "tests/rules/fixture.h"
#include "tests/rules/route_who.h"
#include "tests/rules/table.h"

const char *const oracle_operation_names[OPS] = {
    "submit",      "verify",      "return",           "resubmit",       "approve", "reject",  "withdraw",
    "record",      "recall",      "return_to_region", "return_to_node", "claim",   "release", "transfer",
    "countersign", "countersign", "assist",           "assist",         "opinion"};

/* ---- the answer ---- */

bool rights_no(struct answer *out, enum reason reason, const char *field, const char *name, const char *value)
{
    out->reason = reason;
    out->field = field;
    out->name = name;
    out->value = value;
    return false;
}

bool rights_no_limit(struct answer *out, enum reason reason, const char *field, int limit)
{
    snprintf(out->number, sizeof out->number, "%d", limit);
    return rights_no(out, reason, field, "limit", out->number);
}

/* ---- the right ---- */

void oracle_read_rights(struct oracle *oracle)
{
    struct table table = table_load_markdown("server/RULES.md", "## Access table");
    int found = 0;
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *row = &table.rows[i];
        for (int op = 0; op < OPS; op++) {
            char name[48];
            snprintf(name, sizeof name, "application.%s", oracle_operation_names[op]);
            if (strcmp(table_cell(&table, row, "operation"), name) != 0) {
                continue;
            }
            struct oracle_right *right = &oracle->rights[op];
            *right = (struct oracle_right){
                .level = (enum job_level)word_number(words_job_level, table_cell(&table, row, "level"))};
            for (const struct word *word = words_role; word->name != NULL; word++) {
                bool listed = word->number != ROLE_NONE && table_lists(table_cell(&table, row, "roles"), word->name);
                right->roles |= listed ? 1u << word->number : 0;
            }
            right->at[UNIT_LEVEL_BRANCH] = table_lists(table_cell(&table, row, "units"), "branch");
            right->at[UNIT_LEVEL_REGION] = table_lists(table_cell(&table, row, "units"), "region");
            right->at[UNIT_LEVEL_HQ] = table_lists(table_cell(&table, row, "units"), "HQ");
            found++;
        }
    }
    assert_int_equal(found, OPS);
    table_free(&table);
}

static const char *code_of(const struct oracle *o, enum unit_level level)
{
    return people_unit(o->org, fixture_unit_of(level))->code;
}

/* Whom he says that he acts for, and the right of the table for the one who then acts. */
static bool may_at_all(const struct oracle *o, enum oracle_operation op, const struct user *user,
                       const char *acting_for, struct hand *hand, struct answer *out)
{
    const struct oracle_right *right = &o->rights[op];
    if (!people_hand(o->org, o->now, user, acting_for, hand)) {
        return rights_no(out, REASON_NOT_DELEGATED, "acting_for", "login", acting_for);
    }
    if (hand->disabled) {
        return rights_no(out, REASON_USER_DISABLED, NULL, NULL, NULL);
    }
    if ((hand->roles & 1u << ROLE_ADMINISTRATOR) != 0) {
        return rights_no(out, REASON_ADMINISTRATOR_ONLY_UNITS_AND_USERS, NULL, NULL, NULL);
    }
    if ((hand->roles & right->roles) == 0) {
        int first = 1;
        while ((right->roles & 1u << first) == 0) {
            first++;
        }
        return rights_no(out, REASON_ROLE_MISSING, NULL, "role", word_name(words_role, first));
    }
    return hand->level >= right->level ||
           rights_no(out, REASON_LEVEL_TOO_LOW, NULL, "level", word_name(words_job_level, (int)right->level));
}

/* Is the subject his, and of a unit that may? All cases are those of branch B11. */
static bool may_of_this(const struct oracle *o, enum oracle_operation op, const struct hand *hand, const char *field,
                        struct answer *out)
{
    const struct oracle_right *right = &o->rights[op];
    enum unit_level level = people_unit(o->org, hand->unit)->level;
    if (hand->unit != fixture_unit_of(level)) {
        return rights_no(out, REASON_NOT_FOUND, field, NULL, NULL);
    }
    if (right->at[level]) {
        return true;
    }
    enum unit_level lowest = right->at[UNIT_LEVEL_BRANCH]   ? UNIT_LEVEL_BRANCH
                             : right->at[UNIT_LEVEL_REGION] ? UNIT_LEVEL_REGION
                                                            : UNIT_LEVEL_HQ;
    return rights_no(out, REASON_NOT_YOUR_UNIT, NULL, "unit", code_of(o, lowest));
}

bool rights_covered(const struct oracle *o, const struct hand *hand, struct standing from, enum grade to,
                    int64_t amount, struct answer *out)
{
    return people_covered(o->org, o->now, hand, people_kind(from, to), amount) ||
           rights_no(out,
                     people_covered(o->org, o->now, hand, people_kind(from, to), 0) ? REASON_DELEGATION_AMOUNT
                                                                                    : REASON_DELEGATION_NARROWER,
                     "acting_for", "login", people_of(o->org, hand->acts_for)->login);
}

/* All before the step itself: right, existence, subject, what a delegation covers. `hand` stays NULL for the system. */
bool rights_allowed(const struct oracle *o, const struct tale *t, const struct user *user, const char *acting_for,
                    enum oracle_operation op, struct hand *hand, struct answer *out)
{
    const char *field = op == OP_SUBMIT ? "customer" : "application";
    if (!may_at_all(o, op, user, acting_for, hand, out)) {
        return false;
    }
    if (op != OP_SUBMIT && t->version == 0) {
        return rights_no(out, REASON_NOT_FOUND, field, NULL, NULL);
    }
    return may_of_this(o, op, hand, field, out);
}

/* ---- four eyes ---- */

bool rights_other_eyes(const struct oracle *o, const struct tale *t, const struct hand *hand, bool signer,
                       struct answer *out)
{
    uint32_t hands = t->entered | (t->state == STATE_SUBMITTED ? 0 : t->verified), him = people_bit(hand->id);
    uint32_t assessors = people_bit(t->assessed) | people_bit(t->assessed_then);
    uint32_t all = hands | assessors | (who_signs_in(t->state) && !signer ? who_signed(t) : 0);
    if ((hands & him) != 0) {
        return rights_no(out, REASON_OWN_CASE, NULL, NULL, NULL);
    }
    if ((assessors & him) != 0) {
        return rights_no(out, REASON_OWN_ASSESSMENT, NULL, NULL, NULL);
    }
    for (int id = 1; all >> id != 0; id++) {
        if (who_same(o, hand, all & people_bit(id))) {
            return rights_no(out, REASON_TIED_TO_HAND, NULL, "login", people_of(o->org, id)->login);
        }
    }
    return true;
}
