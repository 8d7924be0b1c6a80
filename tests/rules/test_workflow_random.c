/* A long run of random steps by random people, most of them refused, against what must always hold. */
#include "server/rules/clock.h"
#include "server/rules/workflow.h"
#include "tests/rules/case.h"

enum { STEPS = 40000, PEOPLE = 9 };

/* xorshift64: the same run every time. */
static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % below;
}

/* What the test itself remembers of a case. */
struct memory {
    bool wrote[PEOPLE + 1]; /* submitted, resubmitted or verified */
    enum grade grade;       /* in force */
};

static struct step_input random_input(uint64_t *seed)
{
    static const char *const texts[] = {NULL, " ", "because", "because"};
    static struct checked_item item;
    item = (struct checked_item){.name = "volume", .ok = draw(seed, 2) == 0};
    return (struct step_input){
        .action = (enum event_kind)(1 + draw(seed, EVENT_RECORD)),
        .if_version = draw(seed, 8) == 0 ? (int32_t)draw(seed, 6) : 0,
        .grade = (enum grade)draw(seed, 6),
        .finding = (enum finding)(draw(seed, 8) == 0 ? 0 : 1 + draw(seed, 2)),
        .text = texts[draw(seed, 4)],
        .items = &item,
        .item_count = (int)draw(seed, 2),
    };
}

/* One of few people; for three in four tries in the right place. */
static struct user random_user(uint64_t *seed, const struct test_case *c, enum event_kind action)
{
    static const int32_t units[] = {HQ, R1, R2, B11, B12, B21};
    int64_t id = 1 + (int64_t)draw(seed, PEOPLE);
    if (draw(seed, 4) > 0 && case_transition(c, action) != NULL) {
        return case_user(c, action, id);
    }
    return fixture_user(id, units[draw(seed, 6)], JOB_LEVEL_MANAGER, ROLE_BIT(1 + draw(seed, ROLE_SYNC_AGENT)));
}

/* What holds for every case at any time. */
static void check_case(const struct test_case *c, const struct memory *memory)
{
    const struct application *application = &c->application;
    enum unit_level level;
    enum role role;
    bool open = route_turn(application->state, &level, &role);
    assert_int_equal(c->customer.open_application, open ? application->key.id : 0);
    assert_int_equal(application->due_at != 0, open);
    assert_int_equal(uuid_is_zero(application->timer_id), !open);
    assert_int_equal(application->turn_unit, open ? fixture_unit_of(level) : 0);
    assert_true(application->due_at <= application->complete_by);
    assert_int_equal(application->complete_by,
                     clock_complete_by(&(struct clock){.org = &fixture_org, .policy = &fixture_policy},
                                       unit_by_id(&fixture_org, B11), application->clock_started_at));
    for (int i = 0; i < application->hand_count; i++) {
        assert_true(memory->wrote[application->hands[i]]);
        assert_true(application->hands[i] != application->decided_by);
        for (int j = 0; j < i; j++) {
            assert_true(application->hands[i] != application->hands[j]);
        }
    }
    bool approved = application->state == STATE_APPROVED || application->state == STATE_RECORDED;
    assert_int_equal(application->decided_grade != GRADE_NONE, approved);
    assert_int_equal(c->customer.standing.grade, memory->grade);
}

/* An accepted step follows the state table and is by whoever may take it. */
static void check_step(const struct test_case *before, const struct test_case *after, const struct user *user,
                       const struct step_input *input, struct memory *memory)
{
    const struct application *now = &after->application;
    enum state from = input->action == EVENT_SUBMIT ? STATE_NONE : before->application.state;
    const struct transition *row = route_find(from, input->action, unit_by_id(&fixture_org, user->unit_id)->level);
    assert_non_null(row);
    assert_int_equal(user->roles, ROLE_BIT(row->by_role));
    assert_int_equal(now->came_from, from);
    assert_int_equal(now->action, input->action);
    assert_int_equal(now->state, row->to);
    assert_int_equal(now->version, input->action == EVENT_SUBMIT ? 1 : before->application.version + 1);
    if (input->action == EVENT_SUBMIT) {
        assert_int_equal(before->customer.open_application, 0);
        memset(memory->wrote, 0, sizeof memory->wrote);
    }
    if (input->action == EVENT_APPROVE || input->action == EVENT_REJECT) {
        assert_false(memory->wrote[user->id]);
    }
    if (input->action == EVENT_SUBMIT || input->action == EVENT_RESUBMIT || input->action == EVENT_VERIFY) {
        memory->wrote[user->id] = true;
    }
    if (input->action == EVENT_RECORD) {
        memory->grade = before->application.decided_grade;
    }
}

static void invariants_hold_over_a_long_run(void **state)
{
    (void)state;
    uint64_t seed = 20261123;
    struct test_case c = case_new();
    struct memory memory = {.grade = c.customer.standing.grade};
    int taken[EVENT_LAPSE + 1] = {0};
    for (int i = 0; i < STEPS; i++) {
        struct step_input input = random_input(&seed);
        if (c.application.version == 0 && input.action != EVENT_SUBMIT) {
            continue;
        }
        struct user user = random_user(&seed, &c, input.action);
        struct test_case before = c;
        struct step_result result;
        c.now += (int64_t)draw(&seed, 20) * 3600 * US_PER_SECOND;
        case_try(&c, &user, &input, &result);
        if (result.refusal.reason != REASON_NONE) {
            assert_non_null(reason_name(result.refusal.reason));
            continue;
        }
        assert_int_equal(result.late, input.action != EVENT_SUBMIT && c.now >= before.application.due_at);
        case_take(&c, &result);
        check_step(&before, &c, &user, &input, &memory);
        check_case(&c, &memory);
        taken[input.action]++;
    }
    for (int action = EVENT_SUBMIT; action <= EVENT_RECORD; action++) {
        assert_true(taken[action] > 20); /* each step was really taken */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invariants_hold_over_a_long_run),
    };
    return cmocka_run_group_tests_name("workflow, random", tests, NULL, NULL);
}
