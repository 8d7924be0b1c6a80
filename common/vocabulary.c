/* The words of the closed lists. */
#include "common/vocabulary.h"

#include <string.h>

const struct word words_grade[] = {
    {GRADE_GREEN, "green"}, {GRADE_YELLOW, "yellow"}, {GRADE_RED, "red"}, {GRADE_BLACK, "black"}, {0, NULL}};

const struct word words_tier[] = {{TIER_KEY, "key"}, {TIER_ORDINARY, "ordinary"}, {0, NULL}};

const struct word words_stage[] = {
    {STAGE_POTENTIAL, "potential"}, {STAGE_NEW, "new"}, {STAGE_EXISTING, "existing"}, {0, NULL}};

const struct word words_verdict[] = {{VERDICT_OPEN, "open"}, {VERDICT_ON_HOLD, "on_hold"}, {0, NULL}};

const struct word words_state[] = {
    {STATE_SUBMITTED, "submitted"}, {STATE_RETURNED, "returned"}, {STATE_VERIFIED, "verified"},
    {STATE_APPROVED, "approved"},   {STATE_RECORDED, "recorded"}, {STATE_REJECTED, "rejected"},
    {STATE_WITHDRAWN, "withdrawn"}, {STATE_LAPSED, "lapsed"},     {0, NULL}};

const struct word words_finding[] = {{FINDING_CONFIRMED, "confirmed"}, {FINDING_DOUBTFUL, "doubtful"}, {0, NULL}};

const struct word words_event[] = {{EVENT_SUBMIT, "submit"},
                                   {EVENT_VERIFY, "verify"},
                                   {EVENT_RETURN, "return"},
                                   {EVENT_RESUBMIT, "resubmit"},
                                   {EVENT_APPROVE, "approve"},
                                   {EVENT_REJECT, "reject"},
                                   {EVENT_WITHDRAW, "withdraw"},
                                   {EVENT_RECORD, "record"},
                                   {EVENT_LAPSE, "lapse"},
                                   {EVENT_RECALL, "recall"},
                                   {EVENT_RETURN_TO_REGION, "return_to_region"},
                                   {EVENT_SIGN, "sign"},
                                   {EVENT_RETURN_TO_NODE, "return_to_node"},
                                   {EVENT_DEADLINE_MISSED, "deadline_missed"},
                                   {EVENT_CASE_POLICY_ASKED, "case_policy_asked"},
                                   {EVENT_CASE_POLICY_MOVED, "case_policy_moved"},
                                   {EVENT_EXTENSION_ASKED, "extension_asked"},
                                   {EVENT_EXTENSION_GRANTED, "extension_granted"},
                                   {EVENT_EXTENSION_REFUSED, "extension_refused"},
                                   {EVENT_PAUSED, "paused"},
                                   {EVENT_RESUMED, "resumed"},
                                   {EVENT_URGED, "urged"},
                                   {EVENT_CUSTOMER_ADDED, "customer_added"},
                                   {EVENT_STANDING_CHANGED, "standing_changed"},
                                   {EVENT_CUSTOMER_EDITED, "customer_edited"},
                                   {EVENT_CUSTOMER_MOVED, "customer_moved"},
                                   {EVENT_TRADES_IMPORTED, "trades_imported"},
                                   {EVENT_TRADE_CORRECTED, "trade_corrected"},
                                   {EVENT_TRADE_CANCELLED, "trade_cancelled"},
                                   {EVENT_CRITERION_MET, "criterion_met"},
                                   {EVENT_CRITERION_GONE, "criterion_gone"},
                                   {EVENT_ASSESSED, "assessed"},
                                   {EVENT_MEASURE_APPLIED, "measure_applied"},
                                   {EVENT_DEMOTION_NOTICED, "demotion_noticed"},
                                   {EVENT_NOTICE_WITHDRAWN, "notice_withdrawn"},
                                   {EVENT_DEMOTION_APPEALED, "demotion_appealed"},
                                   {EVENT_OVERRIDE_ENDED, "override_ended"},
                                   {EVENT_EMERGENCY_ASKED, "emergency_asked"},
                                   {EVENT_EMERGENCY_REFUSED, "emergency_refused"},
                                   {EVENT_EMERGENCY_REVIEWED, "emergency_reviewed"},
                                   {EVENT_UNIT_CREATED, "unit_created"},
                                   {EVENT_UNIT_MOVED, "unit_moved"},
                                   {EVENT_UNIT_CLOSED, "unit_closed"},
                                   {EVENT_USER_ADDED, "user_added"},
                                   {EVENT_USER_DISABLED, "user_disabled"},
                                   {EVENT_USER_PASSWORD, "user_password"},
                                   {EVENT_USER_GRANTED, "user_granted"},
                                   {EVENT_CLOCK_ADVANCED, "clock_advanced"},
                                   {EVENT_POLICY_PROPOSED, "policy_proposed"},
                                   {EVENT_POLICY_PUBLISHED, "policy_published"},
                                   {EVENT_POLICY_ROLLED_BACK, "policy_rolled_back"},
                                   {EVENT_CALENDAR_SET, "calendar_set"},
                                   {EVENT_DELEGATION_GRANTED, "delegation_granted"},
                                   {EVENT_DELEGATION_REVOKED, "delegation_revoked"},
                                   {EVENT_UNIT_EDITED, "unit_edited"},
                                   {EVENT_UNIT_MERGED, "unit_merged"},
                                   {EVENT_CLAIMED, "claimed"},
                                   {EVENT_RELEASED, "released"},
                                   {EVENT_TRANSFERRED, "transferred"},
                                   {EVENT_CASE_MOVED, "case_moved"},
                                   {EVENT_COUNTERSIGNER_ADDED, "countersigner_added"},
                                   {EVENT_COUNTERSIGNER_DROPPED, "countersigner_dropped"},
                                   {EVENT_OPINION_ASKED, "opinion_asked"},
                                   {EVENT_OPINION_GIVEN, "opinion_given"},
                                   {EVENT_TEXT_HELD, "text_held"},
                                   {EVENT_NODES_SKIPPED, "nodes_skipped"},
                                   {EVENT_OPINION_CALLED_BACK, "opinion_called_back"},
                                   {EVENT_CRITERION_MISSED, "criterion_missed"},
                                   {0, NULL}};

