/* Forms of route, kinds of case, people. */
#include "tests/rules/route_forms.h"

#include <string.h>

#include "tests/rules/fixture.h"

#define VERIFIES(name_, ...)                                                                                           \
    {                                                                                                                  \
        .name = (name_), .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, __VA_ARGS__                                  \
    }
#define DECIDES(name_, ...)                                                                                            \
    {                                                                                                                  \
        .name = (name_), .state = STATE_VERIFIED, .role = ROLE_APPROVER, __VA_ARGS__                                   \
    }
#define HEAD(name_, ...)                                                                                               \
    {                                                                                                                  \
        .name = (name_), .state = STATE_SUBMITTED, .role = ROLE_SUBMITTER, __VA_ARGS__                                 \
    }
#define CMO(name_, ...)                                                                                                \
    {                                                                                                                  \
        .name = (name_), .state = STATE_VERIFIED, .role = ROLE_CMO, __VA_ARGS__                                        \
    }
#define KIND(kind) (1u << CASE_KIND_##kind)

const struct route_form route_forms[] = {
    {.name = "regulation", .countersigners = 1},
    {.name = "two at the region",
     .nodes = {VERIFIES("check", .need = 1), VERIFIES("again", .need = 1), DECIDES("decide", .need = 1)}},
    {.name = "branch first",
     .nodes = {HEAD("head", .need = 1), VERIFIES("verify", .need = 1), DECIDES("decide", .need = 1)},
     .countersigners = 1},
    {.name = "by level",
     .nodes = {VERIFIES("verify", .need = 1), VERIFIES("chief", .need = 1, .level = JOB_LEVEL_MANAGER),
               DECIDES("look", .need = 1), DECIDES("manager", .need = 1, .level = JOB_LEVEL_MANAGER),
               DECIDES("board", .need = 1, .level = JOB_LEVEL_DIRECTOR)}},
    {.name = "one of a level, countersigned",
     .nodes = {VERIFIES("verify", .need = 1, .level = JOB_LEVEL_MANAGER),
               DECIDES("board", .need = 1, .level = JOB_LEVEL_DIRECTOR)},
     .countersigners = 2},
    {.name = "named persons",
     .nodes = {VERIFIES("verify", .need = 1, .persons = {"ver1", "ver3"}, .person_count = 2),
               DECIDES("decide", .need = 1, .persons = {"app1", "app3"}, .person_count = 2)},
     .countersigners = 1},
    {.name = "n of m",
     .nodes = {VERIFIES("verify", .need = 2),
               DECIDES("decide", .need = 2, .persons = {"app1", "app2", "app3", "app4"}, .person_count = 4)},
     .countersigners = 1},
    {.name = "both of two",
     .nodes = {VERIFIES("verify", .need = 1),
               DECIDES("decide", .need = 2, .persons = {"app1", "app3"}, .person_count = 2)},
     .countersigners = 1},
    {.name = "all", .nodes = {VERIFIES("verify", .need = 0), DECIDES("decide", .need = 0)}},
    {.name = "by kind and jump",
     .nodes = {VERIFIES("newcomer", .need = 1, .kinds = KIND(ADMISSION)), VERIFIES("verify", .need = 1),
               VERIFIES("far", .need = 1, .jump_from = 2), DECIDES("near", .need = 1, .jump_from = 1, .jump_to = 1),
               DECIDES("change", .need = 1, .kinds = KIND(PROMOTION) | KIND(DEMOTION)), DECIDES("decide", .need = 1)}},
    {.name = "by doubt and criteria",
     .nodes = {VERIFIES("verify", .need = 1), VERIFIES("doubts", .need = 1, .doubtful = ASKED_YES),
               VERIFIES("besides", .need = 1, .off_criteria = ASKED_YES),
               DECIDES("calm", .need = 1, .doubtful = ASKED_NO), DECIDES("usual", .need = 1, .off_criteria = ASKED_NO),
               DECIDES("decide", .need = 1)}},
    {.name = "a certain one between",
     .nodes = {VERIFIES("first", .need = 1, .doubtful = ASKED_NO), VERIFIES("verify", .need = 1),
               DECIDES("decide", .need = 1), DECIDES("doubts", .need = 1, .doubtful = ASKED_YES)}},
    {.name = "doubts go back",
     .nodes = {VERIFIES("doubts", .need = 1, .doubtful = ASKED_YES), VERIFIES("verify", .need = 1),
               VERIFIES("again", .need = 1), DECIDES("decide", .need = 1)}},
    {.name = "automatic",
     .nodes = {VERIFIES("verify", .need = 1),
               DECIDES("small", .need = 1, .automatic = true, .doubtful = ASKED_NO, .jump_to = 1),
               DECIDES("decide", .need = 1)}},
    {.name = "automatic after a look",
     .nodes = {VERIFIES("verify", .need = 2), DECIDES("look", .need = 1),
               DECIDES("rest", .need = 1, .automatic = true, .doubtful = ASKED_NO), DECIDES("decide", .need = 1)}},
    {.name = "automatic at the end",
     .nodes = {VERIFIES("verify", .need = 1), DECIDES("decide", .need = 1),
               DECIDES("rest", .need = 1, .automatic = true, .doubtful = ASKED_NO)},
     .authority = {{JOB_LEVEL_DIRECTOR, 4, ~0u}}},
    {.name = "the CMO",
     .nodes = {VERIFIES("verify", .need = 1), DECIDES("decide", .need = 1), CMO("cmo", .need = 1)},
     .countersigners = 1},
    {.name = "the CMO by authority",
     .nodes = {VERIFIES("verify", .need = 1), DECIDES("look", .need = 1), DECIDES("decide", .need = 1),
               CMO("cmo", .need = 0)},
     .authority = {{JOB_LEVEL_MANAGER, 1, KIND(PROMOTION)}, {JOB_LEVEL_DIRECTOR, 4, ~0u}}},
    {.name = "authority",
     .authority = {{JOB_LEVEL_SUPERVISOR, 1, KIND(PROMOTION)},
                   {JOB_LEVEL_MANAGER, 3, KIND(DEMOTION)},
                   {JOB_LEVEL_DIRECTOR, 4, ~0u}},
     .countersigners = 1},
    {.name = "authority of several",
     .nodes = {VERIFIES("verify", .need = 1), DECIDES("decide", .need = 2),
               DECIDES("close", .need = 1, .jump_from = 3)},
     .authority = {{JOB_LEVEL_MANAGER, 3, ~0u}, {JOB_LEVEL_DIRECTOR, 4, ~0u}}},
    {.name = "own manager at the branch",
     .nodes = {HEAD("own", .need = 1, .own_manager = true, .level = JOB_LEVEL_MANAGER), VERIFIES("verify", .need = 1),
               DECIDES("decide", .need = 1)},
     .countersigners = 1,
     .manager = SUB3},
    {.name = "own manager at the region",
     .nodes = {VERIFIES("own", .need = 1, .own_manager = true), VERIFIES("verify", .need = 1),
               DECIDES("decide", .need = 1)},
     .manager = VER1},
    {.name = "own manager decides",
     .nodes = {VERIFIES("verify", .need = 1), DECIDES("own", .need = 1, .own_manager = true), CMO("cmo", .need = 1)},
     .authority = {{JOB_LEVEL_SUPERVISOR, 1, KIND(PROMOTION)}, {JOB_LEVEL_DIRECTOR, 4, ~0u}},
     .countersigners = 1,
     .manager = APP1},
    {.name = "own manager and CMO",
     .nodes = {VERIFIES("verify", .need = 1), DECIDES("decide", .need = 1),
               CMO("own", .need = 1, .own_manager = true, .level = JOB_LEVEL_DIRECTOR)},
     .manager = CMO1},
    {.name = "by amount",
     .nodes = {VERIFIES("verify", .need = 1), VERIFIES("large", .need = 1, .amount_from = ROUTE_BOUND),
               DECIDES("small", .need = 1, .amount_to = ROUTE_BOUND),
               DECIDES("over", .need = 1, .amount_from = ROUTE_BOUND + 1), DECIDES("decide", .need = 1)},
     .by_amount = true},
    {.name = "automatic by amount",
     .nodes = {VERIFIES("verify", .need = 1), DECIDES("below", .automatic = true, .amount_to = ROUTE_BOUND - 1),
               DECIDES("look", .need = 1), DECIDES("over", .automatic = true, .amount_from = ROUTE_BOUND + 1),
               DECIDES("decide", .need = 1)},
     .by_amount = true},
    {.name = "authority by amount",
     .nodes = {VERIFIES("verify", .need = 1), DECIDES("decide", .need = 1),
               CMO("cmo", .need = 1, .amount_from = ROUTE_BOUND)},
     .authority = {{JOB_LEVEL_SUPERVISOR, 4, ~0u, ROUTE_BOUND - 1},
                   {JOB_LEVEL_MANAGER, 4, ~0u, ROUTE_BOUND},
                   {JOB_LEVEL_DIRECTOR, 4, ~0u, 0}},
     .by_amount = true},
    {.name = "an approver's opinion",
     .nodes = {VERIFIES("verify", .need = 1), VERIFIES("again", .need = 1), DECIDES("decide", .need = 1)},
     .opinion_of = APP1},
    {.name = "an opinion of one of few",
     .nodes = {VERIFIES("verify", .need = 1, .persons = {"ver1", "ver2", "ver3"}, .person_count = 3),
               DECIDES("decide", .need = 1),
               CMO("doubts", .need = 2, .doubtful = ASKED_YES, .persons = {"cmo1", "cmo2"}, .person_count = 2)},
     .opinion_of = APP2},
    {.name = "everything",
     .nodes = {HEAD("head", .need = 1), VERIFIES("two", .need = 2),
               VERIFIES("named", .need = 1, .persons = {"ver2", "ver3", "for_sub"}, .person_count = 3,
                        .doubtful = ASKED_YES),
               DECIDES("all", .need = 0), DECIDES("rest", .need = 1, .automatic = true, .jump_to = 1),
               CMO("cmo", .need = 1, .level = JOB_LEVEL_DIRECTOR)}},
};
const int route_form_count = sizeof route_forms / sizeof route_forms[0];

