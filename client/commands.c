/* The table, finding a command in it, and help. */
#include "client/commands.h"

#include <stdio.h>
#include <string.h>

#include "client/run.h"
#include "common/check.h"
#include "common/reasons.h"
#include "common/text.h"

#define FLAGS_MAX 128 /* of all commands together */

#define STEP_FLAGS "if-version command-id"
#define CASE_FLAGS "acting-for " STEP_FLAGS

const struct command_spec commands[] = {
    {"auth", "login", "[LOGIN]", 0, 1, "", "password-stdin", N_("log in and keep the session"),
     "creditctl -p branch auth login li.wei", run_auth_login},
    {"auth", "status", "", 0, 0, "", "", N_("who is logged in"), "creditctl auth status", run_auth_status},
    {"auth", "logout", "", 0, 0, "", "", N_("end the session"), "creditctl auth logout", run_auth_logout},
    {"org", "create", "CODE", 1, 1, "name level parent", "zone command-id", N_("create a region or a branch"),
     "creditctl org create B11 --name 'Shanghai' --level branch --parent R1", run_org_create},
    {"org", "list", "", 0, 0, "", "", N_("all units"), "creditctl org list", run_org_list},
    {"org", "move", "CODE", 1, 1, "parent", "command-id", N_("put a branch below another region"),
     "creditctl org move B11 --parent R2", run_org_move},
    {"org", "merge", "CODE", 1, 1, "into reason", "command-id",
     N_("close a unit whose people, units below and customers another one takes over"),
     "creditctl org merge B12 --into B11 --reason 'one office from January on'", run_org_merge},
    {"org", "edit", "CODE", 1, 1, "", "name zone command-id", N_("give a unit another name or time zone"),
     "creditctl org edit B11 --zone Asia/Tokyo", run_org_edit},
    {"org", "close", "CODE", 1, 1, "", "command-id", N_("close a unit that nothing stands in"),
     "creditctl org close B11", run_org_close},
    {"calendar", "import", "FILE", 1, 1, "unit", "command-id",
     N_("add holidays and make-up days of a unit and those below it, from a CSV file (day,kind,name); others stay"),
     "creditctl calendar import holidays.csv --unit HQ", run_calendar_import},
    {"calendar", "list", "", 0, 0, "", "unit", N_("holidays and make-up days that hold for a unit"),
     "creditctl calendar list --unit B11", run_calendar_list},
    {"user", "add", "LOGIN", 1, 1, "name unit level", "role password-stdin command-id", N_("add a user"),
     "creditctl user add li.wei --name 'Li Wei' --unit B11 --level supervisor --role submitter", run_user_add},
    {"user", "list", "", 0, 0, "", "unit", N_("users of a unit and below"), "creditctl user list --unit R1",
     run_user_list},
    {"user", "disable", "LOGIN", 1, 1, "", "command-id", N_("take away all rights at once"),
     "creditctl user disable li.wei", run_user_disable},
    {"user", "password", "[LOGIN]", 0, 1, "", "password-stdin command-id",
     N_("change a password: one's own with the old one, another's as administrator"), "creditctl user password",
     run_user_password},
    {"user", "grant", "LOGIN", 1, 1, "", "role revoke level unit command-id",
     N_("give and take roles, change job level or unit"), "creditctl user grant li.wei --level manager",
     run_user_grant},
    {"customer", "add", "NUMBER", 1, 1, "name branch", "region stage opening-grade manager command-id",
     N_("open a customer's file"), "creditctl customer add K10001 --name '上海恒信贸易有限公司' --branch B11",
     run_customer_add},
    {"customer", "edit", "CUSTOMER", 1, 1, "", "name stage manager " STEP_FLAGS,
     N_("correct a customer's name or stage, or name its manager"),
     "creditctl customer edit K10001 --name '上海恒信贸易有限公司' --stage existing", run_customer_edit},
    {"customer", "move", "[CUSTOMER...]", 0, OPTIONS_MAX, "branch", "reason file " STEP_FLAGS,
     N_("give customers, with their open applications, to another branch to look after (HQ)"),
     "creditctl customer move K10001 --branch B12 --reason 'moved to Suzhou'", run_customer_move},
    {"customer", "import", "FILE", 1, 1, "", "reject-file",
     N_("add customers from a CSV or JSONL file (number,name,region,branch,stage,opening_grade,manager)"),
     "creditctl customer import customers.csv --reject-file rejected.csv", run_customer_import},
    {"customer", "list", "", 0, 0, "", "branch region tier grade limit purpose", N_("customers one may see"),
     "creditctl customer list --branch B11", run_customer_list},
    {"customer", "show", "CUSTOMER", 1, 1, "", "on known purpose",
     N_("one customer, by id or number, and how its standing is computed"), "creditctl customer show K10001",
     run_customer_show},
    {"customer", "explain", "CUSTOMER", 1, 1, "", "on known purpose",
     N_("the whole calculation of a customer's standing, and what would raise it"), "creditctl customer explain K10001",
     run_customer_explain},
    {"customer", "history", "CUSTOMER", 1, 1, "", "limit purpose", N_("all events of a customer's file"),
     "creditctl customer history K10001", run_customer_history},
    {"customer", "override", "CUSTOMER", 1, 1, "reason", "grade ordinary until end " STEP_FLAGS,
     N_("put another grade in force by authority, for a time; or end that (HQ)"),
     "creditctl customer override K10001 --grade yellow --until 2026-12-31 --reason 'guarantee of the parent'",
     run_customer_override},
    {"customer", "emergency", "CUSTOMER", 1, 1, "", "grade ordinary minutes reason confirm refuse " STEP_FLAGS,
     N_("put another grade in force for minutes, alone or by asking another one, who confirms or refuses (HQ)"),
     "creditctl customer emergency K10001 --grade yellow --minutes 60 --reason 'goods are at the gate'",
     run_customer_emergency},
    {"customer", "review", "CUSTOMER", 1, 1, "finding opinion", STEP_FLAGS, N_("judge an emergency that is over (HQ)"),
     "creditctl customer review K10001 --finding justified --opinion 'the bank confirmed the payment'",
     run_customer_review},
    {"customer", "appeal", "CUSTOMER", 1, 1, "reason", STEP_FLAGS,
     N_("appeal against a demotion that is announced (branch)"),
     "creditctl customer appeal K10001 --reason 'paid on time, the bank was late'", run_customer_appeal},
    {"customer", "measure", "CUSTOMER MEASURE", 2, 2, "", "note " STEP_FLAGS,
     N_("say that a measure of the grade in force has been applied (branch)"),
     "creditctl customer measure K10001 'quarterly visit' --note 'seen on site'", run_customer_measure},
    {"task", "list", "", 0, 0, "", "kind branch limit purpose",
     N_("measures to apply, demotions to appeal against, assessments to renew, emergencies to confirm and to review"),
     "creditctl task list --kind measure", run_task_list},
    {"trade", "import", "FILE...", 1, OPTIONS_MAX - 2, "mapping", "reject-file dry-run no-wait",
     N_("add and change trades from CSV or JSONL files, all of them one import"),
     "creditctl trade import invoices.csv --mapping mapping.cfg --reject-file rejected.csv", run_trade_import},
    {"trade", "status", "IMPORT", 1, 1, "", "", N_("how far an import and the evaluation of its customers are"),
     "creditctl trade status I-01-12", run_trade_status},
    {"trade", "list", "CUSTOMER", 1, 1, "", "limit purpose", N_("a customer's trades"), "creditctl trade list K10001",
     run_trade_list},
    {"trade", "show", "CUSTOMER DOCUMENT", 2, 2, "", "purpose", N_("one trade and its earlier versions"),
     "creditctl trade show K10001 0000611365", run_trade_show},
    {"trade", "correct", "CUSTOMER DOCUMENT", 2, 2, "reason",
     "amount currency issued due settled unsettled purpose " STEP_FLAGS, N_("correct a trade by hand"),
     "creditctl trade correct K10001 0000611365 --settled 2026-11-20 --reason 'statement of the bank'",
     run_trade_correct},
    {"trade", "cancel", "CUSTOMER DOCUMENT", 2, 2, "reason", STEP_FLAGS, N_("cancel a trade: it counts nowhere"),
     "creditctl trade cancel K10001 0000611365 --reason 'returned'", run_trade_cancel},
    {"assessment", "form", "", 0, 0, "", "", N_("the scorecard of the policy in force, as a form to be filled in"),
     "creditctl assessment form", run_assessment_form},
    {"assessment", "enter", "CUSTOMER", 1, 1, "", "form review " STEP_FLAGS,
     N_("enter an assessment from a form, or asked for at the terminal (branch)"),
     "creditctl assessment enter K10001 --form form.cfg", run_assessment_enter},
    {"assessment", "list", "CUSTOMER", 1, 1, "", "purpose", N_("a customer's assessments, newest first"),
     "creditctl assessment list K10001", run_assessment_list},
    {"assessment", "explain", "CUSTOMER", 1, 1, "", "purpose",
     N_("how the newest assessment is counted, and what would raise the score"), "creditctl assessment explain K10001",
     run_assessment_explain},
    {"application", "submit", "CUSTOMER", 1, 1, "to", "reason " CASE_FLAGS, N_("ask for another grade (branch)"),
     "creditctl application submit K10001 --to green --reason 'volume doubled'", run_application_submit},
    {"application", "verify", "ID", 1, 1, "", "finding opinion item " CASE_FLAGS,
     N_("verify each item and write the opinion (region)"),
     "creditctl application verify A-01-7 --finding confirmed --opinion 'all documents seen' --item licence=ok",
     run_application_verify},
    {"application", "return", "ID", 1, 1, "", "node reason " CASE_FLAGS,
     N_("return for correction (region, HQ); --node region: to be verified anew (HQ)"),
     "creditctl application return A-01-7 --reason 'licence has expired'", run_application_return},
    {"application", "resubmit", "ID", 1, 1, "", "to reason " CASE_FLAGS, N_("submit the corrected case (branch)"),
     "creditctl application resubmit A-01-7", run_application_resubmit},
    {"application", "approve", "ID", 1, 1, "", "grade reason " CASE_FLAGS,
     N_("decide and sign; a grade between the old and the requested one needs a reason (HQ)"),
     "creditctl application approve A-01-7 --grade yellow --reason 'one quarter is missing'", run_application_approve},
    {"application", "reject", "ID", 1, 1, "", "reason " CASE_FLAGS, N_("final no (HQ)"),
     "creditctl application reject A-01-7 --reason 'overdue for a year'", run_application_reject},
    {"application", "recall", "ID", 1, 1, "", "reason " CASE_FLAGS,
     N_("take one's unit's step back before the next one acts (branch, region)"), "creditctl application recall A-01-7",
     run_application_recall},
    {"application", "withdraw", "ID", 1, 1, "", "reason " CASE_FLAGS, N_("take back before the decision (branch)"),
     "creditctl application withdraw A-01-7", run_application_withdraw},
    {"application", "record", "ID", 1, 1, "", CASE_FLAGS, N_("put the decided grade in force (branch)"),
     "creditctl application record A-01-7", run_application_record},
    {"application", "show", "ID", 1, 1, "", "purpose", N_("one application"), "creditctl application show A-01-7",
     run_application_show},
    {"application", "history", "ID", 1, 1, "", "purpose", N_("who, when, what, why"),
     "creditctl application history A-01-7", run_application_history},
    {"application", "explain", "ID", 1, 1, "", "purpose", N_("what it waits for, whose turn it is, until when"),
     "creditctl application explain A-01-7", run_application_explain},
    {"application", "list", "", 0, 0, "", "open overdue extension state branch customer limit purpose",
     N_("applications one may see"), "creditctl application list --open --overdue", run_application_list},
    {"application", "extend", "ID", 1, 1, "", "days grant refuse reason " CASE_FLAGS,
     N_("ask for more days to decide (HQ), or grant or refuse them (CMO)"),
     "creditctl application extend A-01-7 --days 4 --reason 'the bank reference is on its way'",
     run_application_extend},
    {"application", "claim", "ID", 1, 1, "", CASE_FLAGS,
     N_("work on the case oneself: others of the unit cannot until the step is taken"),
     "creditctl application claim A-01-7", run_application_claim},
    {"application", "release", "ID", 1, 1, "", "reason " CASE_FLAGS, N_("give a claimed case back to the unit"),
     "creditctl application release A-01-7", run_application_release},
    {"application", "transfer", "ID LOGIN", 2, 2, "", "reason " CASE_FLAGS,
     N_("hand the case to another one of the unit who can act"), "creditctl application transfer A-01-7 wang.fang",
     run_application_transfer},
    {"application", "countersign", "ID", 1, 1, "", "add drop reason " CASE_FLAGS,
     N_("ask another one of the unit for his signature, too, or do without it"),
     "creditctl application countersign A-01-7 --add wang.fang", run_application_countersign},
    {"application", "assist", "ID", 1, 1, "", "ask opinion call-back reason " CASE_FLAGS,
     N_("ask another one for his opinion, give it, or do without it"),
     "creditctl application assist A-01-7 --ask wang.fang --reason 'is the bank reference sound?'",
     run_application_assist},
    {"application", "pause", "ID", 1, 1, "for", CASE_FLAGS,
     N_("stop the clock while the customer is waited for (whose turn it is)"),
     "creditctl application pause A-01-7 --for 'the bank reference'", run_application_pause},
    {"application", "resume", "ID", 1, 1, "", "reason " CASE_FLAGS, N_("let the clock go on"),
     "creditctl application resume A-01-7", run_application_resume},
    {"application", "urge", "ID", 1, 1, "", "reason " CASE_FLAGS,
     N_("ask whoever's turn it is to act (branch, once a day)"), "creditctl application urge A-01-7",
     run_application_urge},
    {"report", "due", "", 0, 0, "", "days branch limit purpose",
     N_("cases that are overdue or end soon, at whose desk, and who is told"), "creditctl report due --days 1",
     run_report_due},
    {"report", "score", "", 0, 0, "month", "months html purpose",
     N_("how punctual and true the work of units was, month by month, from the events"),
     "creditctl report score --month 2026-11 --months 3", run_report_score},
    {"application", "policy", "ID", 1, 1, "version reason", "approve " STEP_FLAGS,
     N_("ask that a case go on by another version of the policy, or approve that (HQ)"),
     "creditctl application policy A-01-7 --version 3 --reason 'the new floor is for running cases too'",
     run_application_policy},
    {"delegation", "grant", "SUBSTITUTE", 1, 1, "until", "from delegator kind amount-to currency reason command-id",
     N_("let another one do one's steps in cases for some days; --delegator: for one whose unit one heads"),
     "creditctl delegation grant wang.fang --from 2026-12-01 --until 2026-12-14 --reason 'on leave'",
     run_delegation_grant},
    {"delegation", "revoke", "ID", 1, 1, "", "reason command-id", N_("end a delegation now"),
     "creditctl delegation revoke D-00-7", run_delegation_revoke},
    {"delegation", "list", "", 0, 0, "", "", N_("delegations that have not ended"), "creditctl delegation list",
     run_delegation_list},
    {"inbox", NULL, "", 0, 0, "", "watch limit purpose", N_("what waits for oneself; --watch: and each change of it"),
     "creditctl inbox --watch", run_inbox},
    {"policy", "list", "", 0, 0, "", "", N_("versions of the policy, newest first"), "creditctl policy list",
     run_policy_list},
    {"policy", "show", "[VERSION]", 0, 1, "", "", N_("the text of a version; without one, of that in force"),
     "creditctl policy show 3", run_policy_show},
    {"policy", "diff", "[VERSION|FILE] VERSION|FILE", 1, 2, "", "",
     N_("keys that differ between two texts; with one, from the policy in force"), "creditctl policy diff draft.cfg",
     run_policy_diff},
    {"policy", "check", "VERSION|FILE", 1, 1, "", "", N_("is the text a valid policy?"),
     "creditctl policy check draft.cfg", run_policy_check},
    {"policy", "test", "VERSION|FILE", 1, 1, "", "", N_("run the tests that stand in the text"),
     "creditctl policy test draft.cfg", run_policy_test},
    {"policy", "simulate", "FILE", 1, 1, "from", "until html",
     N_("what a draft would have said of all customers, day by day, and changed"),
     "creditctl policy simulate draft.cfg --from 2025-01-01 --html draft.html", run_policy_simulate},
    {"policy", "route", "explain CUSTOMER", 2, 2, "to", "purpose",
     N_("the way that a case would take: whose hands, days and authority, and who could act there today"),
     "creditctl policy route explain K10001 --to green", run_policy_route},
    {"policy", "propose", "FILE", 1, 1, "note base", "command-id",
     N_("make the text a version for somebody else to publish"),
     "creditctl policy propose draft.cfg --base 1 --note 'floor at 80 %'", run_policy_propose},
    {"policy", "publish", "VERSION", 1, 1, "", "from command-id",
     N_("put a proposed version in force, at once or from a date on"), "creditctl policy publish 2 --from 2027-01-01",
     run_policy_publish},
    {"policy", "rollback", "VERSION", 1, 1, "reason", "command-id", N_("take a published version back at once"),
     "creditctl policy rollback 2 --reason 'the floor was meant for 2028'", run_policy_rollback},
    {"outcome", NULL, "[COMMAND-ID]", 0, 1, "", "send forget", N_("what became of a command whose answer was lost"),
     "creditctl outcome", run_outcome},
    {"audit", "verify", "[CUSTOMER]", 0, 1, "", "",
     N_("walk the event chains and name the first event that does not fit"), "creditctl audit verify",
     run_audit_verify},
    {"admin", "clock", "advance DURATION", 2, 2, "", "command-id", N_("move the clock of a test database"),
     "creditctl admin clock advance 3d", run_clock_advance},
    {"admin", "status", "", 0, 0, "", "", N_("what the server says of itself"), "creditctl admin status",
     run_admin_status},
    {"help", NULL, "[NOUN [VERB] | exit-codes | REASON]", 0, 3, "", "", N_("help"), "creditctl help application submit",
     run_help},
    {"version", NULL, "", 0, 0, "", "", N_("versions"), "creditctl version", run_version},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};