const struct word words_cause[] = {{CAUSE_OPENING, "opening"},       {CAUSE_APPLICATION, "application"},
                                   {CAUSE_DEMOTION, "demotion"},     {CAUSE_OVERRIDE, "override"},
                                   {CAUSE_CORRECTION, "correction"}, {0, NULL}};

const struct word words_basis[] = {{BASIS_COUNT, "count"}, {BASIS_AMOUNT, "amount"}, {0, NULL}};

const struct word words_day_kind[] = {{DAY_KIND_HOLIDAY, "holiday"}, {DAY_KIND_WORKDAY, "workday"}, {0, NULL}};

const struct word words_counting[] = {
    {COUNTING_NATURAL, "natural"}, {COUNTING_MOVED, "moved"}, {COUNTING_WORKING, "working"}, {0, NULL}};

const struct word words_factor_group[] = {{FACTOR_GROUP_BASICS, "basics"},
                                          {FACTOR_GROUP_CAPABILITY, "capability"},
                                          {FACTOR_GROUP_CAPITAL, "capital"},
                                          {FACTOR_GROUP_ENVIRONMENT, "environment"},
                                          {0, NULL}};

const struct word words_factor_input[] = {{FACTOR_INPUT_NUMBER, "number"},
                                          {FACTOR_INPUT_YES_NO, "yes_no"},
                                          {FACTOR_INPUT_CHOICE, "choice"},
                                          {FACTOR_INPUT_RATIO, "ratio"},
                                          {0, NULL}};

const struct word words_combine[] = {{COMBINE_VOLUME, "volume"},
                                     {COMBINE_WORSE, "worse"},
                                     {COMBINE_BETTER, "better"},
                                     {COMBINE_SCORE, "score"},
                                     {0, NULL}};

const struct word words_case_kind[] = {{CASE_KIND_ADMISSION, "admission"},
                                       {CASE_KIND_PROMOTION, "promotion"},
                                       {CASE_KIND_DEMOTION, "demotion"},
                                       {0, NULL}};

const struct word words_review[] = {
    {REVIEW_ADMISSION, "admission"}, {REVIEW_CHANGE, "change"}, {REVIEW_PERIODIC, "periodic"}, {0, NULL}};

const struct word words_task[] = {{TASK_MEASURE, "measure"},           {TASK_APPEAL, "appeal"},
                                  {TASK_ASSESSMENT, "assessment"},     {TASK_EMERGENCY, "emergency"},
                                  {TASK_AFTER_REVIEW, "after_review"}, {0, NULL}};

const struct word words_review_finding[] = {
    {REVIEW_FINDING_JUSTIFIED, "justified"}, {REVIEW_FINDING_UNJUSTIFIED, "unjustified"}, {0, NULL}};

