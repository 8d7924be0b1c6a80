/* Customers, each with the whole of its chain: opened, then one application after the other. */
#include "common/check.h"
#include "server/rules/standing.h"
#include "server/rules/workflow.h"
#include "tests/bench/plant/database.h"
#include "tests/bench/plant/payload.h"
#include "tests/bench/plant/plant.h"

#include <sodium.h>
#include <string.h>

#define TEXT_BYTES 160

/* A customer while it is written. */
struct file {
    struct plant *plant;
    const struct branch *branch;
    struct customer row;
    struct application application; /* the last one */
    char number[32], name[TEXT_BYTES], reason[TEXT_BYTES];
};

/* ---- texts ---- */

static const char *const names[] = {"Hengda Trading Co.", "宁波恒达贸易有限公司", "Qingdao Import & Export",
                                    "上海通顺商贸有限公司"};
static const char *const reasons[] = {
    "Orders of the last two quarters have changed, see sheet", "近两个季度订单变化明显，申请调整等级，见附表",
    "The branch asks for a change after its yearly review", "年度复核后申请调整信用等级，附件编号"};
static const char *const opinions[] = {
    "All items were checked against the originals, file", "各项资料已逐一核对无误，档案编号",
    "Visited on site, statements and licence seen, minutes", "实地走访，报表与执照均已查验，纪要编号"};
static const char *const decisions[] = {
    "Agreed in the weekly meeting of the committee, item", "经信用委员会周例会讨论同意，议题编号",
    "As the region proposes, within the limits of the year,", "按大区意见办理，不超过年度额度，批次"};
#define ANY(plant, texts) ((texts)[random_below((plant), sizeof(texts) / sizeof(texts)[0])])

/* "phrase 0001234" */
static void compose(char out[TEXT_BYTES], const char *phrase, int64_t number)
{
    size_t length = strlen(phrase);

    CHECK(length < TEXT_BYTES - 24);
    memcpy(out, phrase, length);
    out[length++] = ' ';
    length += digits_put(out + length, (uint64_t)number, 7);
    out[length] = '\0';
}

/* ---- events and commands ---- */

static void add_event(struct file *file, struct event *event)
{
    event->customer = file->row.key;
    row_event(file->plant, event, &file->row.chain_seq, file->row.chain_hash);
    file->row.last_event_at = event->at;
}

static void add_command(struct file *file, const struct event *event, enum method method, char letter, int64_t id,
                        int32_t version)
{
    char entity[PUBLIC_ID_BYTES];
    struct stored_command command = {.home = file->row.key.home,
                                     .command_id = event->command_id,
                                     .user_id = event->actor,
                                     .method = method,
                                     .entity = entity,
                                     .version = version,
                                     .at = event->at};

    for (size_t i = 0; i < sizeof command.request_hash; i += sizeof(uint64_t)) {
        uint64_t part = random_next(file->plant);
        memcpy(command.request_hash + i, &part, sizeof part);
    }
    public_id_format(letter, (struct key){file->row.key.home, id}, entity);
    row_command(file->plant, &command);
}

/* ---- the file is opened ---- */

static const char *added_payload(const struct file *file, struct payload *payload)
{
    payload_begin(payload);
    payload_add(payload, "branch", file->branch->unit->code);
    payload_add(payload, "name", file->row.name);
    payload_add(payload, "number", file->row.number);
    payload_add_word(payload, "stage", words_stage, (int)file->row.stage);
    return payload_end(payload);
}

static const char *standing_payload(const struct file *file, enum cause cause, struct payload *payload)
{
    char id[PUBLIC_ID_BYTES];

    payload_begin(payload);
    if (cause == CAUSE_APPLICATION) {
        public_id_format('A', file->application.key, id);
        payload_add(payload, "application", id);
    }
    payload_add_word(payload, "cause", words_cause, (int)cause);
    payload_add_word(payload, "grade", words_grade, (int)file->row.standing.grade);
    payload_add_word(payload, "tier", words_tier, (int)file->row.standing.tier);
    return payload_end(payload);
}

static const struct user *any_approver(struct plant *plant)
{
    return plant->approvers[random_below(plant, (int64_t)plant->approver_count)];
}

/* By HQ, with a grade brought along. */
static void open_file(struct file *file, int64_t at)
{
    struct plant *plant = file->plant;
    const struct branch *branch = file->branch;
    const struct standing standing = {TIER_KEY, (enum grade)(GRADE_GREEN + random_below(plant, GRADE_BLACK))};
    struct payload payload;
    struct event event = {
        .kind = EVENT_CUSTOMER_ADDED, .command_id = random_uuid(plant, at), .actor = any_approver(plant)->id, .at = at};

    file->row = (struct customer){.key = {branch->region->home, ++plant->last_number},
                                  .version = 1,
                                  .number = file->number,
                                  .name = file->name,
                                  .branch_id = branch->unit->id,
                                  .region_id = branch->region->id,
                                  .stage = STAGE_EXISTING,
                                  .revision = 1};
    standing_put_in_force(&file->row, standing, zone_date_at(branch->unit->zone, at), NULL);
    event.payload = added_payload(file, &payload);
    add_event(file, &event);
    event.kind = EVENT_STANDING_CHANGED;
    event.payload = standing_payload(file, CAUSE_OPENING, &payload);
    add_event(file, &event);
    row_standing(plant, &file->row, CAUSE_OPENING, 0);
    add_command(file, &event, METHOD_CUSTOMER_ADD, 'C', file->row.key.id, file->row.version);
}