/* What a flag says of itself where it is not what `flags` says. */
static const struct {
    const char *noun, *verb, *flag;
    const char *help; /* English */
} flag_helps[] = {
    {"application", "extend", "reason", N_("why; needed with --days and with --refuse")},
    {"application", "extend", "days", N_("ask for so many more days")},
    {"application", "assist", "reason", N_("why, with --ask and --call-back")},
    {"customer", "override", "until", N_("last day; needed unless --end is given")},
    {"customer", "emergency", "reason", N_("why; needed unless --confirm is given")},
    {"delegation", "grant", "from", N_("first day; today without it")},
    {"delegation", "grant", "kind", N_("only cases of that kind: admission, promotion or demotion; may be repeated")},
    {"policy", "publish", "from", N_("first day; at once without it")},
    {"policy", "simulate", "until", N_("last day; today without it")},
};

/* ---- finding ---- */

/* Nouns (verb NULL) or the verbs of a noun, each once. */
static int words_of(const char *noun, const char **out, int most)
{
    int count = 0;

    for (const struct command_spec *c = commands; c->noun != NULL; c++) {
        const char *word = noun == NULL ? c->noun : c->verb;
        if (noun != NULL && strcmp(c->noun, noun) != 0)
            continue;
        if (word != NULL && (count == 0 || strcmp(out[count - 1], word) != 0) && count < most)
            out[count++] = word;
    }
    return count;
}

