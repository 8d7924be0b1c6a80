/* The table of hints. */
#include "client/hints.h"

#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/text.h"
#include "client/unicode.h"

struct hint {
    const char *reason;
    const char *noun;  /* only for commands of this noun and ... */
    const char *verb;  /* ... verb; NULL: for all */
    const char *field; /* only when this field is at fault; NULL: whatever is */
    const char *text;  /* English */
};

#define AGAIN_TEXT  N_("nothing was done; run it again")
#define LOOK_TEXT   N_("look at it again: {ctl} application show {id}")
#define OTHERS_TEXT N_("somebody without a hand in the open application can do it: {ctl} customer show {id}")
#define AT_HQ_TEXT  N_("let another one at HQ do it; who is there: {ctl} policy route explain {id} --to GRADE")
#define LOGIN_TEXT  N_("spell it as its owner does; an administrator knows every login")
#define NAMED_TEXT  N_("who could act: {ctl} application explain {id}; an administrator knows every login")
#define HELP_TEXT   N_("{ctl} help {noun} {verb}")

/* The first row that fits counts. */
static const struct hint hints[] = {
    /* the server's, by their numbers */
    {"MALFORMED", NULL, NULL, NULL, N_("compare the versions: {ctl} version; {ctl} admin status")},
    {"UNKNOWN_METHOD", NULL, NULL, NULL, N_("compare the versions: {ctl} version; {ctl} admin status")},
    {"UPGRADE_NEEDED", NULL, NULL, NULL,
     N_("install the creditctl that belongs to this server; this one: {ctl} version")},
    {"BUSY", NULL, NULL, NULL, AGAIN_TEXT},
    {"SHUTTING_DOWN", NULL, NULL, NULL, AGAIN_TEXT},
    {"DATABASE_DOWN", NULL, NULL, NULL, AGAIN_TEXT},
    {"OUTCOME_UNKNOWN", NULL, NULL, NULL, N_("ask again: {ctl} outcome {command}")},
    {"INTERNAL", NULL, NULL, NULL, N_("tell whoever runs the server, with time and command id; its log says more")},
    {"LIMIT_EXCEEDED", NULL, NULL, NULL, N_("give less of it")},
    {"NOT_LOGGED_IN", NULL, NULL, NULL, "{ctl} auth login"},
    {"LOGIN_FAILED", NULL, NULL, NULL,
     N_("type it again; an administrator can set a new password: creditctl user password LOGIN")},
    {"SESSION_EXPIRED", NULL, NULL, NULL, "{ctl} auth login"},
    {"USER_DISABLED", NULL, NULL, NULL, N_("log in as somebody else: {ctl} auth login LOGIN; or ask an administrator")},
    {"ROLE_MISSING", NULL, NULL, NULL, N_("your own roles: {ctl} auth status; an administrator grants others")},
    {"LEVEL_TOO_LOW", NULL, NULL, NULL, N_("your own level: {ctl} auth status; a colleague of a higher one can do it")},
    {"NOT_YOUR_UNIT", "application", NULL, NULL, N_("whose turn it is: {ctl} application explain {id}")},
    {"NOT_YOUR_UNIT", NULL, NULL, NULL, N_("your own unit: {ctl} auth status")},
    {"OWN_CASE", "customer", NULL, "manager", OTHERS_TEXT},
    {"OWN_ASSESSMENT", "customer", NULL, "manager", OTHERS_TEXT},
    {"TIED_TO_HAND", "customer", NULL, "manager", OTHERS_TEXT},
    {"ALREADY_SIGNED", "customer", NULL, "manager", OTHERS_TEXT},
    {"OWN_ASSESSMENT", "customer", NULL, NULL, AT_HQ_TEXT},
    {"TIED_TO_HAND", "customer", NULL, NULL, AT_HQ_TEXT},
    {"OWN_CASE", NULL, NULL, NULL, N_("who else can do it: {ctl} application explain {id}")},
    {"OWN_ASSESSMENT", NULL, NULL, NULL, N_("who else can do it: {ctl} application explain {id}")},
    {"TIED_TO_HAND", NULL, NULL, NULL, N_("who else can do it: {ctl} application explain {id}")},
    {"ADMINISTRATOR_ONLY_UNITS_AND_USERS", NULL, NULL, NULL,
     N_("log in as a user with a role of business: {ctl} auth login LOGIN")},
    {"OWN_PROPOSAL", NULL, NULL, NULL, N_("let somebody else with the role policy_checker publish it")},
    {"TEST_CLOCK_OFF", NULL, NULL, NULL, N_("only a database made with --test-clock has a clock that moves")},
    {"NOT_FOUND", "audit", NULL, "customer", N_("without it all customers' chains are walked: {ctl} audit verify")},
    {"NOT_FOUND", NULL, NULL, "customer", N_("those you may see: {ctl} customer list")},
    {"NOT_FOUND", NULL, NULL, "application", N_("those you may see: {ctl} application list")},
    {"NOT_FOUND", NULL, NULL, "login", N_("all users: {ctl} user list")},
    {"NOT_FOUND", NULL, NULL, "command_id", N_("those that are not settled: {ctl} outcome")},
    {"NOT_FOUND", NULL, NULL, "document", N_("the customer's trades: {ctl} trade list {id}")},
    {"NOT_FOUND", NULL, NULL, "assessment", N_("enter one: {ctl} assessment enter {id}")},
    {"NOT_FOUND", NULL, NULL, "version", N_("all versions: {ctl} policy list")},
    {"NOT_FOUND", NULL, NULL, "policy_version", N_("all versions: {ctl} policy list")},
    {"NOT_FOUND", NULL, NULL, "to", NAMED_TEXT},
    {"NOT_FOUND", NULL, NULL, "add", NAMED_TEXT},
    {"NOT_FOUND", NULL, NULL, "drop", N_("whose signature it waits for: {ctl} application show {id}")},
    {"NOT_FOUND", NULL, NULL, "manager", LOGIN_TEXT},
    {"NOT_FOUND", NULL, NULL, "delegator", LOGIN_TEXT},
    {"NOT_FOUND", NULL, NULL, "substitute", LOGIN_TEXT},
    {"NOT_FOUND", NULL, NULL, "delegation", N_("those that have not ended: {ctl} delegation list")},
    {"NOT_FOUND", NULL, NULL, "import", N_("an import is shown to the one who began it")},
    {"NOT_FOUND", NULL, NULL, NULL, N_("all units: {ctl} org list")},
    {"STALE_VERSION", "application", "submit", NULL, N_("look at it again: {ctl} customer show {id}")},
    {"STALE_VERSION", "customer", NULL, NULL, N_("look at it again: {ctl} customer show {id}")},
    {"STALE_VERSION", "assessment", NULL, NULL, N_("look at it again: {ctl} customer show {id}")},
    {"STALE_VERSION", "trade", NULL, NULL, N_("look at it again: {ctl} trade list {id}")},
    {"STALE_VERSION", "policy", NULL, NULL,
     N_("another version was published meanwhile; compare and propose it anew: {ctl} policy diff {id}")},
    {"STALE_VERSION", NULL, NULL, NULL, LOOK_TEXT},
    {"STATE_CHANGED", "policy", NULL, NULL, N_("all versions: {ctl} policy list")},
    {"STATE_CHANGED", NULL, NULL, NULL, LOOK_TEXT},
    {"OPEN_APPLICATION_EXISTS", NULL, NULL, NULL, N_("look at it: {ctl} application show {about}")},
    {"ID_REUSED", NULL, NULL, NULL, N_("leave --command-id out; what became of it: {ctl} outcome {command}")},
    {"ALREADY_EXISTS", "customer", NULL, NULL, N_("look at it: {ctl} customer show {id}")},
    {"ALREADY_EXISTS", "user", NULL, NULL, N_("all users: {ctl} user list")},
    {"ALREADY_EXISTS", NULL, NULL, NULL, N_("all units: {ctl} org list")},
    {"ALREADY_DECIDED", NULL, NULL, NULL, LOOK_TEXT},
    {"IMPORT_FINISHED", NULL, NULL, NULL, N_("run the same command again: it begins a new import")},
    {"FIELD_REQUIRED", NULL, NULL, NULL, HELP_TEXT},
    {"FIELD_TOO_LONG", NULL, NULL, NULL, N_("make it shorter")},
    {"FIELD_INVALID", NULL, NULL, "customer", N_("those you may see: {ctl} customer list")},
    {"FIELD_INVALID", NULL, NULL, "branch", N_("all units: {ctl} org list")},
    {"FIELD_INVALID", NULL, NULL, "region", N_("all units: {ctl} org list")},
    {"FIELD_INVALID", NULL, NULL, NULL, HELP_TEXT},
    {"UNKNOWN_VALUE", NULL, NULL, NULL, N_("compare the versions: {ctl} version; {ctl} admin status")},
    {"SAME_GRADE", NULL, NULL, NULL, N_("ask for another grade: --to GRADE")},
    {"GRADE_NOT_BETWEEN", NULL, NULL, NULL,
     N_("leave --grade out to decide what was asked for, or reject: {ctl} application reject {id} --reason TEXT")},
    {"OPINION_REQUIRED", NULL, NULL, NULL, "--opinion TEXT"},
    {"REASON_REQUIRED", NULL, NULL, NULL, "--reason TEXT"},
    {"FINDING_REQUIRED", NULL, NULL, NULL, "--finding confirmed|doubtful"},
    {"UNKNOWN_ITEM", NULL, NULL, NULL, N_("leave it out, or spell it as the policy does (items of the verification)")},
    {"FINDING_CONTRADICTS_ITEMS", NULL, NULL, NULL, "--finding doubtful"},
    {"UNIT_CLOSED", NULL, NULL, NULL, N_("those that are not closed: {ctl} org list")},
    {"UNIT_NOT_EMPTY", NULL, NULL, NULL,
     N_("what stands below it: {ctl} org list; {ctl} user list --unit {id}; customers: ask HQ")},
    {"LEVELS_DIFFER", NULL, NULL, NULL, N_("a unit of the same level: {ctl} org list")},
    {"BAD_PARENT", NULL, NULL, NULL, N_("a region stands below HQ, a branch below a region: {ctl} org list")},
    {"ROLE_NOT_FOR_LEVEL", NULL, NULL, NULL, N_("give it to a user of a fitting unit: {ctl} user list")},
    {"PASSWORD_TOO_SHORT", NULL, NULL, NULL, N_("choose a longer one")},
    {"ROLES_CONFLICT", NULL, NULL, NULL, N_("take the other one away first: {ctl} user grant {id} --revoke ROLE")},
    {"LAST_ADMINISTRATOR", NULL, NULL, NULL,
     N_("make somebody else administrator first: {ctl} user grant LOGIN --role administrator")},
    {"NOTHING_TO_CHANGE", "org", NULL, NULL, N_("how it stands: {ctl} org list")},
    {"NOTHING_TO_CHANGE", "customer", NULL, NULL, N_("how it stands: {ctl} customer show {id}")},
    {"NOTHING_TO_CHANGE", "application", NULL, NULL, N_("how it stands: {ctl} application show {id}")},
    {"NOTHING_TO_CHANGE", "trade", NULL, NULL, N_("how it stands: {ctl} trade list {id}")},
    {"NOTHING_TO_CHANGE", "delegation", NULL, NULL, N_("those that have not ended: {ctl} delegation list")},
    {"NOTHING_TO_CHANGE", NULL, NULL, NULL, N_("how it stands: {ctl} user list")},
    {"DOCUMENT_TWICE", NULL, NULL, NULL, N_("leave the wrong one of the rows out, and import the file again")},
    {"DOCUMENT_OF_ANOTHER", NULL, NULL, NULL, N_("correct the document number or the customer")},
    {"CUSTOMER_ELSEWHERE", NULL, NULL, NULL,
     N_("give the branch that looks after the customer, or let HQ move the customer")},
    {"NO_RATE", NULL, NULL, NULL, N_("the policy needs a rate for this currency; tell whoever keeps the policy")},
    {"POLICY_INVALID", NULL, NULL, NULL, N_("correct the text; an example that explains every key: policy.cfg")},
    {"VECTOR_FAILED", NULL, NULL, NULL, N_("correct the text or its test: {ctl} policy test {id}")},
    {"POLICY_CHANGED", NULL, NULL, NULL, AGAIN_TEXT},
    {"LAST_POLICY", NULL, NULL, NULL, N_("publish another version first")},
    {"NO_SCORECARD", NULL, NULL, NULL, N_("without a scorecard volume alone counts; tell whoever keeps the policy")},
    {"FACTOR_MISSING", NULL, NULL, NULL, N_("give it a value; what may be entered: {ctl} assessment form")},
    {"UNKNOWN_FACTOR", NULL, NULL, NULL, N_("leave it out, or spell it as the form does: {ctl} assessment form")},
    {"FACTOR_VALUE", NULL, NULL, NULL, N_("what may be entered: {ctl} assessment form")},
    {"EVIDENCE_MISSING", NULL, NULL, NULL, N_("add it to the documents; which are needed: {ctl} assessment form")},
    {"EVIDENCE_EXPIRED", NULL, NULL, NULL, N_("enter a newer one; how long each is valid: {ctl} assessment form")},
    {"UNKNOWN_EVIDENCE", NULL, NULL, NULL, N_("leave it out, or spell it as the form does: {ctl} assessment form")},
    {"NO_OVERRIDE", NULL, NULL, NULL, N_("a policy with `override` lets somebody: {ctl} policy show")},
    {"OVERRIDE_UNTIL", NULL, NULL, NULL, "--until DATE"},
    {"OVERRIDE_IN_FORCE", NULL, NULL, NULL, N_("end it first: {ctl} customer override {id} --end --reason TEXT")},
    {"NO_EMERGENCY", NULL, NULL, NULL, N_("a policy with `emergency` lets somebody: {ctl} policy show")},
    {"EMERGENCY_MINUTES", NULL, NULL, NULL, "--minutes N"},
    {"EMERGENCY_ASKED", NULL, NULL, NULL, N_("let another one confirm it: {ctl} customer emergency {id} --confirm")},
    {"NO_EMERGENCY_ASKED", NULL, NULL, NULL, N_("those that wait: {ctl} task list --kind emergency")},
    {"OWN_EMERGENCY", NULL, NULL, NULL, N_("let another one do it: {ctl} customer emergency {id} --confirm")},
    {"EMERGENCY_IN_FORCE", NULL, NULL, NULL,
     N_("it ends by itself, or: {ctl} customer override {id} --end --reason TEXT")},
    {"REVIEW_OPEN", NULL, NULL, NULL,
     N_("let another one review it first: {ctl} customer review {id} --finding justified|unjustified --opinion TEXT")},
    {"NO_REVIEW_OPEN", NULL, NULL, NULL, N_("those that are open: {ctl} task list --kind after_review")},
    {"OWN_REVIEW", NULL, NULL, NULL, AT_HQ_TEXT},
    {"REVIEW_FINDING_REQUIRED", NULL, NULL, NULL, "--finding justified|unjustified"},
    {"NO_NOTICE", NULL, NULL, NULL, N_("look at it again: {ctl} customer show {id}")},
    {"APPEAL_TOO_LATE", NULL, NULL, NULL, N_("only an override by HQ can keep the grade now")},
    {"NO_TIME_LEFT", NULL, NULL, NULL, N_("decide now, or return the case: {ctl} application explain {id}")},
    {"EXTENSION_OPEN", NULL, NULL, NULL, N_("it waits for the marketing director: {ctl} application show {id}")},
    {"NO_EXTENSION_ASKED", NULL, NULL, NULL, N_("those that were asked for: {ctl} application list --extension")},
    {"PAUSED", "application", "urge", NULL, N_("the customer is waited for: {ctl} application history {id}")},
    {"PAUSED", NULL, NULL, NULL, N_("let it go on first: {ctl} application resume {id}")},
    {"NO_PAUSE_LEFT", NULL, NULL, NULL, N_("act, or return the case: {ctl} application explain {id}")},
    {"URGED_TODAY", NULL, NULL, NULL, N_("once a day is enough; who could act: {ctl} application explain {id}")},
    {"OVERDUE", NULL, NULL, NULL, N_("act on it: {ctl} application explain {id}")},
    {"OWN_TURN", NULL, NULL, NULL, N_("act on it: {ctl} application explain {id}")},
    {"ABOVE_AUTHORITY", NULL, NULL, NULL, N_("who can decide it: {ctl} application explain {id}")},
    {"ALREADY_SIGNED", NULL, NULL, NULL, N_("who has to sign it yet: {ctl} application explain {id}")},
    {"NOT_MANAGER", NULL, NULL, NULL, N_("who that is: {ctl} application explain {id}")},
    {"NOT_NAMED", NULL, NULL, NULL, N_("who has to sign it yet: {ctl} application explain {id}")},
    {"COUNTERSIGNERS_MISSING", NULL, NULL, NULL, N_("do without one: {ctl} application countersign {id} --drop LOGIN")},
    {"OPINION_AWAITED", NULL, NULL, NULL, N_("do without it: {ctl} application assist {id} --call-back")},
    {"NO_OPINION_ASKED", NULL, NULL, NULL, N_("look at it again: {ctl} application show {id}")},
    {"NOT_ASKED", NULL, NULL, NULL, N_("who was asked: {ctl} application show {id}")},
    {"CANNOT_ASSIST", NULL, NULL, NULL,
     N_("a supervisor at least who may see the case; who is there: {ctl} policy route explain CUSTOMER --to GRADE")},
    {"GRADE_BY_LAST", NULL, NULL, NULL, N_("return or reject it: {ctl} application return {id} --reason TEXT")},
    {"GRADE_DIFFERS", NULL, NULL, NULL,
     N_("sign for that grade, or return it: {ctl} application return {id} --reason TEXT")},
    {"TOO_FEW_OTHERS", "customer", NULL, NULL,
     N_("it needs another one to confirm it and another one yet to review it; an administrator knows who is at HQ")},
    {"TOO_FEW_OTHERS", NULL, NULL, NULL, N_("who has to sign it yet: {ctl} application explain {id}")},
    {"WORD_FOR_HEAD", NULL, NULL, NULL, N_("say it in other words, or ask the head of your unit")},
    {"WORD_REFUSED", NULL, NULL, NULL, N_("say it in other words")},
    {"CLAIMED", NULL, NULL, NULL, N_("ask that one, or let the head release it: {ctl} application release {id}")},
    {"NOT_CLAIMED", NULL, NULL, NULL, N_("look at it again: {ctl} application show {id}")},
    {"CANNOT_ACT", NULL, NULL, NULL, N_("who can act: {ctl} application explain {id}")},
    {"NOT_DELEGATED", NULL, NULL, NULL, N_("delegations to you: {ctl} delegation list")},
    {"DELEGATION_NARROWER", NULL, NULL, NULL, N_("what it covers: {ctl} delegation list")},
    {"NOT_SUPERVISOR", NULL, NULL, NULL, N_("let one of them do it; an administrator knows who heads a unit")},
    {"UNKNOWN_MEASURE", NULL, NULL, NULL, N_("the measures in force: {ctl} customer show {id}")},
    {"TOO_MANY_STEPS", NULL, NULL, NULL, N_("decide it, or withdraw it: {ctl} application explain {id}")},
    {"TOO_MANY_HANDS", NULL, NULL, NULL,
     N_("let one do it who has a hand in it already: {ctl} application history {id}")},
    {"TOO_MANY_SIGNERS", NULL, NULL, NULL,
     N_("return it, and it is signed anew: {ctl} application return {id} --reason TEXT")},
    {"TOO_MANY_COUNTERSIGNERS", NULL, NULL, NULL,
     N_("do without one: {ctl} application countersign {id} --drop LOGIN")},
    {"TOO_MANY_DELEGATIONS", NULL, NULL, NULL, N_("end one first: {ctl} delegation list; {ctl} delegation revoke ID")},
    {"UNKNOWN_NODE", NULL, NULL, NULL, N_("the nodes of a route: {ctl} policy route explain CUSTOMER --to GRADE")},
    {"NODE_NOT_EARLIER", NULL, NULL, NULL, N_("the nodes that it has come by: {ctl} application history {id}")},
    {"NODE_AUTOMATIC", NULL, NULL, NULL, N_("the nodes that it has come by: {ctl} application history {id}")},
    {"NODE_PASSED_BY", NULL, NULL, NULL, N_("the nodes that it has come by: {ctl} application history {id}")},
    {"OWN_APPEAL", NULL, NULL, NULL, AT_HQ_TEXT},
    {"OWN_REQUEST", NULL, NULL, NULL,
     N_("let another one at HQ do it; who is there: {ctl} policy route explain CUSTOMER --to GRADE")},
    {"POLICY_ASKED", NULL, NULL, NULL,
     N_("let another one approve it: {ctl} application policy {id} --version N --reason TEXT --approve")},
    {"NO_POLICY_ASKED", NULL, NULL, NULL,
     N_("ask for it first: {ctl} application policy {id} --version N --reason TEXT")},
    {"NOT_LAST_STEP", NULL, NULL, NULL, N_("ask whoever's turn it is to return it: {ctl} application explain {id}")},
    {"GRADE_NEEDS_NODE", NULL, NULL, NULL,
     N_("reject it, and submit for that grade: {ctl} application reject {id} --reason TEXT")},
    {"DELEGATION_AMOUNT", NULL, NULL, NULL, N_("what it covers: {ctl} delegation list")},
    /* creditctl's own */
    {"CALENDAR", NULL, NULL, NULL, N_("correct the file; nothing was changed")},
    {"CUSTOMERS_REFUSED", NULL, NULL, NULL,
     N_("why each was not stands in the list; those that were moved may be given again")},
    {"USAGE", NULL, NULL, "output", "-o table|json|jsonl|csv"},
    {"USAGE", NULL, NULL, "lang", "--lang en|zh_CN"},
    {"USAGE", NULL, NULL, "tz", "--tz Asia/Shanghai"},
    {"USAGE", NULL, NULL, "timeout", "--timeout 30s"},
    {"USAGE", NULL, NULL, "duration", "{ctl} admin clock advance 3d"},
    {"USAGE", "outcome", NULL, "command_id", N_("those that are not settled: {ctl} outcome")},
    {"USAGE", NULL, NULL, "command_id", N_("leave --command-id out, and one is made")},
    {"USAGE", NULL, NULL, NULL, HELP_TEXT},
    {"CONFIG", NULL, NULL, NULL, N_("correct the configuration file, or name another one in CREDITCTL_CONFIG")},
    {"UNKNOWN_PROFILE", NULL, NULL, NULL, N_("give a profile of the configuration file: -p NAME")},
    {"CA", NULL, NULL, NULL,
     N_("name the file of the server's certificate authority: ca in the profile, or --ca FILE")},
    {"CERTIFICATE", NULL, NULL, NULL,
     N_("compare server, server_name and ca of the profile with what the server's operator gave you; do not go on "
        "without")},
    {"HOST_UNKNOWN", NULL, NULL, NULL, N_("correct the server in the profile, or --server HOST:PORT")},
    {"NOT_CONNECTED", NULL, NULL, NULL, AGAIN_TEXT},
    {"MAPPING", NULL, NULL, NULL, N_("correct the mapping; an example that explains every key: mapping.cfg")},
    {"FORM", NULL, NULL, NULL, N_("correct the form; an empty one: {ctl} assessment form")},
    {"COLUMNS_DIFFER", NULL, NULL, NULL, N_("import the files one by one, or leave --reject-file out")},
    {"TIMED_OUT", NULL, NULL, NULL, N_("nothing was done; run it again, with more time: --timeout 2m")},
    {"INTERRUPTED", "customer", "import", NULL, N_("run it again: rows that are there already are passed over")},
    {"INTERRUPTED", NULL, NULL, NULL, AGAIN_TEXT},
    {"TOKEN_FILE", NULL, NULL, NULL, "{ctl} auth login"},
    {"STATE_DIR", NULL, NULL, NULL, N_("make it writable, or name another one: state_dir in the profile")},
    {"JOURNAL", NULL, NULL, NULL, N_("make it writable, or name another one: state_dir in the profile")},
    {"FILE", NULL, NULL, NULL, N_("name a file that can be read or written")},
    {"OUTPUT", NULL, NULL, NULL, N_("make room where the output goes")},
    {"CSV", NULL, NULL, NULL, HELP_TEXT},
    {"MISSING_COLUMN", "trade", NULL, NULL, N_("name the column in the mapping as the file's header does")},
    {"DUPLICATE_COLUMN", "trade", NULL, NULL, N_("give the columns of the file different names")},
    {"NOT_UTF8", NULL, NULL, NULL, N_("save the file as UTF-8 or GB18030")},
    {"LINE_TOO_LONG", NULL, NULL, NULL, N_("name a file of rows: CSV or JSON lines")},
    {"UNKNOWN_COLUMN", NULL, NULL, NULL, HELP_TEXT},
    {"DUPLICATE_COLUMN", NULL, NULL, NULL, HELP_TEXT},
    {"MISSING_COLUMN", NULL, NULL, NULL, HELP_TEXT},
    {"ROWS_REFUSED", NULL, NULL, NULL,
     N_("correct the rows named above and import them again; --reject-file FILE collects them")},
    {"CHAIN_BROKEN", NULL, NULL, NULL, N_("tell whoever runs the server: rows were changed behind its back")},
    {"UNKNOWN_", NULL, NULL, NULL, HELP_TEXT}, /* words of closed lists; the message has the list */
};

