/* One row of an import: who may, the customer, the trade. */
#include "server/operations/trade_row.h"

#include <stdio.h>
#include <string.h>

#include "common/money.h"
#include "common/text.h"
#include "server/operations/customer_file.h"
#include "server/rules/trade.h"

/* A row while it is decided. */
struct row {
    const Creditd__V1__TradeRow *in;
    const struct command *command;
    const struct situation *s;
    struct row_refusal *refusal;
    const struct unit *branch;
    struct trade_told told;
};

static bool refuse(const struct row *row, enum reason reason, const char *field, const char *name, const char *value)
{
    row->refusal->reason = reason;
    row->refusal->field = field;
    if (name != NULL && value != NULL)
        snprintf(row->refusal->arguments, sizeof row->refusal->arguments, "%s=%.300s\n", name, value);
    return false;
}

static bool refuse_as(const struct row *row, const struct refusal *refusal)
{
    return refuse(row, refusal->reason, refusal->field, refusal->name, refusal->value);
}

const struct command_row *trade_rows_named(const struct call *call, const Creditd__V1__TradeRow *const *rows,
                                           size_t count)
{
    struct command_row *named = ARENA_ARRAY(call->arena, struct command_row, count + 1);
    const struct organisation *org = call_org(call);

    for (size_t i = 0; i < count; i++) {
        const struct unit *branch = rows[i]->branch == NULL ? NULL : unit_by_code(org, rows[i]->branch);
        const struct unit *region = branch == NULL ? NULL : unit_region(org, branch);
        if (region == NULL || rows[i]->customer == NULL)
            continue;
        named[i] = (struct command_row){{region->home, region->id, rows[i]->customer}, rows[i]->document};
    }
    return named;
}

/* ---- fields ---- */

static bool check_text(const struct row *row, const char *field, const char *text, size_t max, bool optional)
{
    char limit[24];

    if (text == NULL || text_is_blank(text))
        return optional ? true : refuse(row, REASON_FIELD_REQUIRED, field, NULL, NULL);
    if (!text_is_clean(text, false))
        return refuse(row, REASON_FIELD_INVALID, field, "rule", "text without control characters");
    snprintf(limit, sizeof limit, "%zu", max);
    return text_length(text) <= max || refuse(row, REASON_FIELD_TOO_LONG, field, "limit", limit);
}

static bool read_date(const struct row *row, const char *field, const char *text, bool *has, civil_date *out)
{
    *has = text != NULL && text[0] != '\0';
    if (!*has || civil_parse(text, out))
        return true;
    return refuse(row, REASON_FIELD_INVALID, field, "rule", "a date, YYYY-MM-DD");
}

static bool read_dates(struct row *row)
{
    bool issued, due;

    if (!read_date(row, "issued_on", row->in->issued_on, &issued, &row->told.issued_on) ||
        !read_date(row, "due_on", row->in->due_on, &due, &row->told.due_on) ||
        !read_date(row, "settled_on", row->in->settled_on, &row->told.settled, &row->told.settled_on))
        return false;
    if (!issued)
        return refuse(row, REASON_FIELD_REQUIRED, "issued_on", NULL, NULL);
    return due || refuse(row, REASON_FIELD_REQUIRED, "due_on", NULL, NULL);
}