static bool near_word(const char *noun, const char *given, struct failure *failure)
{
    const char *words[OPTIONS_MAX], *near;
    int count = words_of(noun, words, OPTIONS_MAX);

    near = options_nearest(given, words, count);
    if (near != NULL && noun == NULL)
        return failure_hint(failure, _("did you mean: creditctl %s?"), near);
    if (near != NULL)
        return failure_hint(failure, _("did you mean: creditctl %s %s?"), noun, near);
    return failure_hint(failure, "creditctl help%s%s", noun == NULL ? "" : " ", noun == NULL ? "" : noun);
}

const struct command_spec *command_find(const struct options *options, struct failure *failure)
{
    const char *noun = options->word_count > 0 ? options->words[0] : NULL;
    const char *verb = options->word_count > 1 ? options->words[1] : NULL;
    bool known = false;

    if (noun == NULL) {
        failure_set(failure, EXIT_USAGE, "USAGE", NULL, _("no command was given"));
        failure_hint(failure, "creditctl help");
        return NULL;
    }
    for (const struct command_spec *c = commands; c->noun != NULL; c++) {
        if (strcmp(c->noun, noun) != 0)
            continue;
        known = true;
        if (c->verb == NULL || (verb != NULL && strcmp(c->verb, verb) == 0))
            return c;
    }
    if (!known) {
        failure_set(failure, EXIT_USAGE, "USAGE", NULL, _("unknown command %s"), noun);
        near_word(NULL, noun, failure);
    } else if (verb == NULL) {
        failure_set(failure, EXIT_USAGE, "USAGE", NULL, _("%s needs a verb"), noun);
        failure_hint(failure, "creditctl help %s", noun);
    } else {
        failure_set(failure, EXIT_USAGE, "USAGE", NULL, _("%s has no verb %s"), noun, verb);
        near_word(noun, verb, failure);
    }
    return NULL;
}