static bool fits(const char *wanted, const char *given)
{
    return wanted == NULL || (given != NULL && strcmp(wanted, given) == 0);
}

static const char *find(const struct failure *failure, const struct command_spec *spec)
{
    const char *noun = spec == NULL ? NULL : spec->noun, *verb = spec == NULL ? NULL : spec->verb;

    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        const struct hint *h = &hints[i];
        size_t length = strlen(h->reason);
        bool prefix = h->reason[length - 1] == '_';
        if ((prefix ? strncmp(h->reason, failure->reason, length) : strcmp(h->reason, failure->reason)) == 0 &&
            fits(h->noun, noun) && fits(h->verb, verb) && fits(h->field, failure->field))
            return _(h->text);
    }
    return "";
}

/* An operand, unless a shell would read it in another way; then what stands for it. */
static const char *plain_operand(const struct client *client)
{
    const char *text = client->options.word_count > 1 ? client_operand(client, 0) : NULL;

    return text == NULL || text[0] == '\0' || strpbrk(text, " \t\r\n'\"\\$`!*?;&|<>()[]{}#~") != NULL ? "ID" : text;
}

/* What stands for a place, or NULL. */
static const char *place(const struct client *client, const struct command_spec *spec, const char *name, size_t length)
{
    const char *profile = client_flag(client, "profile"), *about = client->failure.about;
    const struct {
        const char *name, *value;
    } places[] = {
        {"ctl", profile == NULL ? "creditctl" : arena_printf(client->arena, "creditctl -p %s", profile)},
        {"noun", spec == NULL ? "" : spec->noun},
        {"verb", spec == NULL || spec->verb == NULL ? "" : spec->verb},
        {"id", plain_operand(client)},
        {"command", client->failure.command_id},
        {"about", about[0] == '\0' ? "ID" : about},
    };

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strlen(places[i].name) == length && strncmp(places[i].name, name, length) == 0)
            return places[i].value;
    return NULL;
}

static void fill_places(const struct client *client, const struct command_spec *spec, const char *text, char *out,
                        size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    while (*text != '\0' && used + 1 < size) {
        const char *end = *text == '{' ? strchr(text, '}') : NULL;
        const char *value = end == NULL ? NULL : place(client, spec, text + 1, (size_t)(end - text - 1));
        snprintf(out + used, size - used, "%.*s", value == NULL ? 1 : (int)strlen(value), value == NULL ? text : value);
        used = strlen(out);
        text = value == NULL ? text + 1 : end + 1;
    }
    while (used > 0 && out[used - 1] == ' ') /* before a place without a value */
        out[--used] = '\0';
    unicode_trim(out);
}

struct failure hints_complete(const struct client *client)
{
    struct failure out = client->failure, ignored;
    const struct command_spec *spec = command_find(&client->options, &ignored);
    const char *text = out.hint[0] != '\0' ? client->failure.hint : find(&client->failure, spec);

    fill_places(client, spec, text, out.hint, sizeof out.hint);
    return out;
}