const struct route_kind route_kinds[] = {
    {"promotion", {TIER_KEY, GRADE_YELLOW}, GRADE_GREEN, GRADE_GREEN},
    {"admission", {TIER_ORDINARY, GRADE_NONE}, GRADE_NONE, GRADE_YELLOW},
    {"demotion", {TIER_KEY, GRADE_GREEN}, GRADE_RED, GRADE_BLACK},
};
const int route_kind_count = sizeof route_kinds / sizeof route_kinds[0];

struct money route_volume(const struct policy *policy, enum grade to, enum route_amount amount)
{
    int64_t part = 10000 / policy->terms[to].limit_volume_bp; /* the limit is rounded down */
    struct money volume = {0};
    if (amount != AMOUNT_UNKNOWN) {
        volume = (struct money){.minor = (ROUTE_BOUND + (int)amount - (int)AMOUNT_AT) * part + part - 1};
        memcpy(volume.currency, policy->currency, sizeof volume.currency);
    }
    return volume;
}

#define PERSON(id_, login_, unit, level_, role)                                                                        \
    [id_ - 1] = {.id = (id_),                                                                                          \
                 .unit_id = (unit),                                                                                    \
                 .level = JOB_LEVEL_##level_,                                                                          \
                 .roles = (role),                                                                                      \
                 .login = (login_),                                                                                    \
                 .name = (login_)}
