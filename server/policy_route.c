/* The way of a case in the policy file. */
#include "server/policy_route.h"

#include <string.h>

#include "server/rules/authority.h"

#define JUMP_MAX GRADE_BLACK /* from ordinary to green */

const struct setting authority_keys[] = {
    {SETTING_WORD("level", struct authority_text, level, words_job_level)},
    {SETTING_INT("jump", struct authority_text, jump, 1, JUMP_MAX)},
    {SETTING_TEXTS("kinds", struct authority_text, kinds, kind_count, 1, CASE_KIND_DEMOTION)},
    {SETTING_TEXT("limit", struct authority_text, limit, 1, POLICY_AMOUNT_MAX), .optional = true},
    {0},
};

/* The steps of nodes, and answers to conditions. */
static const struct word words_step[] = {{EVENT_VERIFY, "verify"}, {EVENT_APPROVE, "decide"}, {0, NULL}};
static const struct word words_asked[] = {{ASKED_YES, "yes"}, {ASKED_NO, "no"}, {0, NULL}};

#define NODE_NAME_MAX  40
#define LOGIN_MAX      64
#define SIGNATURES_MAX 16

const struct setting node_keys[] = {
    {SETTING_TEXT("name", struct node_text, name, 1, NODE_NAME_MAX)},
    {SETTING_WORD("step", struct node_text, step, words_step)},
    {SETTING_WORD("role", struct node_text, role, words_role), .optional = true},
    {SETTING_WORD("level", struct node_text, level, words_job_level), .optional = true},
    {SETTING_TEXTS("persons", struct node_text, persons, person_count, 1, NODE_PERSONS_MAX), .optional = true},
    {SETTING_BOOL("own_manager", struct node_text, own_manager), .optional = true},
    {SETTING_INT("need", struct node_text, need, 1, SIGNATURES_MAX), .optional = true},
    {SETTING_BOOL("all", struct node_text, all), .optional = true},
    {SETTING_BOOL("automatic", struct node_text, automatic), .optional = true},
    {SETTING_TEXTS("kinds", struct node_text, kinds, kind_count, 1, CASE_KIND_DEMOTION), .optional = true},
    {SETTING_INT("jump_from", struct node_text, jump_from, 1, JUMP_MAX), .optional = true},
    {SETTING_INT("jump_to", struct node_text, jump_to, 1, JUMP_MAX), .optional = true},
    {SETTING_TEXT("amount_from", struct node_text, amount_from, 1, POLICY_AMOUNT_MAX), .optional = true},
    {SETTING_TEXT("amount_to", struct node_text, amount_to, 1, POLICY_AMOUNT_MAX), .optional = true},
    {SETTING_WORD("off_criteria", struct node_text, off_criteria, words_asked), .optional = true},
    {SETTING_WORD("doubtful", struct node_text, doubtful, words_asked), .optional = true},
    {0},
};

static bool read_kinds(struct settings *settings, const char *list, int place, const char *const *kinds, int count,
                       uint32_t *out)
{
    char key[POLICY_KEY_BYTES];
    for (int i = 0; i < count; i++) {
        int kind = word_number(words_case_kind, kinds[i]);
        if (kind < 0) {
            return settings_refuse(settings, element_key(key, list, place, "kinds"),
                                   "has \"%s\", must be of: admission, promotion, demotion", kinds[i]);
        }
        *out |= CASE_KIND_BIT(kind);
    }
    return true;
}

/* A bound on the credit limit of cases; NULL: none. */
static bool read_bound(struct settings *settings, const char *list, int place, const char *member, const char *text,
                       const struct policy *policy, int64_t *out)
{
    char key[POLICY_KEY_BYTES];
    if (text == NULL) {
        return true;
    }
    element_key(key, list, place, member);
    if (!policy->has_terms) {
        return settings_refuse(settings, key, "is \"%s\", and the policy has no grades, which say what the limits are",
                               text);
    }
    return read_amount(settings, key, text, policy->currency, out) &&
           (*out > 0 || settings_refuse(settings, key, "is \"%s\", must be more than 0", text));
}

static bool read_row(struct settings *settings, const struct authority_text *text, int place, struct policy *policy)
{
    struct authority *row = &policy->authority[policy->authority_count++];
    *row = (struct authority){.level = text->level, .jump = text->jump};
    return read_kinds(settings, "authority", place, text->kinds, text->kind_count, &row->kinds) &&
           read_bound(settings, "authority", place, "limit", text->limit, policy, &row->limit);
}

