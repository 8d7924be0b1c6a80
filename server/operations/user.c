/* Users: add, list, disable, password, grant. Passwords are hashed by a worker before the command goes to the engine,
 * so the engine never waits for one. */
#include <string.h>

#include "common/check.h"
#include "common/text.h"
#include "org.pb-c.h"
#include "server/operations/decision.h"
#include "server/operations/peer.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"

#define LOGIN_LENGTH_MAX 64
#define NAME_LENGTH_MAX  200

static uint32_t role_bits(const Creditd__V1__Role *roles, size_t count)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < count; i++)
        bits |= ROLE_BIT((unsigned)roles[i]);
    return bits;
}

static json_t *roles_json(uint32_t bits)
{
    json_t *list = json_array();

    for (int role = ROLE_SUBMITTER; role <= ROLE_SYNC_AGENT; role++)
        if ((bits & ROLE_BIT((unsigned)role)) != 0)
            json_array_append_new(list, json_string(word_name(words_role, role)));
    return list;
}

static bool check_roles(struct command *command, enum unit_level level, uint32_t roles)
{
    enum role role = ROLE_NONE, other = ROLE_NONE;
    enum reason reason = organisation_check_roles(level, roles, &role, &other);

    if (reason == REASON_NONE)
        return true;
    decision_refuse(command, reason, "roles", "role", word_name(words_role, (int)role));
    if (reason == REASON_ROLES_CONFLICT)
        outcome_argument(&command->outcome, "other", word_name(words_role, (int)other));
    else
        outcome_argument(&command->outcome, "level", word_name(words_unit_level, (int)level));
    return false;
}

/* The named user; NULL: refused. */
static const struct user *known_user(struct command *command, const struct situation *s, const char *login)
{
    const struct user *user = login == NULL ? NULL : user_by_login(s->org, login);

    if (login == NULL || login[0] == '\0')
        decision_refuse(command, REASON_FIELD_REQUIRED, "login", NULL, NULL);
    else if (user == NULL)
        decision_refuse(command, REASON_NOT_FOUND, "login", NULL, NULL);
    return user;
}

static bool check_password(struct command *command, const char *password)
{
    if (password == NULL || password[0] == '\0')
        decision_refuse(command, REASON_FIELD_REQUIRED, "password", NULL, NULL);
    else if (text_length(password) < PASSWORD_LENGTH_MIN)
        decision_refuse(command, REASON_PASSWORD_TOO_SHORT, "password", "limit", "8");
    else if (strlen(password) > PASSWORD_BYTES_MAX)
        decision_refuse(command, REASON_FIELD_TOO_LONG, "password", "limit", "256");
    else
        return true;
    return false;
}

/* ---- hashing before the engine ---- */

static void hashed(void *arg, enum password_result result, const char *hash)
{
    struct call *call = arg;

    if (result != PASSWORD_YES) {
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
        return;
    }
    call->password_hash = arena_strdup(call->arena, hash);
    call_submit(call);
}

/* Hashes a password; only one that check_password() will refuse needs no hash. Rights are the decision's. */
static void hash_then_submit(struct call *call, const char *password)
{
    if (password == NULL || text_length(password) < PASSWORD_LENGTH_MIN || strlen(password) > PASSWORD_BYTES_MAX)
        call_submit(call);
    else if (!password_hash(call_passwords(call), password, hashed, call))
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
}

static void add_before(struct call *call)
{
    hash_then_submit(call, ((const Creditd__V1__UserAddRequest *)(const void *)call->request)->password);
}

/* ---- add ---- */