static bool listed(const char *list, const char *name)
{
    size_t length = strlen(name);

    for (const char *p = list; (p = strstr(p, name)) != NULL; p += length)
        if ((p == list || p[-1] == ' ') && (p[length] == ' ' || p[length] == '\0'))
            return true;
    return false;
}

static bool takes(const struct command_spec *spec, const struct flag *flag)
{
    return flag->global || (spec != NULL && (listed(spec->needs, flag->name) || listed(spec->takes, flag->name)));
}

/* The flag nearest to the word among those that the command takes, or those that it does not. */
static const char *near_flag(const char *word, const struct command_spec *spec, bool taken)
{
    const char *names[FLAGS_MAX];
    int count = 0;

    for (const struct flag *f = flags; f->name != NULL; f++)
        if (takes(spec, f) == taken) {
            CHECK(count < FLAGS_MAX);
            names[count++] = f->name;
        }
    return options_nearest(word, names, count);
}

void command_near_flag(const struct options *options, struct failure *failure)
{
    struct failure ignored;
    const struct command_spec *spec = command_find(options, &ignored);
    const char *word = options->unknown == NULL ? "" : options->unknown + strspn(options->unknown, "-");
    const char *near, *other;
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    near = near_flag(name, spec, true);
    other = near_flag(name, spec, false);
    if (other != NULL && (near == NULL || text_distance(name, other) < text_distance(name, near)))
        near = other;
    if (near != NULL)
        failure_hint(failure, _("did you mean --%s?"), near);
}