static bool has_limits(const struct policy *policy)
{
    for (int i = 0; i < policy->authority_count; i++) {
        if (policy->authority[i].limit != 0) {
            return true;
        }
    }
    return false;
}

/* A case that nobody may decide would wait for ever. A row that covers one whose limit is not known covers any. */
static bool check_covered(struct settings *settings, const struct policy *policy)
{
    static const struct {
        struct standing from;
        enum grade to;
    } widest[] = {{{TIER_ORDINARY, GRADE_NONE}, GRADE_GREEN},
                  {{TIER_KEY, GRADE_BLACK}, GRADE_GREEN},
                  {{TIER_KEY, GRADE_GREEN}, GRADE_BLACK}};
    for (size_t i = 0; i < sizeof widest / sizeof widest[0]; i++) {
        if (authority_needed(policy, widest[i].from, widest[i].to, (struct money){0}) == 0) {
            return settings_refuse(settings, "authority", "no level decides cases of the kind %s over %d grades%s",
                                   word_name(words_case_kind, (int)delegation_case_kind(widest[i].from, widest[i].to)),
                                   authority_jump(widest[i].from, widest[i].to),
                                   has_limits(policy) ? " with any limit" : "");
        }
    }
    return true;
}

/* ---- the route ---- */

/* A case takes a node whatever it is, and a person signs it. */
static bool is_certain(const struct route_node *node)
{
    return !node->automatic && node->kinds == 0 && node->jump_from == 0 && node->jump_to == 0 &&
           node->amount_from == 0 && node->amount_to == 0 && node->off_criteria == ASKED_EITHER &&
           node->doubtful == ASKED_EITHER;
}

static struct route_node node_of_text(const struct node_text *text)
{
    bool verify = text->step == EVENT_VERIFY;
    struct route_node node = {.name = text->name,
                              .state = verify ? STATE_SUBMITTED : STATE_VERIFIED,
                              .role = text->role != 0 ? text->role
                                      : verify        ? ROLE_VERIFIER
                                                      : ROLE_APPROVER,
                              .level = text->level != 0 ? text->level : JOB_LEVEL_SUPERVISOR,
                              .person_count = text->person_count,
                              .own_manager = text->own_manager,
                              .need = text->all         ? 0
                                      : text->need != 0 ? text->need
                                                        : 1,
                              .automatic = text->automatic,
                              .jump_from = text->jump_from,
                              .jump_to = text->jump_to,
                              .off_criteria = text->off_criteria,
                              .doubtful = text->doubtful};
    memcpy(node.persons, text->persons, sizeof node.persons);
    return node;
}

static bool check_who(struct settings *settings, const struct node_text *text, int place)
{
    char key[POLICY_KEY_BYTES];
    bool verify = text->step == EVENT_VERIFY;
    bool fits = verify ? text->role == ROLE_SUBMITTER || text->role == ROLE_VERIFIER
                       : text->role == ROLE_APPROVER || text->role == ROLE_CMO;
    if (text->role != 0 && !fits) {
        return settings_refuse(settings, element_key(key, "route", place, "role"), "is %s, must be of: %s",
                               word_name(words_role, (int)text->role),
                               verify ? "submitter, verifier" : "approver, cmo");
    }
    for (int i = 0; i < text->person_count; i++) {
        if (strlen(text->persons[i]) > LOGIN_MAX) {
            return settings_refuse(settings, element_key(key, "route", place, "persons"),
                                   "has \"%s\", which is no login", text->persons[i]);
        }
    }
    if (text->all && text->need != 0) {
        return settings_refuse(settings, element_key(key, "route", place, "need"),
                               "is %d, and the node needs the signatures of all", text->need);
    }
    return text->person_count == 0 || text->need <= text->person_count ||
           settings_refuse(settings, element_key(key, "route", place, "need"),
                           "is %d, more than the %d persons of the node", text->need, text->person_count);
}

/* He is one, and the policy does not know who. */
static bool check_own_manager(struct settings *settings, const struct node_text *text, int place)
{
    char key[POLICY_KEY_BYTES];
    if (!text->own_manager) {
        return true;
    }
    element_key(key, "route", place, "own_manager");
    if (text->person_count != 0) {
        return settings_refuse(settings, key, "is true, and the node has persons");
    }
    return (text->need <= 1 && !text->all) ||
           settings_refuse(settings, key, "is true, and the node needs others' signatures");
}