#define R(role) (1u << ROLE_##role)

const struct user route_people[PEOPLE] = {
    PERSON(SUB1, "sub1", B11, SUPERVISOR, R(SUBMITTER)),
    PERSON(SUB2, "sub2", B11, SUPERVISOR, R(SUBMITTER)),
    PERSON(SUB3, "sub3", B11, MANAGER, R(SUBMITTER)),
    PERSON(VER1, "ver1", R1, SUPERVISOR, R(VERIFIER)),
    PERSON(VER2, "ver2", R1, SUPERVISOR, R(VERIFIER)),
    PERSON(VER3, "ver3", R1, MANAGER, R(VERIFIER)),
    PERSON(APP1, "app1", HQ, SUPERVISOR, R(APPROVER)),
    PERSON(APP2, "app2", HQ, MANAGER, R(APPROVER)),
    PERSON(APP3, "app3", HQ, DIRECTOR, R(APPROVER)),
    PERSON(APP4, "app4", HQ, DIRECTOR, R(APPROVER)),
    PERSON(CMO1, "cmo1", HQ, DIRECTOR, R(CMO)),
    PERSON(CMO2, "cmo2", HQ, SUPERVISOR, R(CMO)),
    PERSON(FOR_SUB, "for_sub", R1, MANAGER, R(VERIFIER)),
    PERSON(FOR_VER, "for_ver", HQ, DIRECTOR, R(APPROVER)),
    PERSON(FOR_APP, "for_app", HQ, MANAGER, R(APPROVER) | R(CMO)),
    PERSON(ASSESSOR, "assessor", R1, SUPERVISOR, R(VERIFIER)),
    PERSON(CLERK, "clerk", R1, CLERK, R(VERIFIER)),
    PERSON(PROBE, "probe", B11, CLERK, R(SUBMITTER)),
};