/* ---- a step ---- */

static void add_items(const struct step_result *result, struct payload *payload)
{
    struct payload items;
    const struct checked_item *sorted[POLICY_ITEMS_MAX];

    for (int i = 0; i < result->item_count; i++) {
        int place = i;
        for (; place > 0 && strcmp(sorted[place - 1]->name, result->items[i].name) > 0; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = &result->items[i];
    }
    payload_begin(&items);
    for (int i = 0; i < result->item_count; i++)
        payload_add(&items, sorted[i]->name, sorted[i]->ok ? "ok" : "wrong");
    payload_add_raw(payload, "items", payload_end(&items));
}

static const char *step_payload(const struct step_input *input, const struct step_result *result,
                                struct payload *payload)
{
    const struct application *a = &result->application;
    bool verified = input->action == EVENT_VERIFY;

    payload_begin(payload);
    payload_add_word(payload, "decided_grade", words_grade, (int)a->decided_grade);
    if (result->due_before != 0)
        payload_add_int(payload, "due_before_us", result->due_before);
    if (a->due_at != 0)
        payload_add_int(payload, "due_us", a->due_at);
    if (verified)
        payload_add_word(payload, "finding", words_finding, (int)a->finding);
    payload_add_word(payload, "from_grade", words_grade, (int)a->from.grade);
    if (verified)
        add_items(result, payload);
    if (result->late)
        payload_add_raw(payload, "late", "true");
    if (input->action == EVENT_SUBMIT) {
        payload_add(payload, "limit_currency", a->limit.currency);
        payload_add_int(payload, "limit_minor", a->limit.minor);
    }
    if (result->node != NULL)
        payload_add(payload, "node", result->node);
    if (verified)
        payload_add(payload, "opinion", input->text);
    payload_add_int(payload, "policy_version", a->policy_version);
    if (!verified && input->text != NULL)
        payload_add(payload, "reason", input->text);
    payload_add_word(payload, "to_grade", words_grade, (int)a->to_grade);
    return payload_end(payload);
}

static void accept_step(struct file *file, const struct step_input *input, const struct step_result *result,
                        struct event *event)
{
    const struct application *a = &result->application;
    struct payload payload;

    file->application = *a;
    file->row = result->customer;
    file->row.revision++;
    event->kind = input->action;
    event->application = a->key.id;
    event->from_state = a->came_from;
    event->to_state = a->state;
    event->version = a->version;
    event->payload = step_payload(input, result, &payload);
    add_event(file, event);
    if (result->standing_changed) {
        event->kind = EVENT_STANDING_CHANGED;
        event->from_state = event->to_state = STATE_NONE;
        event->version = 0;
        event->payload = standing_payload(file, CAUSE_APPLICATION, &payload);
        add_event(file, event);
        row_standing(file->plant, &file->row, CAUSE_APPLICATION, a->key.id);
    }
}

/* `due`: the due instant in place of that of the rules; 0: that one. */
static void take_step(struct file *file, const struct step_input *input, const struct user *user, int64_t at,
                      int64_t due)
{
    static const enum method methods[] = {[EVENT_SUBMIT] = METHOD_APPLICATION_SUBMIT,
                                          [EVENT_VERIFY] = METHOD_APPLICATION_VERIFY,
                                          [EVENT_APPROVE] = METHOD_APPLICATION_APPROVE,
                                          [EVENT_RECORD] = METHOD_APPLICATION_RECORD};
    struct plant *plant = file->plant;
    const struct step_context ctx = {
        .org = &plant->org, .policy = &plant->policy, .user = user, .now = at, .timer_id = random_uuid(plant, at)};
    struct event event = {.command_id = random_uuid(plant, at), .actor = user->id, .at = at};
    struct step_result result;

    if (input->action == EVENT_SUBMIT)
        workflow_submit(&ctx, &file->row, ++plant->last_number, input, &result);
    else
        workflow_step(&ctx, &file->application, &file->row, input, &result);
    CHECK(result.refusal.reason == REASON_NONE);
    if (due != 0)
        result.application.due_at = due;
    CHECK(result.application.due_at <= result.application.complete_by);
    accept_step(file, input, &result, &event);
    add_command(file, &event, methods[input->action], 'A', event.application, file->application.version);
}

/* ---- applications ---- */

static void submit(struct file *file, int64_t at)
{
    struct plant *plant = file->plant;
    enum grade other = (enum grade)(((int64_t)file->row.standing.grade + random_below(plant, 3)) % 4 + 1);
    const struct step_input input = {.action = EVENT_SUBMIT, .grade = other, .text = file->reason};

    file->application = (struct application){0};
    compose(file->reason, ANY(plant, reasons), plant->last_number);
    /* As of an evaluation before, so that the case has an amount; the row gets the volume of the trades that come last.
     */
    file->row.evaluation.volume.minor = plant->policy.bands[0].from_minor;
    memcpy(file->row.evaluation.volume.currency, plant->policy.currency, CURRENCY_BYTES);
    take_step(file, &input, file->branch->submitter, at, 0);
    file->row.evaluation.volume = (struct money){0};
}

static void verify(struct file *file, int64_t at, int64_t due)
{
    char opinion[TEXT_BYTES];
    const struct step_input input = {.action = EVENT_VERIFY, .finding = FINDING_CONFIRMED, .text = opinion};

    compose(opinion, ANY(file->plant, opinions), file->application.key.id);
    take_step(file, &input, file->branch->verifier, at, due);
}

static void approve(struct file *file, int64_t at)
{
    char decision[TEXT_BYTES];
    const struct step_input input = {.action = EVENT_APPROVE, .text = decision};

    compose(decision, ANY(file->plant, decisions), file->application.key.id);
    take_step(file, &input, any_approver(file->plant), at, 0);
}

static void record(struct file *file, int64_t at)
{
    take_step(file, &(struct step_input){.action = EVENT_RECORD}, file->branch->submitter, at, 0);
}

/* All four steps, each within `between` after the one before. */
static void close_application(struct file *file, int64_t at, int64_t between)
{
    struct plant *plant = file->plant;

    submit(file, at);
    verify(file, at += 1 + random_below(plant, between), 0);
    approve(file, at += 1 + random_below(plant, between));
    record(file, at + 1 + random_below(plant, between));
    row_application(plant, &file->application);
}

/* ---- customers ---- */

static int64_t share(int64_t all, int64_t parts, int64_t part)
{
    return all / parts + (part < all % parts);
}

static void begin_file(struct plant *plant, int64_t index, char letter, struct file *file)
{
    file->plant = plant;
    file->branch = &plant->branches[(size_t)index % plant->branch_count];
    file->application = (struct application){0};
    file->number[0] = letter;
    file->number[1 + digits_put(file->number + 1, (uint64_t)index + 1, 7)] = '\0';
    compose(file->name, ANY(plant, names), plant->last_number);
}

static void closed_customer(struct plant *plant, int64_t index)
{
    const struct options *options = &plant->options;
    const int64_t applications = share(options->applications, options->customers, index);
    const int64_t span = (plant->now - 2 * US_PER_DAY - plant->past) / (applications + 1);
    const int64_t between = span / 8 < 3 * US_PER_DAY / 2 ? span / 8 : 3 * US_PER_DAY / 2;
    char id[PUBLIC_ID_BYTES];
    struct file file;

    begin_file(plant, index, 'K', &file);
    open_file(&file, plant->past + US_PER_DAY + random_below(plant, span / 2));
    for (int64_t i = 1; i <= applications; i++)
        close_application(&file, plant->past + US_PER_DAY + i * span + random_below(plant, span / 2), between);
    if (options->trades > 0)
        trades_of_customer(plant, share(options->trades, options->customers, index), &file.row);
    row_customer(plant, &file.row);
    public_id_format('C', file.row.key, id);
    fprintf(plant->roster, "customer %s %s %s %s\n", id, file.row.number, file.branch->unit->code,
            word_name(words_grade, (int)file.row.standing.grade));
}

/* Verified within the last day. Due instants are spread over three days, in another order than the customers are
 * written: those that are due first lie apart from each other, as they do where people work. */
static void waiting_customer(struct plant *plant, int64_t index)
{
    const int64_t prime = 2654435761, count = plant->options.waiting;
    const int64_t place = index * (prime % count) % count;
    struct file file;

    begin_file(plant, index, 'W', &file);
    open_file(&file, plant->past + US_PER_DAY + random_below(plant, 700 * US_PER_DAY));
    submit(&file, plant->now - 2 * US_PER_DAY + random_below(plant, US_PER_DAY));
    verify(&file, plant->now - US_PER_DAY + random_below(plant, US_PER_DAY),
           plant->now + 3 * US_PER_DAY * (place + 1) / (count + 1));
    row_timer(plant, &file.application);
    row_application(plant, &file.application);
    row_customer(plant, &file.row);
}

void customers_make(struct plant *plant)
{
    if (plant->options.trades > 0)
        trades_begin(plant);
    for (int64_t i = 0; i < plant->options.customers; i++)
        closed_customer(plant, i);
    for (int64_t i = 0; i < plant->options.waiting; i++)
        waiting_customer(plant, i);
    if (plant->options.trades > 0)
        trades_end(plant);
}
