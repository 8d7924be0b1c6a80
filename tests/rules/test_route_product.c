/* The product of form of route x state and node x step x role, unit and job level x relation to the case, walked in
 * full: each situation that a form leads to is looked for, and there everybody, in every place, asks for every step, as
 * a request goes. What has to come of it says route_oracle.h. The walk tells how much it was. */
#include "tests/rules/route_walk.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/rules/fixture.h"
#include "tests/rules/route_forms.h"
#include "tests/rules/route_who.h"
#include "tests/rules/table.h"

static void ask_everything(struct walk *w, const struct situation *situation)
{
    w->scene.at = situation;
    w->scene.overlay = "";
    ask_as_they_are(w, true);
    ask_as_system(w);
    ask_at_desk(w);
    ask_from_every_place(w);
    ask_besides(w);
}

/* ---- the walk ---- */

static int by_login(const void *a, const void *b)
{
    const struct user *const *one = a, *const *other = b;
    return strcmp((*one)->login, (*other)->login);
}

static void begin(struct walk *w, const struct route_form *form, const struct route_kind *kind,
                  enum route_amount amount)
{
    w->scene.form = form;
    w->scene.kind = kind;
    w->scene.policy = route_policy(form);
    w->scene.org = fixture_org;
    memcpy(w->users, route_people, sizeof w->users);
    for (int i = 0; i < PEOPLE; i++) {
        w->by_login[i] = &w->users[i];
    }
    qsort(w->by_login, PEOPLE, sizeof w->by_login[0], by_login);
    w->scene.org.users = w->users;
    w->scene.org.user_count = PEOPLE;
    w->scene.org.users_by_login = w->by_login;
    memcpy(w->delegations, route_delegations, sizeof w->delegations);
    for (int i = 0; form->by_amount && i < DELEGATIONS; i++) { /* every other one */
        w->delegations[i].amount_to = i % 2 == 0 ? (struct money){ROUTE_BOUND, "CNY"} : w->delegations[i].amount_to;
    }
    w->scene.org.delegations = w->delegations;
    w->scene.org.delegation_count = DELEGATIONS;
    w->scene.oracle.org = &w->scene.org;
    w->scene.oracle.policy = &w->scene.policy;
    w->scene.oracle.now = FIXTURE_NOW;
    struct situation *none = &w->found[0];
    *none = (struct situation){.customer = fixture_customer()};
    none->customer.standing = kind->from;
    none->customer.assessed_by = ASSESSOR;
    none->customer.managed_by = form->manager;
    if (kind->computed != GRADE_NONE) {
        none->customer.evaluation.policy_version = 1;
        none->customer.evaluation.computed = (struct computed){kind->computed, true};
    }
    none->customer.evaluation.volume = route_volume(&w->scene.policy, kind->to, amount);
    none->tale = (struct tale){.customer_version = none->customer.version,
                               .standing = kind->from,
                               .computed = kind->computed,
                               .volume = amount == AMOUNT_UNKNOWN ? -1 : none->customer.evaluation.volume.minor,
                               .assessed = ASSESSOR,
                               .manager = form->manager};
    w->found_count = 1;
}

/* Is there somebody in each walk of the form who stands to a case like that? */
static bool must_meet(const struct route_form *form, enum relation_to_case relation)
{
    switch (relation) {
    case SIGNED_NODE:
    case SIGNED_BEFORE:
    case IS_NAMED:
        return false;
    case COUNTERSIGNS:
        return form->countersigners > 0;
    case MANAGES:
        return form->manager != 0;
    case GAVE:
        return form->opinion_of != 0;
    default:
        return true;
    }
}