static bool login_is_valid(const char *login)
{
    size_t length = strspn(login, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@");

    return length > 0 && length <= LOGIN_LENGTH_MAX && login[length] == '\0';
}

static const struct unit *check_new_user(struct command *command, const struct situation *s,
                                         const Creditd__V1__UserAddRequest *request)
{
    const struct unit *unit = request->unit == NULL ? NULL : unit_by_code(s->org, request->unit);

    if (request->login == NULL || request->login[0] == '\0')
        decision_refuse(command, REASON_FIELD_REQUIRED, "login", NULL, NULL);
    else if (!login_is_valid(request->login) || strcmp(request->login, "system") == 0)
        decision_refuse(command, REASON_FIELD_INVALID, "login", "rule",
                        "1 to 64 of A-Z a-z 0-9 - _ . @, and not \"system\"");
    else if (user_by_login(s->org, request->login) != NULL)
        decision_refuse(command, REASON_ALREADY_EXISTS, "login", NULL, NULL);
    else if (!decision_text(command, "name", request->name, NAME_LENGTH_MAX, false))
        return NULL;
    else if (unit == NULL)
        decision_refuse(command, request->unit == NULL ? REASON_FIELD_REQUIRED : REASON_NOT_FOUND, "unit", NULL, NULL);
    else if (unit->closed)
        decision_refuse(command, REASON_UNIT_CLOSED, "unit", "unit", unit->code);
    else if (!request->has_job_level)
        decision_refuse(command, REASON_FIELD_REQUIRED, "job_level", NULL, NULL);
    else if (check_roles(command, unit->level, role_bits(request->roles, request->n_roles)) &&
             check_password(command, request->password))
        return unit;
    return NULL;
}

static void add_decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__UserAddRequest *request = (const void *)call->request;
    const struct unit *unit;
    uint32_t roles = role_bits(request->roles, request->n_roles);

    if (!decision_allowed(command, s) || (unit = check_new_user(command, s, request)) == NULL)
        return;
    CHECK(call->password_hash != NULL);
    effects->reference = (struct reference_change){.kind = REFERENCE_USER_INSERT,
                                                   .user = {.unit_id = unit->id,
                                                            .level = (enum job_level)request->job_level,
                                                            .roles = roles,
                                                            .login = request->login,
                                                            .name = request->name},
                                                   .password_hash = call->password_hash};
    decision_reference(
        command, effects, EVENT_USER_ADDED,
        payload_text(arena, json_pack("{sssssssosi}", "login", request->login, "name", request->name, "unit",
                                      unit->code, "roles", roles_json(roles), "job_level", (int)request->job_level)),
        request->login);
}

/* ---- disable, grant ---- */

static bool last_administrator(struct command *command, const struct situation *s, const struct user *user)
{
    if (!user_has(user, ROLE_ADMINISTRATOR) || organisation_has_other_administrator(s->org, user->id))
        return false;
    decision_refuse(command, REASON_LAST_ADMINISTRATOR, "login", NULL, NULL);
    return true;
}

static void disable_decide(struct command *command, const struct situation *s, struct arena *arena,
                           struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__UserDisableRequest *request = (const void *)call->request;
    const struct user *user;

    if (!decision_allowed(command, s) || (user = known_user(command, s, request->login)) == NULL)
        return;
    if (user->disabled) {
        decision_refuse(command, REASON_NOTHING_TO_CHANGE, "login", NULL, NULL);
        return;
    }
    if (last_administrator(command, s, user))
        return;
    effects->reference = (struct reference_change){.kind = REFERENCE_USER_UPDATE, .user = *user};
    effects->reference.user.disabled = true;
    decision_reference(command, effects, EVENT_USER_DISABLED,
                       payload_text(arena, json_pack("{ss}", "login", user->login)), user->login);
}

/* The unit a user belongs to after a grant: the one named, open, else his own. NULL: refused. */
static const struct unit *unit_after(struct command *command, const struct situation *s, const struct user *user,
                                     const char *code)
{
    const struct unit *unit = code == NULL ? unit_by_id(s->org, user->unit_id) : unit_by_code(s->org, code);

    if (unit == NULL)
        decision_refuse(command, REASON_NOT_FOUND, "unit", NULL, NULL);
    else if (unit->closed && code != NULL)
        decision_refuse(command, REASON_UNIT_CLOSED, "unit", "unit", unit->code);
    else
        return unit;
    return NULL;
}