static bool needed_flags(const struct command_spec *spec, const struct options *options, struct failure *failure)
{
    for (const struct flag *f = flags; f->name != NULL; f++)
        if (listed(spec->needs, f->name) && !options_has(options, f->name)) {
            failure_set(failure, EXIT_USAGE, "USAGE", f->name, _("--%s %s is needed"), f->name, f->value);
            return failure_hint(failure, "%s", spec->example);
        }
    return true;
}

bool command_check(const struct command_spec *spec, const struct options *options, struct failure *failure)
{
    int operands = options->word_count - (spec->verb == NULL ? 1 : 2);

    for (int i = 0; i < options->given_count; i++) {
        const struct flag *flag = options->given[i].flag;
        if (!takes(spec, flag))
            return failure_set(failure, EXIT_USAGE, "USAGE", flag->name, _("--%s is not a flag of %s %s"), flag->name,
                               spec->noun, spec->verb == NULL ? "" : spec->verb);
    }
    if (operands < spec->least || operands > spec->most) {
        failure_set(failure, EXIT_USAGE, "USAGE", NULL,
                    operands < spec->least ? _("%s %s needs %s") : _("%s %s takes no more than %s"), spec->noun,
                    spec->verb == NULL ? "" : spec->verb, spec->operands[0] == '\0' ? _("no operand") : spec->operands);
        return failure_hint(failure, "%s", spec->example);
    }
    return needed_flags(spec, options, failure);
}