const struct word words_policy_state[] = {
    {POLICY_STATE_PROPOSED, "proposed"},       {POLICY_STATE_WAITING, "waiting"},
    {POLICY_STATE_IN_FORCE, "in_force"},       {POLICY_STATE_SUPERSEDED, "superseded"},
    {POLICY_STATE_ROLLED_BACK, "rolled_back"}, {0, NULL}};

const struct word words_unit_level[] = {
    {UNIT_LEVEL_HQ, "hq"}, {UNIT_LEVEL_REGION, "region"}, {UNIT_LEVEL_BRANCH, "branch"}, {0, NULL}};

const struct word words_job_level[] = {{JOB_LEVEL_CLERK, "clerk"},
                                       {JOB_LEVEL_SUPERVISOR, "supervisor"},
                                       {JOB_LEVEL_MANAGER, "manager"},
                                       {JOB_LEVEL_DIRECTOR, "director"},
                                       {0, NULL}};

const struct word words_role[] = {{ROLE_SUBMITTER, "submitter"},       {ROLE_VERIFIER, "verifier"},
                                  {ROLE_APPROVER, "approver"},         {ROLE_CMO, "cmo"},
                                  {ROLE_POLICY_MAKER, "policy_maker"}, {ROLE_POLICY_CHECKER, "policy_checker"},
                                  {ROLE_AUDITOR, "auditor"},           {ROLE_ADMINISTRATOR, "administrator"},
                                  {ROLE_SYNC_AGENT, "sync_agent"},     {0, NULL}};

const struct word words_status[] = {
    {STATUS_OK, "ok"}, {STATUS_REJECTED, "rejected"}, {STATUS_RETRY, "retry"}, {STATUS_UNKNOWN, "unknown"}, {0, NULL}};