static void grant_decide(struct command *command, const struct situation *s, struct arena *arena,
                         struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__UserGrantRequest *request = (const void *)call->request;
    const struct user *user;
    const struct unit *unit;
    struct user after;

    if (!decision_allowed(command, s) || (user = known_user(command, s, request->login)) == NULL ||
        (unit = unit_after(command, s, user, request->unit)) == NULL)
        return;
    after = *user;
    after.unit_id = unit->id;
    after.roles |= role_bits(request->grant, request->n_grant);
    after.roles &= ~role_bits(request->revoke, request->n_revoke);
    if (request->has_job_level)
        after.level = (enum job_level)request->job_level;
    if (after.roles == user->roles && after.level == user->level && after.unit_id == user->unit_id) {
        decision_refuse(command, REASON_NOTHING_TO_CHANGE, "roles", NULL, NULL);
        return;
    }
    if (!check_roles(command, unit->level, after.roles) ||
        (!user_has(&after, ROLE_ADMINISTRATOR) && last_administrator(command, s, user)))
        return;
    effects->reference = (struct reference_change){.kind = REFERENCE_USER_UPDATE, .user = after};
    decision_reference(
        command, effects, EVENT_USER_GRANTED,
        payload_text(arena, json_pack("{sssosiss}", "login", user->login, "roles", roles_json(after.roles), "job_level",
                                      (int)after.level, "unit", unit->code)),
        user->login);
}

/* ---- password ---- */

/* What the old password was compared with; call->state of whoever changes his own. */
struct old_password {
    struct password_found found;
    bool wrong;
};

/* Is the password to be changed the asker's own? */
static bool own_password(const struct call *call)
{
    const Creditd__V1__UserPasswordRequest *request = (const void *)call->request;
    const struct user *user = call_user(call);

    return user != NULL && (request->login == NULL || strcmp(request->login, user->login) == 0);
}

/* A wrong one is for the decision to refuse: when the command is a repeat, the old password is no longer the user's and
 * the stored outcome is the answer. */
static void old_checked(void *arg, enum password_result result, const char *hash)
{
    struct call *call = arg;
    struct old_password *old = call->state;
    const Creditd__V1__UserPasswordRequest *request = (const void *)call->request;

    (void)hash;
    old->wrong = result == PASSWORD_NO;
    if (result == PASSWORD_LOST)
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
    else if (result == PASSWORD_YES)
        hash_then_submit(call, request->password);
    else
        call_submit(call);
}

static void old_read(void *arg, enum store_result result)
{
    struct call *call = arg;
    const struct old_password *old = call->state;
    const Creditd__V1__UserPasswordRequest *request = (const void *)call->request;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (!password_verify(call_passwords(call), old->found.found ? old->found.hash : NULL, request->old_password,
                              old_checked, call))
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
}

/* One's own password needs the old one. */
static void password_before(struct call *call)
{
    const Creditd__V1__UserPasswordRequest *request = (const void *)call->request;
    struct old_password *old = ARENA_NEW(call->arena, struct old_password);
    struct store *sessions = call_sessions(call);

    if (!own_password(call)) {
        hash_then_submit(call, request->password);
        return;
    }
    if (request->old_password == NULL || strlen(request->old_password) > PASSWORD_BYTES_MAX) {
        call_refuse(call, REASON_FIELD_REQUIRED, "old_password", NULL, NULL);
        return;
    }
    if (sessions == NULL) {
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
        return;
    }
    call->state = old;
    store_read_password(sessions, call_user(call)->login, call->arena, &old->found, old_read, call);
}

/* Whose password it is: the asker's own, or anybody's for an administrator. NULL: refused. */
static const struct user *password_owner(struct command *command, const struct situation *s,
                                         const Creditd__V1__UserPasswordRequest *request)
{
    if (request->login == NULL || strcmp(request->login, s->user->login) == 0)
        return s->user;
    if (user_has(s->user, ROLE_ADMINISTRATOR))
        return known_user(command, s, request->login);
    decision_refuse(command, REASON_ROLE_MISSING, "login", "role", word_name(words_role, ROLE_ADMINISTRATOR));
    return NULL;
}

