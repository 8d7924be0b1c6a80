/* inbox: what waits for oneself. */
#include "client/inbox.h"

#include "client/application.h"
#include "client/customer.h"
#include "client/report.h"
#include "client/run.h"
#include "client/trade_records.h"
#include "common/vocabulary.h"

#define PAGE 1000

/* Adds the applications that wait, at most `limit`; false: failure is set. */
static bool add_applications(struct client *client, json_t *list, size_t limit)
{
    Creditd__V1__InboxRequest request = CREDITD__V1__INBOX_REQUEST__INIT;
    size_t index;
    json_t *record;

    request.purpose = run_text(client, "purpose");
    request.has_limit = true;
    do {
        size_t left = limit - json_array_size(list);
        request.limit = (uint32_t)(left < PAGE ? left : PAGE);
        if (!application_add_page(client, METHOD_INBOX, &request.base, list, &request.after))
            return false;
    } while (request.after != NULL && json_array_size(list) < limit);
    json_array_foreach(list, index, record) json_object_set_new(record, "kind", json_string("application"));
    return true;
}

/* Adds the criteria for which an application is to be submitted. */
static bool add_criteria(struct client *client, json_t *list, size_t limit)
{
    Creditd__V1__CriterionListRequest request = CREDITD__V1__CRITERION_LIST_REQUEST__INIT;

    request.has_inbox = request.inbox = true;
    return report_add_criteria(client, &request, NULL, list, limit);
}

/* Adds emergencies to be confirmed and reviewed. */
static bool add_emergencies(struct client *client, json_t *list, size_t limit)
{
    static const Creditd__V1__TaskKind kinds[] = {CREDITD__V1__TASK_KIND__TASK_EMERGENCY,
                                                  CREDITD__V1__TASK_KIND__TASK_AFTER_REVIEW};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        Creditd__V1__TaskListRequest request = CREDITD__V1__TASK_LIST_REQUEST__INIT;
        request.has_inbox = request.inbox = true;
        request.has_kind = true;
        request.kind = kinds[i];
        if (json_array_size(list) < limit && !task_add(client, &request, list, limit))
            return false;
    }
    return true;
}

inbox_add *const inbox_parts[INBOX_PARTS] = {[INBOX_CASES] = add_applications,
                                             [INBOX_CRITERIA] = add_criteria,
                                             [INBOX_EMERGENCIES] = add_emergencies,
                                             [INBOX_ESCALATIONS] = report_add_escalated};

int run_inbox(struct client *client)
{
    long limit = INBOX_MAX;
    bool limited;
    json_t *list;

    if (!client_number(client, "limit", 1, INBOX_MAX, &limit, &limited))
        return run_fail(client);
    if (client_has(client, "watch"))
        return inbox_watch(client);
    list = json_array();
    for (size_t i = 0; i < INBOX_PARTS; i++)
        if (!inbox_parts[i](client, list, (size_t)limit))
            return run_fail_list(client, list);
    output_list(client, list, INBOX_COLUMNS);
    return EXIT_DONE;
}