/* Every node that a person signs was reached, and signed there, by some kind of case. */
static void check_account(const struct walk *w)
{
    const struct account *account = &w->account;
    for (int i = 0; i < 2 * PLACES; i++) {
        enum state state = i < PLACES ? STATE_SUBMITTED : STATE_VERIFIED;
        const struct route_node *node = who_node_at(&w->scene.oracle, state, i % PLACES);
        if (node != NULL && !node->automatic &&
            !(account->reached[state][i % PLACES] && account->signed_here[state][i % PLACES])) {
            fail_msg("%s: node %s was not walked", w->scene.form->name, node->name);
        }
    }
    for (enum state state = STATE_SUBMITTED; state <= STATE_LAPSED; state++) {
        bool reached = false;
        for (int place = 0; place < PLACES; place++) {
            reached = reached || account->reached[state][place];
        }
        assert_true(reached);
    }
    for (enum event_kind step = EVENT_SUBMIT; step <= EVENT_RETURN_TO_NODE; step++) {
        bool may_lack = step == EVENT_SIGN || step == EVENT_RETURN_TO_NODE; /* of forms with one signature a state */
        if (account->steps[step] == 0 && !may_lack) {
            fail_msg("%s: %s was never taken", w->scene.form->name, word_name(words_event, (int)step));
        }
    }
    for (int i = 0; i < RELATIONS; i++) {
        if (account->at_relation[i] == 0 && must_meet(w->scene.form, (enum relation_to_case)i)) {
            fail_msg("%s: nobody who %s was asked for", w->scene.form->name, relation_names[i]);
        }
    }
}

static void walk_kind(struct walk *w, const struct route_form *form, const struct route_kind *kind,
                      enum route_amount amount)
{
    begin(w, form, kind, amount);
    for (int at = 0; at < w->found_count; at++) {
        ask_everything(w, &w->found[at]);
    }
    w->account.situations += w->found_count;
}

static void walk_form(struct walk *w, const struct route_form *form, uint64_t *asked)
{
    w->account = (struct account){0};
    for (int i = 0; i < route_kind_count * AMOUNTS; i++) {
        enum route_amount amount = i % AMOUNTS;
        bool usual = amount == (form->by_amount ? AMOUNT_AT : AMOUNT_UNKNOWN);
        if (usual || (form->by_amount && i < AMOUNTS)) { /* of the first kind every amount */
            walk_kind(w, form, &route_kinds[i / AMOUNTS], amount);
        }
    }
    print_message("%-30s %4d situations, %9lu requests, %8lu taken\n", form->name, w->account.situations,
                  (unsigned long)w->account.asked, (unsigned long)w->account.taken);
    check_account(w);
    assert_true(w->account.situations >= 3 * 12 && w->account.asked >= 1000000);
    *asked += w->account.asked;
}

/* All that a request of a step, a claim or a countersigner can be refused for, by the rules. */
static const enum reason every_reason[] = {
    REASON_NONE,
    REASON_USER_DISABLED,
    REASON_ROLE_MISSING,
    REASON_LEVEL_TOO_LOW,
    REASON_NOT_YOUR_UNIT,
    REASON_OWN_CASE,
    REASON_OWN_ASSESSMENT,
    REASON_TIED_TO_HAND,
    REASON_ADMINISTRATOR_ONLY_UNITS_AND_USERS,
    REASON_NOT_FOUND,
    REASON_STALE_VERSION,
    REASON_STATE_CHANGED,
    REASON_OPEN_APPLICATION_EXISTS,
    REASON_ALREADY_DECIDED,
    REASON_FIELD_REQUIRED,
    REASON_FIELD_TOO_LONG,
    REASON_FIELD_INVALID,
    REASON_UNKNOWN_VALUE,
    REASON_SAME_GRADE,
    REASON_GRADE_NOT_BETWEEN,
    REASON_OPINION_REQUIRED,
    REASON_REASON_REQUIRED,
    REASON_FINDING_REQUIRED,
    REASON_UNKNOWN_ITEM,
    REASON_FINDING_CONTRADICTS_ITEMS,
    REASON_NOTHING_TO_CHANGE,
    REASON_NOT_DELEGATED,
    REASON_DELEGATION_NARROWER,
    REASON_CLAIMED,
    REASON_NOT_CLAIMED,
    REASON_CANNOT_ACT,
    REASON_ABOVE_AUTHORITY,
    REASON_WORD_REFUSED,
    REASON_ALREADY_SIGNED,
    REASON_NOT_NAMED,
    REASON_COUNTERSIGNERS_MISSING,
    REASON_GRADE_BY_LAST,
    REASON_GRADE_DIFFERS,
    REASON_UNKNOWN_NODE,
    REASON_NODE_NOT_EARLIER,
    REASON_NODE_AUTOMATIC,
    REASON_NODE_PASSED_BY,
    REASON_WORD_FOR_HEAD,
    REASON_TOO_FEW_OTHERS,
    REASON_NOT_MANAGER,
    REASON_OPINION_AWAITED,
    REASON_NO_OPINION_ASKED,
    REASON_NOT_ASKED,
    REASON_CANNOT_ASSIST,
    REASON_NOT_LAST_STEP,
    REASON_GRADE_NEEDS_NODE,
    REASON_DELEGATION_AMOUNT,
    REASON_TOO_MANY_STEPS,
    REASON_TOO_MANY_HANDS,
    REASON_TOO_MANY_SIGNERS,
};