static void password_decide(struct command *command, const struct situation *s, struct arena *arena,
                            struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__UserPasswordRequest *request = (const void *)call->request;
    const struct old_password *old = call->state;
    const struct user *user;

    if (!decision_allowed(command, s) || (user = password_owner(command, s, request)) == NULL)
        return;
    if (user == s->user && (old == NULL || old->wrong)) {
        decision_refuse(command, old == NULL ? REASON_FIELD_REQUIRED : REASON_LOGIN_FAILED, "old_password", NULL, NULL);
        return;
    }
    if (!check_password(command, request->password))
        return;
    CHECK(call->password_hash != NULL);
    effects->reference = (struct reference_change){.kind = REFERENCE_USER_PASSWORD,
                                                   .user = *user,
                                                   .password_hash = call->password_hash,
                                                   .password_before = old == NULL ? NULL : old->found.hash};
    decision_reference(command, effects, EVENT_USER_PASSWORD,
                       payload_text(arena, json_pack("{ss}", "login", user->login)), user->login);
}

/* ---- list ---- */

static Creditd__V1__User *view_one(struct call *call, const struct user *user)
{
    Creditd__V1__User *out = ARENA_NEW(call->arena, Creditd__V1__User);

    creditd__v1__user__init(out);
    out->login = arena_strdup(call->arena, user->login);
    out->name = arena_strdup(call->arena, user->name);
    out->unit = view_unit(call, user->unit_id);
    out->has_job_level = true;
    out->job_level = (Creditd__V1__JobLevel)user->level;
    out->roles = view_roles(call, user, &out->n_roles);
    out->has_disabled = true;
    out->disabled = user->disabled;
    return out;
}

static void list_start(struct call *call)
{
    const Creditd__V1__UserListRequest *request = (const void *)call->request;
    const struct organisation *org = call_org(call);
    const struct unit *top = unit_by_id(org, call_user(call)->unit_id), *asked = top;
    Creditd__V1__UserListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__UserListAnswer);

    if (request->unit != NULL)
        asked = unit_by_code(org, request->unit);
    if (asked == NULL || !unit_within(org, asked, top)) {
        call_refuse(call, REASON_NOT_FOUND, "unit", NULL, NULL);
        return;
    }
    creditd__v1__user_list_answer__init(body);
    body->users = ARENA_ARRAY(call->arena, Creditd__V1__User *, org->user_count + 1);
    for (size_t i = 0; i < org->user_count; i++)
        if (unit_within(org, unit_by_id(org, org->users[i].unit_id), asked))
            body->users[body->n_users++] = view_one(call, &org->users[i]);
    call_answer(call, &body->base);
}

#define USER_COMMAND(NAME, METHOD, BEFORE, DECIDE)                                                                     \
    const struct operation operation_user_##NAME = {                                                                   \
        .method = METHOD,                                                                                              \
        .kind = OPERATION_COMMAND,                                                                                     \
        .request = &creditd__v1__user_##NAME##_request__descriptor,                                                    \
        .prepare = decision_prepare_reference,                                                                         \
        .before = BEFORE,                                                                                              \
        .command = {.method = METHOD, .reference = true, .decide = DECIDE},                                            \
    }

USER_COMMAND(add, METHOD_USER_ADD, add_before, add_decide);
USER_COMMAND(disable, METHOD_USER_DISABLE, NULL, disable_decide);
USER_COMMAND(password, METHOD_USER_PASSWORD, password_before, password_decide);
USER_COMMAND(grant, METHOD_USER_GRANT, NULL, grant_decide);

const struct operation operation_user_list = {.method = METHOD_USER_LIST,
                                              .kind = OPERATION_MEMORY,
                                              .request = &creditd__v1__user_list_request__descriptor,
                                              .start = list_start};