static bool check_automatic(struct settings *settings, const struct node_text *text, int place)
{
    char key[POLICY_KEY_BYTES];
    if (!text->automatic) {
        return true;
    }
    element_key(key, "route", place, "automatic");
    if (text->step == EVENT_VERIFY) {
        return settings_refuse(settings, key, "is true, and only decisions can be automatic");
    }
    if (text->role != 0 || text->level != 0 || text->person_count != 0 || text->need != 0 || text->all ||
        text->own_manager) {
        return settings_refuse(settings, key, "is true, and the node says who signs it");
    }
    return text->kind_count != 0 || text->jump_from != 0 || text->jump_to != 0 || text->amount_from != NULL ||
           text->amount_to != NULL || text->off_criteria != 0 || text->doubtful != 0 ||
           settings_refuse(settings, key, "is true, and the node has no condition");
}

static bool check_order(struct settings *settings, const struct route_source *source, int place)
{
    const struct node_text *text = &source->nodes[place];
    char key[POLICY_KEY_BYTES];
    if (strspn(text->name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(text->name) ||
        strcmp(text->name, "branch") == 0 || strcmp(text->name, "region") == 0) {
        return settings_refuse(settings, element_key(key, "route", place, "name"),
                               "is \"%s\", must be of a-z 0-9 _, and not \"branch\" or \"region\"", text->name);
    }
    for (int i = 0; i < place; i++) {
        if (strcmp(source->nodes[i].name, text->name) == 0) {
            return settings_refuse(settings, element_key(key, "route", place, "name"), "is \"%s\", which stands twice",
                                   text->name);
        }
    }
    return place == 0 || text->step >= source->nodes[place - 1].step ||
           settings_refuse(settings, element_key(key, "route", place, "step"),
                           "is verify, and comes after a node that decides");
}

static bool read_amounts(struct settings *settings, const struct node_text *text, int place,
                         const struct policy *policy, struct route_node *node)
{
    char key[POLICY_KEY_BYTES];
    if (!read_bound(settings, "route", place, "amount_from", text->amount_from, policy, &node->amount_from) ||
        !read_bound(settings, "route", place, "amount_to", text->amount_to, policy, &node->amount_to)) {
        return false;
    }
    return node->amount_to == 0 || node->amount_to >= node->amount_from ||
           settings_refuse(settings, element_key(key, "route", place, "amount_to"),
                           "is \"%s\", less than amount_from, which is \"%s\"", text->amount_to, text->amount_from);
}

static bool read_node(struct settings *settings, const struct route_source *source, int place, struct policy *policy)
{
    const struct node_text *text = &source->nodes[place];
    struct route_node *node = &policy->route[policy->route_count++];
    char key[POLICY_KEY_BYTES];
    *node = node_of_text(text);
    if (text->jump_to != 0 && text->jump_to < text->jump_from) {
        return settings_refuse(settings, element_key(key, "route", place, "jump_to"),
                               "is %d, less than jump_from, which is %d", text->jump_to, text->jump_from);
    }
    return read_amounts(settings, text, place, policy, node) && check_order(settings, source, place) &&
           check_who(settings, text, place) && check_own_manager(settings, text, place) &&
           check_automatic(settings, text, place) &&
           read_kinds(settings, "route", place, text->kinds, text->kind_count, &node->kinds);
}

/* A case has room for so many signers in a state. */
static bool check_needs(struct settings *settings, const struct policy *policy)
{
    int needs[STATE_VERIFIED + 1] = {0};
    for (int i = 0; i < policy->route_count; i++) {
        needs[policy->route[i].state] += policy->route[i].need;
    }
    int most = needs[STATE_SUBMITTED] > needs[STATE_VERIFIED] ? needs[STATE_SUBMITTED] : needs[STATE_VERIFIED];
    return most <= SIGNATURES_MAX ||
           settings_refuse(settings, "route", "the nodes of a step need %d signatures together, at most %d", most,
                           SIGNATURES_MAX);
}

/* Three hands change a grade: the region verifies every case, and HQ decides every one that the system does not. */
static bool check_three_hands(struct settings *settings, const struct policy *policy)
{
    bool verifies = policy->route_count == 0, decides = policy->route_count == 0;
    for (int i = 0; i < policy->route_count; i++) {
        verifies = verifies || (is_certain(&policy->route[i]) && policy->route[i].role == ROLE_VERIFIER);
        decides = decides || (is_certain(&policy->route[i]) && policy->route[i].role == ROLE_APPROVER);
    }
    return (verifies && decides) ||
           settings_refuse(settings, "route", "must have a node without a condition that a%s signs",
                           verifies ? "n approver" : " verifier");
}

bool route_read(struct settings *settings, const struct route_source *source, struct policy *policy)
{
    for (int i = 0; i < source->authority_count; i++) {
        if (!read_row(settings, &source->authority[i], i, policy)) {
            return false;
        }
    }
    for (int i = 0; i < source->node_count; i++) {
        if (!read_node(settings, source, i, policy)) {
            return false;
        }
    }
    return check_three_hands(settings, policy) && check_needs(settings, policy) &&
           (policy->authority_count == 0 || check_covered(settings, policy));
}

/* ---- nodes that nobody is left for ---- */

static bool answers_meet(enum asked one, enum asked other)
{
    return one == ASKED_EITHER || other == ASKED_EITHER || one == other;
}

/* Is a jump of one of these kinds within both? Only an admission comes from below black. */
static bool jumps_meet(const struct route_node *one, const struct route_node *other, uint32_t kinds)
{
    bool admits = kinds == 0 || (kinds & CASE_KIND_BIT(CASE_KIND_ADMISSION)) != 0;
    int least = one->jump_from > other->jump_from ? one->jump_from : other->jump_from;
    int most = admits ? JUMP_MAX : JUMP_MAX - 1;
    most = one->jump_to != 0 && one->jump_to < most ? one->jump_to : most;
    most = other->jump_to != 0 && other->jump_to < most ? other->jump_to : most;
    return least <= most;
}

/* The case may have become doubtful by those who sign the earlier one. */
static bool doubts_meet(const struct route_node *earlier, const struct route_node *later)
{
    return (earlier->state == STATE_SUBMITTED && later->doubtful == ASKED_YES) ||
           answers_meet(earlier->doubtful, later->doubtful);
}

/* Do people sign both of them in some case? Whatever their amounts are: one that is not known passes neither by. */
static bool both_come(const struct route_node *earlier, const struct route_node *later)
{
    bool any = earlier->kinds == 0 || later->kinds == 0;
    uint32_t kinds = any ? earlier->kinds | later->kinds : earlier->kinds & later->kinds;
    return !earlier->automatic && !later->automatic && (any || kinds != 0) && jumps_meet(earlier, later, kinds) &&
           answers_meet(earlier->off_criteria, later->off_criteria) && doubts_meet(earlier, later);
}

static bool names(const struct route_node *node, const char *login)
{
    for (int i = 0; i < node->person_count; i++) {
        if (strcmp(node->persons[i], login) == 0) {
            return true;
        }
    }
    return false;
}

/* Could all who can sign the later one have signed the earlier one? */
static bool is_for_all_of(const struct route_node *earlier, const struct route_node *later)
{
    for (int i = 0; i < later->person_count; i++) {
        if (earlier->person_count > 0 && !names(earlier, later->persons[i])) {
            return false;
        }
    }
    return earlier->person_count == 0 || later->person_count > 0;
}

/* Does the earlier one take everybody who could sign the later one? Nobody signs twice in a state. */
static bool leaves_nobody(const struct route_node *earlier, const struct route_node *later)
{
    bool of_all = earlier->need == 0 && earlier->level <= later->level;
    bool of_its_persons = earlier->person_count > 0 && earlier->need >= earlier->person_count;
    return earlier->state == later->state && earlier->role == later->role && (of_all || of_its_persons) &&
           is_for_all_of(earlier, later);
}

bool route_leaves_somebody(struct settings *settings, const struct policy *policy)
{
    char key[POLICY_KEY_BYTES];
    for (int i = 1; i < policy->route_count; i++) {
        const struct route_node *later = &policy->route[i];
        for (int j = 0; j < i; j++) {
            const struct route_node *earlier = &policy->route[j];
            if (both_come(earlier, later) && leaves_nobody(earlier, later)) {
                return settings_refuse(settings, element_key(key, "route", i, "name"),
                                       "is \"%s\", which nobody is left to sign: all who could have signed \"%s\"",
                                       later->name, earlier->name);
            }
        }
    }
    return true;
}
