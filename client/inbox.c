/* inbox: what waits for oneself, and what one has made. */
#include "client/inbox.h"

#include <string.h>

#include "client/application.h"
#include "client/customer.h"
#include "client/report.h"
#include "client/run.h"
#include "client/trade_records.h"
#include "common/vocabulary.h"

#define PAGE 1000

/* Adds the applications that wait for the asker, or for others; at most `limit`; false: failure is set. */
static bool add_applications(struct client *client, bool own, json_t *list, size_t limit)
{
    Creditd__V1__InboxRequest request = CREDITD__V1__INBOX_REQUEST__INIT;
    size_t index;
    json_t *record;

    request.purpose = run_text(client, "purpose");
    request.has_limit = true;
    request.has_own = request.own = own;
    do {
        size_t left = limit - json_array_size(list);
        request.limit = (uint32_t)(left < PAGE ? left : PAGE);
        if (!application_add_page(client, METHOD_INBOX, &request.base, list, &request.after))
            return false;
    } while (request.after != NULL && json_array_size(list) < limit);
    json_array_foreach(list, index, record)
        json_object_set_new(record, "kind", json_string(own ? "own" : "application"));
    return true;
}

static bool add_cases(struct client *client, json_t *list, size_t limit)
{
    return add_applications(client, false, list, limit);
}

void inbox_drop_listed(json_t *own, const json_t *cases)
{
    json_t *ids = json_object(), *row;
    size_t i;

    json_array_foreach(cases, i, row)
    {
        const char *kind = json_string_value(json_object_get(row, "kind"));
        if (kind != NULL && strcmp(kind, "application") == 0)
            json_object_set_new(ids, json_string_value(json_object_get(row, "id")), json_true());
    }
    for (i = json_array_size(own); i-- > 0;) {
        row = json_array_get(own, i);
        if (json_object_get(ids, json_string_value(json_object_get(row, "id"))) != NULL)
            json_array_remove(own, i);
    }
    json_decref(ids);
}

/* Adds what the asker has made and waits for others. */
static bool add_own(struct client *client, json_t *list, size_t limit)
{
    json_t *own = json_array();
    bool ok = json_array_size(list) >= limit || add_applications(client, true, own, limit - json_array_size(list)) ||
              failure_by_older(&client->failure);

    inbox_drop_listed(own, list);
    json_array_extend(list, own);
    json_decref(own);
    return ok;
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

inbox_add *const inbox_parts[INBOX_PARTS] = {[INBOX_CASES] = add_cases,
                                             [INBOX_CRITERIA] = add_criteria,
                                             [INBOX_EMERGENCIES] = add_emergencies,
                                             [INBOX_ESCALATIONS] = report_add_escalated,
                                             [INBOX_OWN] = add_own};

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
