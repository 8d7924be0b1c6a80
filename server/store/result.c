/* Reading results, in text: PostgreSQL makes a buffer of 1 kB for each value that it sends in binary form, which is a
 * tenth of what a page of an inbox costs it. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/check.h"
#include "server/store/pipe.h"

/* The next column, "" for NULL. libpq gives NULL where there is no such row or column. */
static const char *next_value(struct row *row)
{
    const char *text = PQgetvalue(row->result, row->row, row->column++);

    CHECK(text != NULL);
    return text;
}

bool row_null(const struct row *row)
{
    return PQgetisnull(row->result, row->row, row->column) == 1;
}

/* Digits up to what is none, where *end points then. */
static int64_t read_int(const char *text, const char **end)
{
    bool negative = *text == '-';
    const char *at = text + negative;
    uint64_t value = 0;

    CHECK(*at >= '0' && *at <= '9');
    for (; *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    *end = at;
    return negative ? (int64_t)(0 - value) : (int64_t)value;
}

int64_t row_int(struct row *row)
{
    const char *text = next_value(row);
    int64_t value;

    if ((*text == 't' || *text == 'f') && text[1] == '\0')
        return *text == 't';
    value = read_int(text, &text);
    CHECK(*text == '\0');
    return value;
}

const char *row_text(struct row *row)
{
    int size = PQgetlength(row->result, row->row, row->column);

    return arena_strndup(row->arena, next_value(row), (size_t)size);
}

void row_bytes(struct row *row, uint8_t *out, size_t size)
{
    const char *text = next_value(row);
    size_t have;

    CHECK(text[0] == '\\' && text[1] == 'x');
    CHECK(sodium_hex2bin(out, size, text + 2, strlen(text + 2), NULL, &have, NULL) == 0 && have == size);
}

struct uuid row_uuid(struct row *row)
{
    struct uuid uuid = {0};
    const char *text = next_value(row);

    CHECK(*text == '\0' || uuid_parse(text, &uuid));
    return uuid;
}

civil_date row_date(struct row *row)
{
    civil_date date = 0;
    const char *text = next_value(row);

    CHECK(*text == '\0' || civil_parse(text, &date));
    return date;
}

int row_int_list(struct row *row, int64_t *out, int max)
{
    const char *text = next_value(row);
    int count = 0;

    CHECK(*text == '{');
    while (*++text != '}') {
        CHECK(count < max);
        out[count++] = read_int(text, &text);
        if (*text == '}')
            break;
        CHECK(*text == ',');
    }
    return count;
}

struct money row_money(struct row *row)
{
    struct money money = {0};

    if (row_null(row)) {
        row->column += 2;
        return money;
    }
    money.minor = row_int(row);
    snprintf(money.currency, sizeof money.currency, "%s", next_value(row));
    return money;
}

static struct evaluation row_evaluation(struct row *row)
{
    struct evaluation evaluation = {0};

    evaluation.policy_version = (int32_t)row_int(row);
    evaluation.computed.grade = (enum grade)row_int(row);
    evaluation.computed.admits = row_int(row) != 0;
    evaluation.criterion = !row_null(row);
    evaluation.met_on = row_date(row);
    evaluation.detected_at = row_int(row);
    evaluation.criterion_due_at = row_int(row);
    evaluation.demoted_on = row_date(row);
    evaluation.demoted_from = (enum grade)row_int(row);
    evaluation.demoted_policy = (int32_t)row_int(row);
    evaluation.timer_id = row_uuid(row);
    evaluation.evaluate_at = row_int(row);
    evaluation.imports_open = (int)row_int(row);
    return evaluation;
}

static void row_terms(struct row *row, struct customer *customer)
{
    customer->measures.policy_version = (int32_t)row_int(row);
    customer->measures.open = (uint32_t)row_int(row);
    customer->measures.applied = (uint32_t)row_int(row);
    customer->override.until = row_date(row);
    customer->override.from = (enum grade)row_int(row);
    customer->override.by = row_int(row);
    customer->notice.noticed_on = row_date(row);
    customer->notice.demote_on = row_date(row);
    customer->notice.appeal_until = row_date(row);
    customer->notice.appealed_by = row_int(row);
    customer->notice.appealed_at = row_int(row);
    customer->override.ends_at = row_int(row);
    customer->emergency.by = row_int(row);
    customer->emergency.grade = (enum grade)row_int(row);
    customer->emergency.minutes = (int)row_int(row);
    customer->emergency.expires_at = row_int(row);
    customer->emergency.reason = row_text(row);
    customer->review.opened_at = row_int(row);
    customer->review.due_at = row_int(row);
    customer->review.asked_by = row_int(row);
    customer->review.confirmed_by = row_int(row);
}

struct customer row_customer(struct row *row)
{
    struct customer customer = {0};

    customer.key.home = (int16_t)row_int(row);
    customer.key.id = row_int(row);
    customer.version = (int32_t)row_int(row);
    customer.number = row_text(row);
    customer.name = row_text(row);
    customer.branch_id = (int32_t)row_int(row);
    customer.region_id = (int32_t)row_int(row);
    customer.stage = (enum stage)row_int(row);
    customer.standing.tier = (enum tier)row_int(row);
    customer.standing.grade = (enum grade)row_int(row);
    customer.in_force_since = row_date(row);
    customer.open_application = row_int(row);
    customer.revision = row_int(row);
    customer.chain_seq = row_int(row);
    row_bytes(row, customer.chain_hash, sizeof customer.chain_hash);
    customer.last_event_at = row_int(row);
    customer.evaluation = row_evaluation(row);
    customer.assessment = row_int(row);
    customer.assessed_on = row_date(row);
    customer.assessed_by = row_int(row);
    row_terms(row, &customer);
    customer.managed_by = row_int(row);
    customer.evaluation.volume = row_money(row);
    customer.evaluation.answer = (enum criterion_answer)row_int(row);
    return customer;
}

struct assessment row_assessment(struct row *row)
{
    struct assessment assessment = {0};

    assessment.key.home = (int16_t)row_int(row);
    assessment.customer_id = row_int(row);
    assessment.key.id = row_int(row);
    assessment.review = (enum review)row_int(row);
    assessment.assessed_on = row_date(row);
    assessment.policy_version = (int32_t)row_int(row);
    assessment.values = row_text(row);
    assessment.documents = row_text(row);
    assessment.entered_by = row_int(row);
    assessment.recorded_at = row_int(row);
    return assessment;
}

struct trade row_trade(struct row *row)
{
    struct trade trade = {0};

    trade.home = (int16_t)row_int(row);
    trade.customer_id = row_int(row);
    trade.document = row_text(row);
    trade.version = (int32_t)row_int(row);
    snprintf(trade.currency, sizeof trade.currency, "%s", row_text(row));
    trade.amount_minor = row_int(row);
    trade.issued_on = row_date(row);
    trade.due_on = row_date(row);
    trade.settled = !row_null(row);
    trade.settled_on = row_date(row);
    trade.cancelled = row_int(row) != 0;
    trade.import.home = (int16_t)row_int(row);
    trade.import.id = row_int(row);
    trade.command_id = row_uuid(row);
    trade.recorded_at = row_int(row);
    return trade;
}

struct trade_import row_import(struct row *row)
{
    struct trade_import import = {0};

    import.key.home = (int16_t)row_int(row);
    import.key.id = row_int(row);
    import.version = (int32_t)row_int(row);
    import.user_id = row_int(row);
    row_bytes(row, import.source, sizeof import.source);
    import.name = row_text(row);
    import.create_customers = row_int(row) != 0;
    import.started_at = row_int(row);
    import.last_at = row_int(row);
    import.finished_at = row_int(row);
    import.added = row_int(row);
    import.changed = row_int(row);
    import.unchanged = row_int(row);
    import.refused = row_int(row);
    import.customers_added = row_int(row);
    import.customers = row_int(row);
    import.evaluated = row_int(row);
    import.demoted = row_int(row);
    import.corrected = row_int(row);
    import.criteria = row_int(row);
    return import;
}

struct import_customer row_import_customer(struct row *row)
{
    struct import_customer customer = {0};

    customer.customer.home = (int16_t)row_int(row);
    customer.customer.id = row_int(row);
    customer.import_id = row_int(row);
    customer.command_id = row_uuid(row);
    customer.result = (enum import_result)row_int(row);
    return customer;
}

static void read_progress(struct row *row, struct application *application)
{
    application->came_from = (enum state)row_int(row);
    application->action = (enum event_kind)row_int(row);
    application->state = (enum state)row_int(row);
    application->from.tier = (enum tier)row_int(row);
    application->from.grade = (enum grade)row_int(row);
    application->to_grade = (enum grade)row_int(row);
    application->decided_grade = (enum grade)row_int(row);
    application->off_criteria = row_int(row) != 0;
    application->finding = (enum finding)row_int(row);
    application->hand_count = row_int_list(row, application->hands, HANDS_MAX);
    application->submitted_by = row_int(row);
    application->verified_by = row_int(row);
    application->decided_by = row_int(row);
    application->recorded_by = row_int(row);
}

static void read_times(struct row *row, struct application *application)
{
    application->criterion_met = !row_null(row);
    application->criterion_met_on = row_date(row);
    application->criterion_detected_at = row_int(row);
    application->clock_started_at = row_int(row);
    application->submitted_at = row_int(row);
    application->verified_at = row_int(row);
    application->decided_at = row_int(row);
    application->recorded_at = row_int(row);
    application->due_at = row_int(row);
    application->complete_by = row_int(row);
}

void row_more_time(struct row *row, struct application *application)
{
    application->extension_days = (int)row_int(row);
    application->extension_by = row_int(row);
    application->extended_days = (int)row_int(row);
    application->step_started_at = row_int(row);
    application->paused_at = row_int(row);
    application->paused_by = row_int(row);
    application->paused_due_at = row_int(row);
    application->paused_days = (int)row_int(row);
    application->step_paused_days = (int)row_int(row);
    application->urged_at = row_int(row);
    application->urged_by = row_int(row);
}

static void row_acted_for(struct row *row, struct application *application)
{
    application->submitted_for = row_int(row);
    application->verified_for = row_int(row);
    application->decided_for = row_int(row);
    application->recorded_for = row_int(row);
    application->extension_for = row_int(row);
    application->claimed_by = row_int(row);
}

void row_node(struct row *row, struct application *application)
{
    application->node = (int)row_int(row);
    application->signatures = (int)row_int(row);
    application->signed_grade = (enum grade)row_int(row);
    application->signer_count = row_int_list(row, application->signers, HANDS_MAX);
    CHECK(row_int_list(row, application->signer_nodes, HANDS_MAX) == application->signer_count);
    application->verifier_count = row_int_list(row, application->verifiers, HANDS_MAX);
    application->countersigner_count = row_int_list(row, application->countersigners, COUNTERSIGNERS_MAX);
}

struct application row_application(struct row *row)
{
    struct application application = {0};

    application.key.home = (int16_t)row_int(row);
    application.key.id = row_int(row);
    application.customer_id = row_int(row);
    application.version = (int32_t)row_int(row);
    read_progress(row, &application);
    application.branch_id = (int32_t)row_int(row);
    application.region_id = (int32_t)row_int(row);
    application.policy_version = (int32_t)row_int(row);
    read_times(row, &application);
    application.turn_unit = (int32_t)row_int(row);
    application.turn_role = (enum role)row_int(row);
    application.timer_id = row_uuid(row);
    application.reason = row_text(row);
    application.asked_policy = (int32_t)row_int(row);
    application.asked_by = row_int(row);
    application.assessed_by = row_int(row);
    row_more_time(row, &application);
    row_acted_for(row, &application);
    row_node(row, &application);
    application.automatic = row_int(row) != 0;
    application.held_by = row_int(row);
    application.assistant = row_int(row);
    row->column += 3; /* for conditions only */
    application.limit = row_money(row);
    application.region_signer_count = row_int_list(row, application.region_signers, HANDS_MAX);
    CHECK(row_int_list(row, application.region_nodes, HANDS_MAX) == application.region_signer_count);
    application.paused_complete_by = row_int(row);
    return application;
}

struct stored_command row_command(struct row *row)
{
    struct stored_command command = {0};

    command.home = (int16_t)row_int(row);
    command.command_id = row_uuid(row);
    command.user_id = row_int(row);
    row_bytes(row, command.request_hash, sizeof command.request_hash);
    command.method = (enum method)row_int(row);
    command.status = (enum status)row_int(row);
    command.reason = (int)row_int(row);
    command.field = row_text(row);
    command.arguments = row_text(row);
    command.entity = row_text(row);
    command.version = (int32_t)row_int(row);
    command.at = row_int(row);
    return command;
}

void row_stamp(struct txn *txn, const PGresult *result, int64_t *epoch, int64_t *now)
{
    struct row row = {.result = result};

    /* The table always has its row: what a connection says that does not give it is not to be trusted. */
    if (PQntuples(result) != 1) {
        txn_refuse(txn, "it gave no business time");
        return;
    }
    *epoch = row_int(&row);
    *now = row_int(&row);
    if (row_int(&row) == 0)
        txn_refuse(txn, "its settings are no longer durable");
}

void take_stamp(struct txn *txn, const PGresult *result)
{
    struct read_stamp *stamp = txn_out(txn);

    row_stamp(txn, result, &stamp->epoch, &stamp->now);
}
