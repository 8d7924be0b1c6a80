/* The closed lists of the field's words that stand on both sides of a wall: grades, states, steps, roles ...
 * Numbers are those of the protocol and of the database; names are snake_case English, as in JSON. A unit test
 * compares this table with the .proto enums, a system test with the CHECKs of the database. */
#ifndef CREDITD_COMMON_VOCABULARY_H
#define CREDITD_COMMON_VOCABULARY_H

#include <stddef.h>

enum grade { GRADE_NONE = 0, GRADE_GREEN = 1, GRADE_YELLOW, GRADE_RED, GRADE_BLACK }; /* best to worst */
enum tier { TIER_KEY = 1, TIER_ORDINARY = 2 };
enum stage { STAGE_POTENTIAL = 1, STAGE_NEW, STAGE_EXISTING };
enum verdict_word { VERDICT_OPEN = 1, VERDICT_ON_HOLD = 2 };
enum state {
    STATE_NONE = 0, /* before the submission */
    STATE_SUBMITTED = 1,
    STATE_RETURNED,
    STATE_VERIFIED,
    STATE_APPROVED,
    STATE_RECORDED,
    STATE_REJECTED,
    STATE_WITHDRAWN,
    STATE_LAPSED
};
enum finding { FINDING_NONE = 0, FINDING_CONFIRMED = 1, FINDING_DOUBTFUL = 2 };
enum event_kind {
    EVENT_NONE = 0,
    EVENT_SUBMIT = 1, /* 1-9: the steps ("actions") of an application */
    EVENT_VERIFY,
    EVENT_RETURN,
    EVENT_RESUBMIT,
    EVENT_APPROVE,
    EVENT_REJECT,
    EVENT_WITHDRAW,
    EVENT_RECORD,
    EVENT_LAPSE,
    EVENT_DEADLINE_MISSED = 20,
    EVENT_CUSTOMER_ADDED = 30,
    EVENT_STANDING_CHANGED = 31,
    EVENT_CUSTOMER_EDITED,
    EVENT_CUSTOMER_MOVED,
    EVENT_TRADES_IMPORTED,
    EVENT_TRADE_CORRECTED,
    EVENT_TRADE_CANCELLED,
    EVENT_CRITERION_MET,
    EVENT_CRITERION_GONE,
    EVENT_UNIT_CREATED = 50,
    EVENT_UNIT_MOVED,
    EVENT_UNIT_CLOSED,
    EVENT_USER_ADDED,
    EVENT_USER_DISABLED,
    EVENT_USER_PASSWORD,
    EVENT_USER_GRANTED,
    EVENT_CLOCK_ADVANCED,
    EVENT_POLICY_PROPOSED = 58, /* these are of the chain of the policies */
    EVENT_POLICY_PUBLISHED,
    EVENT_POLICY_ROLLED_BACK
};
enum cause { CAUSE_OPENING = 1, CAUSE_APPLICATION, CAUSE_DEMOTION, CAUSE_OVERRIDE, CAUSE_CORRECTION };
enum basis { BASIS_COUNT = 1, BASIS_AMOUNT = 2 };
enum policy_state {
    POLICY_STATE_PROPOSED = 1,
    POLICY_STATE_WAITING, /* published, and not yet in force */
    POLICY_STATE_IN_FORCE,
    POLICY_STATE_SUPERSEDED,
    POLICY_STATE_ROLLED_BACK
};
enum unit_level { UNIT_LEVEL_HQ = 1, UNIT_LEVEL_REGION, UNIT_LEVEL_BRANCH };
enum job_level { JOB_LEVEL_CLERK = 1, JOB_LEVEL_SUPERVISOR, JOB_LEVEL_MANAGER, JOB_LEVEL_DIRECTOR };
enum role {
    ROLE_NONE = 0,
    ROLE_SUBMITTER = 1,
    ROLE_VERIFIER,
    ROLE_APPROVER,
    ROLE_CMO,
    ROLE_POLICY_MAKER,
    ROLE_POLICY_CHECKER,
    ROLE_AUDITOR,
    ROLE_ADMINISTRATOR,
    ROLE_SYNC_AGENT
};
enum status { STATUS_OK = 1, STATUS_REJECTED, STATUS_RETRY, STATUS_UNKNOWN };
enum method {
    METHOD_HELLO = 1,
    METHOD_LOGIN,
    METHOD_RESUME,
    METHOD_LOGOUT,
    METHOD_WHOAMI,
    METHOD_UNIT_CREATE = 10,
    METHOD_UNIT_LIST,
    METHOD_UNIT_MOVE,
    METHOD_UNIT_CLOSE,
    METHOD_USER_ADD = 20,
    METHOD_USER_LIST,
    METHOD_USER_DISABLE,
    METHOD_USER_PASSWORD,
    METHOD_USER_GRANT,
    METHOD_CUSTOMER_ADD = 30,
    METHOD_CUSTOMER_LIST,
    METHOD_CUSTOMER_SHOW,
    METHOD_CUSTOMER_EDIT,
    METHOD_CUSTOMER_MOVE,
    METHOD_CUSTOMER_HISTORY,
    METHOD_APPLICATION_SUBMIT = 40,
    METHOD_APPLICATION_VERIFY,
    METHOD_APPLICATION_RETURN,
    METHOD_APPLICATION_RESUBMIT,
    METHOD_APPLICATION_APPROVE,
    METHOD_APPLICATION_REJECT,
    METHOD_APPLICATION_WITHDRAW,
    METHOD_APPLICATION_RECORD,
    METHOD_APPLICATION_SHOW = 50,
    METHOD_APPLICATION_LIST,
    METHOD_APPLICATION_HISTORY,
    METHOD_APPLICATION_EXPLAIN,
    METHOD_INBOX,
    METHOD_CRITERION_LIST,
    METHOD_OUTCOME = 60,
    METHOD_AUDIT_VERIFY,
    METHOD_CLOCK_ADVANCE = 70,
    METHOD_SERVER_STATUS,
    METHOD_TRADE_IMPORT_BEGIN = 80,
    METHOD_TRADE_IMPORT_CHUNK,
    METHOD_TRADE_IMPORT_FINISH,
    METHOD_TRADE_IMPORT_SHOW,
    METHOD_TRADE_LIST,
    METHOD_TRADE_SHOW,
    METHOD_TRADE_CORRECT,
    METHOD_TRADE_CANCEL,
    METHOD_POLICY_LIST = 90,
    METHOD_POLICY_SHOW,
    METHOD_POLICY_CHECK,
    METHOD_POLICY_PROPOSE,
    METHOD_POLICY_PUBLISH,
    METHOD_POLICY_ROLL_BACK,
    METHOD_POLICY_SIMULATE,
    METHOD_DEADLINE_MISSED = 100,
    METHOD_STANDING_EVALUATE,
    METHOD_TRADE_IMPORT_EXPIRE
};

/* One word of a list: its number and its name ("green"); the list ends with name NULL. */
struct word {
    int number;
    const char *name;
};
extern const struct word words_grade[], words_tier[], words_stage[], words_verdict[], words_state[], words_finding[],
    words_event[], words_cause[], words_basis[], words_policy_state[], words_unit_level[], words_job_level[],
    words_role[], words_status[], words_method[];

/* Name of a number, or NULL when the list does not have it. */
const char *word_name(const struct word *words, int number);
/* Number of a name, or -1. */
int word_number(const struct word *words, const char *name);

#endif