const struct word words_method[] = {{METHOD_HELLO, "hello"},
                                    {METHOD_LOGIN, "login"},
                                    {METHOD_RESUME, "resume"},
                                    {METHOD_LOGOUT, "logout"},
                                    {METHOD_WHOAMI, "whoami"},
                                    {METHOD_UNIT_CREATE, "unit.create"},
                                    {METHOD_UNIT_LIST, "unit.list"},
                                    {METHOD_UNIT_MOVE, "unit.move"},
                                    {METHOD_UNIT_CLOSE, "unit.close"},
                                    {METHOD_UNIT_EDIT, "unit.edit"},
                                    {METHOD_UNIT_MERGE, "unit.merge"},
                                    {METHOD_USER_ADD, "user.add"},
                                    {METHOD_USER_LIST, "user.list"},
                                    {METHOD_USER_DISABLE, "user.disable"},
                                    {METHOD_USER_PASSWORD, "user.password"},
                                    {METHOD_USER_GRANT, "user.grant"},
                                    {METHOD_CUSTOMER_ADD, "customer.add"},
                                    {METHOD_CUSTOMER_LIST, "customer.list"},
                                    {METHOD_CUSTOMER_SHOW, "customer.show"},
                                    {METHOD_CUSTOMER_EDIT, "customer.edit"},
                                    {METHOD_CUSTOMER_MOVE, "customer.move"},
                                    {METHOD_CUSTOMER_HISTORY, "customer.history"},
                                    {METHOD_APPLICATION_SUBMIT, "application.submit"},
                                    {METHOD_APPLICATION_VERIFY, "application.verify"},
                                    {METHOD_APPLICATION_RETURN, "application.return"},
                                    {METHOD_APPLICATION_RESUBMIT, "application.resubmit"},
                                    {METHOD_APPLICATION_APPROVE, "application.approve"},
                                    {METHOD_APPLICATION_REJECT, "application.reject"},
                                    {METHOD_APPLICATION_WITHDRAW, "application.withdraw"},
                                    {METHOD_APPLICATION_RECORD, "application.record"},
                                    {METHOD_APPLICATION_SHOW, "application.show"},
                                    {METHOD_APPLICATION_LIST, "application.list"},
                                    {METHOD_APPLICATION_HISTORY, "application.history"},
                                    {METHOD_APPLICATION_EXPLAIN, "application.explain"},
                                    {METHOD_INBOX, "inbox"},
                                    {METHOD_CRITERION_LIST, "criterion.list"},
                                    {METHOD_OUTCOME, "outcome"},
                                    {METHOD_AUDIT_VERIFY, "audit.verify"},
                                    {METHOD_CLOCK_ADVANCE, "clock.advance"},
                                    {METHOD_SERVER_STATUS, "server.status"},
                                    {METHOD_TRADE_IMPORT_BEGIN, "trade.import.begin"},
                                    {METHOD_TRADE_IMPORT_CHUNK, "trade.import.chunk"},
                                    {METHOD_TRADE_IMPORT_FINISH, "trade.import.finish"},
                                    {METHOD_TRADE_IMPORT_SHOW, "trade.import.show"},
                                    {METHOD_TRADE_LIST, "trade.list"},
                                    {METHOD_TRADE_SHOW, "trade.show"},
                                    {METHOD_TRADE_CORRECT, "trade.correct"},
                                    {METHOD_TRADE_CANCEL, "trade.cancel"},
                                    {METHOD_POLICY_LIST, "policy.list"},
                                    {METHOD_POLICY_SHOW, "policy.show"},
                                    {METHOD_POLICY_CHECK, "policy.check"},
                                    {METHOD_POLICY_PROPOSE, "policy.propose"},
                                    {METHOD_POLICY_PUBLISH, "policy.publish"},
                                    {METHOD_POLICY_ROLL_BACK, "policy.roll_back"},
                                    {METHOD_POLICY_SIMULATE, "policy.simulate"},
                                    {METHOD_ASSESSMENT_FORM, "assessment.form"},
                                    {METHOD_ASSESSMENT_ENTER, "assessment.enter"},
                                    {METHOD_ASSESSMENT_LIST, "assessment.list"},
                                    {METHOD_CUSTOMER_OVERRIDE, "customer.override"},
                                    {METHOD_CUSTOMER_APPEAL, "customer.appeal"},
                                    {METHOD_MEASURE_APPLY, "measure.apply"},
                                    {METHOD_TASK_LIST, "task.list"},
                                    {METHOD_APPLICATION_POLICY, "application.policy"},
                                    {METHOD_CUSTOMER_EMERGENCY, "customer.emergency"},
                                    {METHOD_EMERGENCY_ANSWER, "emergency.answer"},
                                    {METHOD_EXTENSION_ASK, "extension.ask"},
                                    {METHOD_EXTENSION_ANSWER, "extension.answer"},
                                    {METHOD_CALENDAR_SET, "calendar.set"},
                                    {METHOD_CALENDAR_LIST, "calendar.list"},
                                    {METHOD_APPLICATION_PAUSE, "application.pause"},
                                    {METHOD_APPLICATION_RESUME, "application.resume"},
                                    {METHOD_APPLICATION_URGE, "application.urge"},
                                    {METHOD_DUE_LIST, "due.list"},
                                    {METHOD_SCOREBOARD, "scoreboard"},
                                    {METHOD_CUSTOMER_REVIEW, "customer.review"},
                                    {METHOD_DELEGATION_GRANT, "delegation.grant"},
                                    {METHOD_DELEGATION_REVOKE, "delegation.revoke"},
                                    {METHOD_DELEGATION_LIST, "delegation.list"},
                                    {METHOD_APPLICATION_RECALL, "application.recall"},
                                    {METHOD_APPLICATION_RETURN_TO_REGION, "application.return_to_region"},
                                    {METHOD_APPLICATION_CLAIM, "application.claim"},
                                    {METHOD_APPLICATION_RELEASE, "application.release"},
                                    {METHOD_APPLICATION_TRANSFER, "application.transfer"},
                                    {METHOD_INBOX_WATCH, "inbox.watch"},
                                    {METHOD_ROUTE_EXPLAIN, "route.explain"},
                                    {METHOD_APPLICATION_RETURN_TO_NODE, "application.return_to_node"},
                                    {METHOD_APPLICATION_COUNTERSIGN, "application.countersign"},
                                    {METHOD_APPLICATION_ASSIST, "application.assist"},
                                    {METHOD_APPLICATION_OPINION, "application.opinion"},
                                    {METHOD_DEADLINE_MISSED, "deadline.missed"},
                                    {METHOD_STANDING_EVALUATE, "standing.evaluate"},
                                    {METHOD_TRADE_IMPORT_EXPIRE, "trade.import.expire"},
                                    {METHOD_CUSTOMER_FOLLOW, "customer.follow"},
                                    {METHOD_CRITERION_MISSED, "criterion.missed"},
                                    {0, NULL}};

const char *word_name(const struct word *words, int number)
{
    for (; words->name != NULL; words++) {
        if (words->number == number) {
            return words->name;
        }
    }
    return NULL;
}

int word_number(const struct word *words, const char *name)
{
    for (; name != NULL && words->name != NULL; words++) {
        if (strcmp(words->name, name) == 0) {
            return words->number;
        }
    }
    return -1;
}