#define ALWAYS .begins_at = 0, .ends_at = INT64_MAX
const struct delegation route_delegations[DELEGATIONS] = {
    {.id = 1, .delegator = SUB1, .substitute = FOR_SUB, ALWAYS},
    {.id = 2, .delegator = VER1, .substitute = FOR_VER, ALWAYS},
    {.id = 3, .delegator = APP1, .substitute = FOR_APP, .kinds = KIND(PROMOTION), ALWAYS},
    {.id = 4, .delegator = CMO1, .substitute = FOR_APP, ALWAYS},
    {.id = 5, .delegator = VER1, .substitute = FOR_SUB, ALWAYS},
    {.id = 6, .delegator = VER2, .substitute = FOR_VER, .begins_at = 0, .ends_at = FIXTURE_NOW}, /* over */
};

struct policy route_policy(const struct route_form *form)
{
    struct policy policy = fixture_policy;
    while (policy.route_count < 6 && form->nodes[policy.route_count].name != NULL) {
        struct route_node *node = &policy.route[policy.route_count];
        *node = form->nodes[policy.route_count++];
        node->level = node->level == 0 ? JOB_LEVEL_SUPERVISOR : node->level; /* as the file's default is */
    }
    while (policy.authority_count < 4 && form->authority[policy.authority_count].level != 0) {
        policy.authority[policy.authority_count] = form->authority[policy.authority_count];
        policy.authority_count++;
    }
    policy.has_terms = true;
    for (enum grade grade = GRADE_GREEN; grade <= GRADE_BLACK; grade++) {
        static const int shares[] = {[GRADE_GREEN] = 2000, [GRADE_YELLOW] = 1000, [GRADE_RED] = 500, [GRADE_BLACK] = 1};
        policy.terms[grade] = (struct grade_terms){
            .limit_volume_bp = shares[grade], .limit_least = 300, .limit_most = 2 * (int64_t)ROUTE_BOUND};
    }
    policy.refused_words[policy.refused_word_count++] = WORD_OF_NOBODY;
    policy.supervised_words[policy.supervised_word_count++] = WORD_OF_HEADS;
    return policy;
}