static bool read_fields(struct row *row)
{
    const Creditd__V1__TradeRow *in = row->in;

    if (!check_text(row, "branch", in->branch, 64, false) ||
        !check_text(row, "customer", in->customer, CUSTOMER_NUMBER_MAX, false) ||
        !check_text(row, "document", in->document, TRADE_DOCUMENT_MAX, false) ||
        !check_text(row, "customer_name", in->customer_name, CUSTOMER_NAME_MAX, true))
        return false;
    if (!in->has_amount_minor)
        return refuse(row, REASON_FIELD_REQUIRED, "amount_minor", NULL, NULL);
    if (in->currency == NULL || in->currency[0] == '\0')
        return refuse(row, REASON_FIELD_REQUIRED, "currency", NULL, NULL);
    if (money_exponent(in->currency) < 0)
        return refuse(row, REASON_FIELD_INVALID, "currency", "rule", "a currency of ISO 4217");
    if (!read_dates(row))
        return false;
    row->told.document = in->document;
    memcpy(row->told.currency, in->currency, CURRENCY_BYTES);
    row->told.amount_minor = in->amount_minor;
    row->told.has_cancelled = in->has_cancelled;
    row->told.cancelled = in->has_cancelled && in->cancelled;
    return true;
}

/* ---- branch and customer ---- */

static bool find_branch(struct row *row, const struct command_row *named)
{
    const struct situation *s = row->s;
    const struct unit *branch = unit_by_code(s->org, row->in->branch);
    const struct unit *region = branch == NULL ? NULL : unit_region(s->org, branch);
    const struct unit *own = unit_by_id(s->org, s->user->unit_id);

    if (branch == NULL || !unit_within(s->org, branch, own))
        return refuse(row, REASON_NOT_FOUND, "branch", NULL, NULL);
    if (branch->level != UNIT_LEVEL_BRANCH)
        return refuse(row, REASON_FIELD_INVALID, "branch", "rule", "a unit of level branch");
    if (branch->closed)
        return refuse(row, REASON_UNIT_CLOSED, "branch", "unit", branch->code);
    if (row->in->region != NULL && row->in->region[0] != '\0' && strcmp(row->in->region, region->code) != 0)
        return refuse(row, REASON_FIELD_INVALID, "region", "rule", "the region of the branch");
    if (named->customer.number == NULL || named->customer.region_id != region->id) /* it moved meanwhile */
        return refuse(row, REASON_NOT_FOUND, "branch", NULL, NULL);
    row->branch = branch;
    return true;
}

static bool check_customer(const struct row *row, bool create)
{
    const struct customer *customer = row->s->customer;
    struct key key;

    if (customer != NULL)
        return customer->branch_id == row->branch->id ||
               refuse(row, REASON_CUSTOMER_ELSEWHERE, "customer", "customer", row->in->customer);
    if (row->s->several)
        return refuse(row, REASON_FIELD_INVALID, "customer", "rule", CUSTOMER_SEVERAL);
    if (!create)
        return refuse(row, REASON_NOT_FOUND, "customer", NULL, NULL);
    if (public_id_parse('C', row->in->customer, &key))
        return refuse(row, REASON_FIELD_INVALID, "customer", "rule", "of another form than a customer id");
    struct refusal refusal = customer_may_open(row->s, row->branch, row->in->has_opening_grade);
    return refusal.reason == REASON_NONE || refuse_as(row, &refusal);
}

static void open_customer(const struct row *row, struct arena *arena, struct effects *effects)
{
    const Creditd__V1__TradeRow *in = row->in;
    const char *name = in->customer_name == NULL || text_is_blank(in->customer_name) ? in->customer : in->customer_name;
    const struct opening opening = {
        .key = {unit_home(row->s->org, row->branch), row->s->new_number},
        .number = in->customer,
        .name = name,
        .branch = row->branch,
        .stage = in->has_stage ? (enum stage)in->stage : STAGE_EXISTING,
        .grade = in->has_opening_grade ? (enum grade)in->opening_grade : GRADE_NONE,
    };

    customer_open(&opening, row->s, arena, effects);
}

/* ---- trade ---- */

/* Did the import write the trade, or has another row of this chunk found it as it is? Without effect there is no
 * import: then it is what this chunk would have written. */
