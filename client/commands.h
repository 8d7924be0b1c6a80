/* The command table: parser, help and completeness test are made from it. */
#ifndef CREDITD_CLIENT_COMMANDS_H
#define CREDITD_CLIENT_COMMANDS_H

#include "client/client.h"

struct command_spec {
    const char *noun;
    const char *verb;     /* NULL: the noun alone ("inbox") */
    const char *operands; /* for help: "CUSTOMER", "[ID]" */
    int least, most;      /* operands */
    const char *needs;    /* flags that must be there, separated by blanks */
    const char *takes;    /* flags that may be there */
    const char *summary;  /* English */
    const char *example;
    int (*run)(struct client *client);
};
extern const struct command_spec commands[]; /* ends with noun NULL */

/* The command that the words name; NULL: failure is set. `noun` alone with verbs below it is a usage error. */
const struct command_spec *command_find(const struct options *options, struct failure *failure);
/* Are the flags and operands those of the command? */
bool command_check(const struct command_spec *spec, const struct options *options, struct failure *failure);
/* Hints the flag that is nearest to the one that is none; of two equally near the one that the command takes. */
void command_near_flag(const struct options *options, struct failure *failure);
/* Help on all, on a noun, or on one command, of which `word` may stand before the operands (NULL: none is given). */
int command_help(struct client *client, const char *noun, const char *verb, const char *word);

int run_auth_login(struct client *client);
int run_auth_status(struct client *client);
int run_auth_logout(struct client *client);
int run_org_create(struct client *client);
int run_org_list(struct client *client);
int run_org_move(struct client *client);
int run_org_edit(struct client *client);
int run_org_close(struct client *client);
int run_org_merge(struct client *client);
int run_calendar_import(struct client *client);
int run_calendar_list(struct client *client);
int run_delegation_grant(struct client *client);
int run_delegation_revoke(struct client *client);
int run_delegation_list(struct client *client);
int run_user_add(struct client *client);
int run_user_list(struct client *client);
int run_user_disable(struct client *client);
int run_user_password(struct client *client);
int run_user_grant(struct client *client);
int run_customer_add(struct client *client);
int run_customer_import(struct client *client);
int run_customer_list(struct client *client);
int run_customer_show(struct client *client);
int run_customer_explain(struct client *client);
int run_customer_edit(struct client *client);
int run_customer_move(struct client *client);
int run_customer_history(struct client *client);
int run_customer_override(struct client *client);
int run_customer_emergency(struct client *client);
int run_customer_review(struct client *client);
int run_customer_appeal(struct client *client);
int run_customer_measure(struct client *client);
int run_task_list(struct client *client);
int run_trade_import(struct client *client);
int run_trade_status(struct client *client);
int run_trade_list(struct client *client);
int run_trade_show(struct client *client);
int run_trade_correct(struct client *client);
int run_trade_cancel(struct client *client);
int run_assessment_form(struct client *client);
int run_assessment_enter(struct client *client);
int run_assessment_list(struct client *client);
int run_assessment_explain(struct client *client);
int run_application_submit(struct client *client);
int run_application_verify(struct client *client);
int run_application_return(struct client *client);
int run_application_resubmit(struct client *client);
int run_application_approve(struct client *client);
int run_application_reject(struct client *client);
int run_application_withdraw(struct client *client);
int run_application_record(struct client *client);
int run_application_show(struct client *client);
int run_application_list(struct client *client);
int run_application_history(struct client *client);
int run_application_explain(struct client *client);
int run_application_extend(struct client *client);
int run_application_recall(struct client *client);
int run_application_claim(struct client *client);
int run_application_release(struct client *client);
int run_application_transfer(struct client *client);
int run_application_countersign(struct client *client);
int run_application_assist(struct client *client);
int run_application_pause(struct client *client);
int run_application_resume(struct client *client);
int run_application_urge(struct client *client);
int run_report_due(struct client *client);
int run_report_score(struct client *client);
int run_application_policy(struct client *client);
int run_inbox(struct client *client);
int run_outcome(struct client *client);
int run_policy_route(struct client *client);
int run_policy_list(struct client *client);
int run_policy_show(struct client *client);
int run_policy_diff(struct client *client);
int run_policy_check(struct client *client);
int run_policy_test(struct client *client);
int run_policy_simulate(struct client *client);
int run_policy_propose(struct client *client);
int run_policy_publish(struct client *client);
int run_policy_rollback(struct client *client);
int run_audit_verify(struct client *client);
int run_clock_advance(struct client *client);
int run_admin_status(struct client *client);
int run_help(struct client *client);
int run_version(struct client *client);

#endif