/* ---- help ---- */

static void print_summary(const struct command_spec *c)
{
    char left[80];

    snprintf(left, sizeof left, "%s%s%s %s", c->noun, c->verb == NULL ? "" : " ", c->verb == NULL ? "" : c->verb,
             c->operands);
    printf("  %-32s %s\n", left, _(c->summary));
}

static const char *flag_help(const struct command_spec *c, const struct flag *flag)
{
    for (size_t i = 0; c != NULL && c->verb != NULL && i < sizeof flag_helps / sizeof flag_helps[0]; i++)
        if (strcmp(flag_helps[i].noun, c->noun) == 0 && strcmp(flag_helps[i].verb, c->verb) == 0 &&
            strcmp(flag_helps[i].flag, flag->name) == 0)
            return flag_helps[i].help;
    return flag->help;
}

/* Of a command, or, when it is NULL, of every one. */
static void print_flag(const struct command_spec *c, const struct flag *flag)
{
    char left[80];

    snprintf(left, sizeof left, "%s%c%s--%s%s%s", flag->letter != 0 ? "-" : "", flag->letter != 0 ? flag->letter : ' ',
             flag->letter != 0 ? ", " : "   ", flag->name, flag->value == NULL ? "" : " ",
             flag->value == NULL ? "" : flag->value);
    printf("  %-28s %s%s\n", left, _(flag_help(c, flag)),
           c != NULL && listed(c->needs, flag->name) ? _(" (needed)") : "");
}