static bool is_of_this_import(const struct row *row, size_t index, const struct chunk *chunk, const struct trade *trade)
{
    const struct call *call = row->command->request;
    const Creditd__V1__TradeImportChunkRequest *request = (const void *)call->request;
    const struct trade_import *import = row->s->import;

    for (size_t i = 0; i < index; i++)
        if (chunk->was_unchanged[i] && strcmp(request->rows[i]->document, row->in->document) == 0 &&
            strcmp(request->rows[i]->customer, row->in->customer) == 0)
            return true;
    return import != NULL ? trade->import.id == import->key.id
                          : uuid_equal(trade->command_id, row->command->command_id);
}

/* The trade as it is to be; false: refused, or *same. */
static bool take_trade(const struct row *row, size_t index, const struct chunk *chunk, struct trade *out, bool *same)
{
    const struct situation *s = row->s;
    const struct trade *before = s->trade;
    struct trade_refusal refusal;

    *same = false;
    if (before != NULL && (s->customer == NULL || before->customer_id != s->customer->key.id))
        return refuse(row, REASON_DOCUMENT_OF_ANOTHER, "document", "document", row->in->document);
    if (!trade_take(&row->told, before, out)) {
        *same = true;
        return false;
    }
    if (before != NULL && is_of_this_import(row, index, chunk, before))
        return refuse(row, REASON_DOCUMENT_TWICE, "document", "document", row->in->document);
    refusal = trade_check(s->in_force, out, zone_date_at(row->branch->zone, s->now));
    if (refusal.reason == REASON_NONE)
        return true;
    refuse(row, refusal.reason, refusal.field, refusal.rule == NULL ? NULL : "rule", refusal.rule);
    if (refusal.reason == REASON_NO_RATE)
        snprintf(row->refusal->arguments, sizeof row->refusal->arguments, "currency=%s\ndate=%s\n", out->currency,
                 refusal.date);
    return false;
}

/* The first row of an import that changes a customer's trades: from now on the customer waits for its end. */
static void touch(const struct row *row, struct effects *effects)
{
    if (!effects->has_customer) {
        effects->has_customer = true;
        effects->customer = *row->s->customer;
    }
    effects->customer.evaluation.imports_open++;
    effects->has_import_customer = true;
    effects->import_customer = (struct import_customer){
        .customer = effects->customer.key, .import_id = row->s->import->key.id, .command_id = uuid_new()};
}

static void accept_row(const struct row *row, const struct trade *trade, struct chunk *chunk, struct arena *arena,
                       struct effects *effects)
{
    const struct situation *s = row->s;
    struct key key;

    if (s->customer == NULL) {
        open_customer(row, arena, effects);
        chunk->customers_added++;
    }
    key = s->customer == NULL ? effects->customer.key : s->customer->key;
    effects->has_trade = true;
    effects->trade = *trade;
    effects->trade.home = key.home;
    effects->trade.customer_id = key.id;
    effects->trade.import = s->import == NULL ? (struct key){0, 0} : s->import->key;
    if (s->import != NULL && (s->customer == NULL || s->import_customer == NULL)) {
        touch(row, effects);
        chunk->touched++;
    }
    if (trade->version == 1)
        chunk->added++;
    else
        chunk->changed++;
}

bool trade_row_decide(struct command *command, size_t index, const struct situation *s, bool create_customers,
                      struct chunk *chunk, struct arena *arena, struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__TradeImportChunkRequest *request = (const void *)call->request;
    struct row_refusal *refusal = &chunk->refusals[chunk->refused];
    struct row row = {.in = request->rows[index], .command = command, .s = s, .refusal = refusal};
    struct trade trade;
    bool same = false;

    *refusal = (struct row_refusal){.row = (uint32_t)index};
    if (read_fields(&row) && find_branch(&row, &command->rows[index]) && check_customer(&row, create_customers) &&
        take_trade(&row, index, chunk, &trade, &same)) {
        accept_row(&row, &trade, chunk, arena, effects);
        return true;
    }
    chunk->was_unchanged[index] = same;
    if (same)
        chunk->unchanged++;
    else
        chunk->refused++;
    return false;
}