/* What several processes have walked, each the forms that it came to first. */
enum { WALKERS = 2 };
struct walked {
    atomic_int next; /* form */
    uint64_t asked[WALKERS], reasons[WALKERS][REASONS];
};

static void walk_some(struct walked *walked, int walker)
{
    static struct walk w;
    oracle_read_rights(&w.scene.oracle);
    for (int i; (i = atomic_fetch_add(&walked->next, 1)) < route_form_count;) {
        walk_form(&w, &route_forms[i], &walked->asked[walker]);
    }
    memcpy(walked->reasons[walker], w.reasons, sizeof w.reasons);
}

/* Who fails ends as cmocka lets him, and not with 0. */
static struct walked *walk_all(void)
{
    struct walked *walked =
        mmap(NULL, sizeof *walked, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); /* zeros */
    assert_true(walked != MAP_FAILED);
    fflush(stdout);
    for (int i = 0; i < WALKERS; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            walk_some(walked, i);
            fflush(stdout);
            _exit(0);
        }
    }
    int failed = 0, status;
    while (wait(&status) > 0) {
        failed += status != 0;
        if (failed > 0) {
            atomic_store(&walked->next, route_form_count); /* the others need not go on */
        }
    }
    assert_int_equal(failed, 0);
    return walked;
}

static void the_product_is_as_the_rules_say(void **state)
{
    (void)state;
    uint64_t reasons[REASONS] = {0}, asked = 0, counted = 0;
    ask_prepare();
    struct walked *walked = walk_all();
    for (int i = 0; i < WALKERS * REASONS; i++) {
        reasons[i % REASONS] += walked->reasons[i / REASONS][i % REASONS];
        asked += i % REASONS == 0 ? walked->asked[i / REASONS] : 0;
    }
    assert_int_equal(munmap(walked, sizeof *walked), 0);
    for (size_t i = 0; i < sizeof every_reason / sizeof every_reason[0]; i++) {
        enum reason reason = every_reason[i];
        const char *name = reason == REASON_NONE ? "taken" : reason_name(reason);
        print_message("%s %lu%s", name, (unsigned long)reasons[reason], i % 4 == 3 ? "\n" : ", ");
        if (reasons[reason] == 0) {
            fail_msg("%s was never the outcome", name);
        }
        counted += reasons[reason];
    }
    print_message("%lu requests\n", (unsigned long)asked);
    assert_int_equal(counted, asked); /* there are no other reasons */
    assert_true(asked >= 120000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_product_is_as_the_rules_say),
    };
    return cmocka_run_group_tests_name("product of route forms", tests, NULL, NULL);
}