static void print_command(const struct command_spec *c)
{
    printf("creditctl %s%s%s %s\n  %s\n\n", c->noun, c->verb == NULL ? "" : " ", c->verb == NULL ? "" : c->verb,
           c->operands, _(c->summary));
    for (const struct flag *f = flags; f->name != NULL; f++)
        if (listed(c->needs, f->name) || listed(c->takes, f->name))
            print_flag(c, f);
    printf("\n%s\n  %s\n", _("Example:"), c->example);
}

static int help_all(void)
{
    printf("%s\n\n", _("creditctl NOUN VERB [OPERAND...] [FLAGS]"));
    for (const struct command_spec *c = commands; c->noun != NULL; c++)
        print_summary(c);
    printf("\n%s\n", _("Flags of every command:"));
    for (const struct flag *f = flags; f->name != NULL; f++)
        if (f->global)
            print_flag(NULL, f);
    return EXIT_DONE;
}

/* The verbs of a noun; false: it has none. */
static bool help_noun(const char *noun)
{
    bool any = false;

    for (const struct command_spec *c = commands; c->noun != NULL; c++)
        if (strcmp(noun, c->noun) == 0 && c->verb != NULL) {
            print_summary(c);
            any = true;
        }
    return any;
}

/* Does the word stand before the operands, as in "policy route explain CUSTOMER"? */
static bool stands_before(const struct command_spec *c, const char *word)
{
    size_t length = strlen(word);

    return strncmp(c->operands, word, length) == 0 && c->operands[length] == ' ';
}

int command_help(struct client *client, const char *noun, const char *verb, const char *word)
{
    struct options asked = {.words = {noun, verb}, .word_count = noun == NULL ? 0 : verb == NULL ? 1 : 2};
    const struct command_spec *one;

    if (noun == NULL)
        return help_all();
    if (verb == NULL && help_noun(noun))
        return EXIT_DONE;
    one = command_find(&asked, &client->failure);
    if (one != NULL && word != NULL && !stands_before(one, word)) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", NULL, _("unknown command %s"), word);
        one = NULL;
    }
    if (one == NULL)
        return run_fail(client);
    print_command(one);
    return EXIT_DONE;
}
