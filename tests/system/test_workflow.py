"""The workflow through creditctl -o json (acceptance 3): the ways of a change, refusals with reason and exit code of
which nothing is left, and what a clerk, an administrator and another region see of it."""
import itertools
import re

import pytest

from harness import dump
from harness import creditproto as wire

_numbers = itertools.count(1)
KEYS = {"id", "state", "version", "customer_id", "from_grade", "to_grade", "off_criteria", "due_at", "complete_by",
        "overdue"}


@pytest.fixture
def customer(connect):
    """A fresh key account of B11, grade red."""
    number = f"W-{next(_numbers):03}"
    return connect("app").do("customer_add", number=number, name="流程公司", branch="B11",
                             opening_grade="red")["customer"]["id"]


@pytest.fixture(scope="module")
def step(cli):
    """step(profile, verb, id, ...): the application after a step that must succeed."""
    return lambda profile, verb, *words: cli(profile, "application", verb, *words).json


@pytest.fixture
def submitted(step, customer):
    return step("sub11", "submit", customer, "--to", "green", "--reason", "a good year")


@pytest.fixture
def verified(step, submitted):
    return step("ver1", "verify", submitted["id"], "--finding", "confirmed", "--opinion", "seen")


def grade(cli, customer):
    return cli("aud", "customer", "show", customer).json.get("grade")


# ---- the ways ----

def test_submit_verify_approve_record(cli, step, customer):
    shown = step("sub11", "submit", customer, "--to", "green", "--reason", "a good year")
    assert KEYS <= shown.keys()
    assert re.fullmatch(r"A-01-\d+", shown["id"])
    assert (shown["state"], shown["version"]) == ("submitted", 1)
    assert (shown["from_grade"], shown["to_grade"]) == ("red", "green")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)", shown["due_at"])
    shown = step("ver1", "verify", shown["id"], "--finding", "doubtful", "--opinion", "figures differ", "--item",
                 "statements=wrong", "--item", "licence=ok")
    assert (shown["state"], shown["finding"]) == ("verified", "doubtful")
    shown = step("app", "approve", shown["id"])
    assert (shown["state"], shown["decided_grade"]) == ("approved", "green")
    assert grade(cli, customer) == "red", "approved is not in force"
    shown = step("sub11", "record", shown["id"])
    assert (shown["state"], shown["version"]) == ("recorded", 4) and "due_at" not in shown
    assert grade(cli, customer) == "green"
    entries = [e for e in cli("sub11", "application", "history", shown["id"]).json if e.get("to_state")]
    assert [(e["kind"], e["actor"]) for e in entries] == [("submit", "sub11"), ("verify", "ver1"), ("approve", "app"),
                                                          ("record", "sub11")]
    assert "a good year" in str(entries[0]) and "figures differ" in str(entries[1])
    assert "statements" in str(entries[1]) and "wrong" in str(entries[1])


def test_return_and_resubmit_then_in_force(cli, step, customer):
    shown = step("sub11", "submit", customer, "--to", "yellow", "--reason", "r")
    step("ver1", "return", shown["id"], "--reason", "which year?")
    shown = step("sub11b", "resubmit", shown["id"], "--to", "green", "--reason", "this one")
    assert (shown["state"], shown["to_grade"]) == ("submitted", "green")
    step("ver1", "verify", shown["id"], "--finding", "confirmed", "--opinion", "o")
    step("app", "return", shown["id"], "--reason", "not yet clear")
    step("sub11", "resubmit", shown["id"])
    step("ver1", "verify", shown["id"], "--finding", "confirmed", "--opinion", "o")
    step("appb", "approve", shown["id"])
    assert step("sub11b", "record", shown["id"])["version"] == 9
    assert grade(cli, customer) == "green"


def test_a_grade_between(cli, step, customer, verified):
    shown = step("app", "approve", verified["id"], "--grade", "yellow", "--reason", "step by step")
    assert (shown["to_grade"], shown["decided_grade"]) == ("green", "yellow")
    step("sub11", "record", verified["id"])
    assert grade(cli, customer) == "yellow"


def test_reject(cli, step, customer, verified):
    shown = step("appb", "reject", verified["id"], "--reason", "too early")
    assert shown["state"] == "rejected" and "decided_grade" not in shown
    assert grade(cli, customer) == "red"


@pytest.mark.parametrize("state", ["submitted", "returned", "verified"])
def test_withdraw(cli, step, customer, submitted, state):
    if state == "returned":
        step("ver1", "return", submitted["id"], "--reason", "r")
    elif state == "verified":
        step("ver1", "verify", submitted["id"], "--finding", "confirmed", "--opinion", "o")
    assert step("sub11b", "withdraw", submitted["id"], "--reason", "no need")["state"] == "withdrawn"
    assert grade(cli, customer) == "red"
    assert "open_application_id" not in cli("sub11", "customer", "show", customer).json


def test_inbox_and_explain(cli, step, submitted):
    identity = submitted["id"]

    def has(profile):
        return identity in {a["id"] for a in cli(profile, "inbox").json if a["kind"] == "application"}
    assert has("ver1") and not has("sub11") and not has("app") and not has("ver2")
    told = cli("sub11", "application", "explain", identity).json
    assert "verify" in str(told) and "R1" in str(told) and "ver1b" in str(told)
    step("ver1", "verify", identity, "--finding", "confirmed", "--opinion", "o")
    assert has("app") and not has("ver1")
    step("app", "approve", identity)
    assert has("sub11") and has("sub11b") and not has("app")


def test_lists_as_array_lines_and_csv(cli, submitted):
    listed = cli("sub11", "application", "list").json
    assert isinstance(listed, list) and submitted["id"] in {a["id"] for a in listed}
    lines = cli("sub11", "application", "list", output="jsonl").stdout.splitlines()
    assert len(lines) == len(listed) and all(line.startswith("{") for line in lines)
    rows = cli("sub11", "application", "list", output="csv").stdout.splitlines()
    assert len(rows) == len(listed) + 1 and rows[0].lstrip("\ufeff").startswith("id,")


# ---- refusals ----

REFUSALS = [
    # who, words ({a} application, {c} its customer, {v} its version), state, reason, exit code
    ("clerk11", "submit {c} --to green --reason r", "none", "LEVEL_TOO_LOW", 5),
    ("ver1", "submit {c} --to green --reason r", "none", "ROLE_MISSING", 5),
    ("app", "submit {c} --to green --reason r", "none", "ROLE_MISSING", 5),
    ("admin", "submit {c} --to green --reason r", "none", "ADMINISTRATOR_ONLY_UNITS_AND_USERS", 5),
    ("sub12", "submit {c} --to green --reason r", "none", "NOT_FOUND", 3),
    ("sub21", "submit {c} --to green --reason r", "none", "NOT_FOUND", 3),
    ("sub11", "submit C-01-999999 --to green --reason r", "none", "NOT_FOUND", 3),
    ("sub11", "submit {c} --to green", "none", "REASON_REQUIRED", 7),
    ("sub11", "submit {c} --to red --reason r", "none", "SAME_GRADE", 7),
    ("sub11", "submit {c} --to green --reason " + "长" * 2001, "none", "FIELD_TOO_LONG", 7),
    ("sub11", "submit {c} --to green --reason r --if-version 77", "none", "STALE_VERSION", 6),
    ("sub11", "submit {c} --to yellow --reason r", "submitted", "OPEN_APPLICATION_EXISTS", 6),
    ("sub11", "verify {a} --finding confirmed --opinion o", "submitted", "NOT_YOUR_UNIT", 5),
    ("app", "verify {a} --finding confirmed --opinion o", "submitted", "ROLE_MISSING", 5),
    ("verclerk1", "verify {a} --finding confirmed --opinion o", "submitted", "LEVEL_TOO_LOW", 5),
    ("ver2", "verify {a} --finding confirmed --opinion o", "submitted", "NOT_FOUND", 3),
    ("ver2", "return {a} --reason r", "submitted", "NOT_FOUND", 3),
    ("admin", "verify {a} --finding confirmed --opinion o", "submitted", "ADMINISTRATOR_ONLY_UNITS_AND_USERS", 5),
    ("admaud", "verify {a} --finding confirmed --opinion o", "submitted", "ADMINISTRATOR_ONLY_UNITS_AND_USERS", 5),
    ("ver1", "verify {a} --finding confirmed", "submitted", "OPINION_REQUIRED", 7),
    ("ver1", "verify {a} --opinion o", "submitted", "FINDING_REQUIRED", 7),
    ("ver1", "verify {a} --finding confirmed --opinion " + "o" * 2001, "submitted", "FIELD_TOO_LONG", 7),
    ("ver1", "verify {a} --finding confirmed --opinion o --item colour=ok", "submitted", "UNKNOWN_ITEM", 7),
    ("ver1", "verify {a} --finding confirmed --opinion o --item licence=wrong", "submitted",
     "FINDING_CONTRADICTS_ITEMS", 7),
    ("ver1", "verify {a} --finding confirmed --opinion o --if-version 9", "submitted", "STALE_VERSION", 6),
    ("ver1", "return {a}", "submitted", "REASON_REQUIRED", 7),
    ("app", "return {a} --reason r", "submitted", "NOT_YOUR_UNIT", 5),
    ("app", "approve {a}", "submitted", "STATE_CHANGED", 6),
    ("sub11", "record {a}", "submitted", "STATE_CHANGED", 6),
    ("sub11", "resubmit {a}", "submitted", "STATE_CHANGED", 6),
    ("sub12", "withdraw {a}", "submitted", "NOT_FOUND", 3),
    ("sub11", "approve {a}", "verified", "ROLE_MISSING", 5),
    ("ver1", "approve {a}", "verified", "ROLE_MISSING", 5),
    ("cmo", "approve {a}", "verified", "ROLE_MISSING", 5),
    ("aud", "approve {a}", "verified", "ROLE_MISSING", 5),
    ("appclerk", "approve {a}", "verified", "LEVEL_TOO_LOW", 5),
    ("admin", "approve {a}", "verified", "ADMINISTRATOR_ONLY_UNITS_AND_USERS", 5),
    ("admin", "reject {a} --reason r", "verified", "ADMINISTRATOR_ONLY_UNITS_AND_USERS", 5),
    ("ver1", "return {a} --reason r", "verified", "NOT_YOUR_UNIT", 5),
    ("ver1", "verify {a} --finding confirmed --opinion o", "verified", "STATE_CHANGED", 6),
    ("app", "approve {a} --if-version 1", "verified", "STALE_VERSION", 6),
    ("app", "approve {a} --grade black --reason r", "verified", "GRADE_NOT_BETWEEN", 7),
    ("app", "approve {a} --grade red --reason r", "verified", "GRADE_NOT_BETWEEN", 7),
    ("app", "approve {a} --grade yellow", "verified", "REASON_REQUIRED", 7),
    ("app", "reject {a}", "verified", "REASON_REQUIRED", 7),
    ("app", "approve A-01-999999", "verified", "NOT_FOUND", 3),
    ("appb", "approve {a}", "approved", "ALREADY_DECIDED", 6),
    ("appb", "reject {a} --reason r", "approved", "ALREADY_DECIDED", 6),
    ("sub11", "withdraw {a}", "approved", "STATE_CHANGED", 6),
    ("admin", "record {a}", "approved", "ADMINISTRATOR_ONLY_UNITS_AND_USERS", 5),
    ("sub12", "record {a}", "approved", "NOT_FOUND", 3),
    ("ver1", "verify {a} --finding confirmed --opinion o", "recorded", "ALREADY_DECIDED", 6),
    ("sub11", "record {a}", "recorded", "STATE_CHANGED", 6),
    # who verified it works at HQ today
    ("mover", "approve {a}", "verifier moved to HQ", "OWN_CASE", 5),
    ("mover", "reject {a} --reason r", "verifier moved to HQ", "OWN_CASE", 5),
    ("mover", "return {a} --reason r", "verifier moved to HQ", "OWN_CASE", 5),
    # who entered it works at the region today
    ("mover2", "verify {a} --finding confirmed --opinion o", "submitter moved to R1", "OWN_CASE", 5),
    ("mover2", "return {a} --reason r", "submitter moved to R1", "OWN_CASE", 5),
]


def bring(connect, customer, state):
    """Brings a fresh case of a customer into a state, by the protocol; its id (None: no case)."""
    if state == "none":
        return None
    case = {"application": connect("sub11").do("application_submit", customer=customer, to_grade="green",
                                               reason="r")["application"]["id"]}
    look = {"finding": "confirmed", "opinion": "o", **case}
    if state in ("returned", "withdrawn"):
        who, step = {"returned": ("ver1", "return"), "withdrawn": ("sub11", "withdraw")}[state]
        connect(who).do("application_" + step, reason="r", **case)
        return case["application"]
    if state == "submitter moved to R1":
        return move_submitter(connect, case["application"])
    if state == "verifier moved to HQ":
        move_verifier(connect, look)
        return case["application"]
    if state == "submitted":
        return case["application"]
    connect("ver1").do("application_verify", **look)
    if state == "rejected":
        connect("app").do("application_reject", reason="r", **case)
    if state in ("approved", "recorded"):
        connect("app").do("application_approve", **case)
    if state == "recorded":
        connect("sub11").do("application_record", **case)
    return case["application"]


def add_mover(connect, login, unit, role):
    connect("admin").do("user_add", login=login, name=login, unit=unit, job_level="manager", roles=[role],
                        password=f"{login} password")


def move_verifier(connect, look):
    """A verifier verifies, and is moved to HQ and made an approver."""
    add_mover(connect, "mover", "R1", "verifier")
    with connect.new() as client:
        client.login("mover", "mover password")
        client.do("application_verify", **look)
    connect("admin").do("user_grant", login="mover", unit="HQ", grant=["approver"], revoke=["verifier"])


def move_submitter(connect, application):
    """A returned case is submitted anew by somebody who is then moved to the region and made a verifier."""
    add_mover(connect, "mover2", "B11", "submitter")
    connect("ver1").do("application_return", application=application, reason="r")
    with connect.new() as client:
        client.login("mover2", "mover2 password")
        client.do("application_resubmit", application=application)
    connect("admin").do("user_grant", login="mover2", unit="R1", grant=["verifier"], revoke=["submitter"])
    return application


@pytest.fixture(scope="module")
def cases(connect, cli):
    """state -> (customer, application), made once: a refusal changes nothing."""
    made = {}

    def of(state):
        if state not in made:
            number = f"X-{next(_numbers):03}"
            customer = connect("app").do("customer_add", number=number, name="拒绝公司", branch="B11",
                                         opening_grade="red")["customer"]["id"]
            made[state] = customer, bring(connect, customer, state)
            mover = {"verifier moved to HQ": "mover", "submitter moved to R1": "mover2"}.get(state)
            if mover is not None:
                assert cli.login(mover, f"{mover} password").code == 0
        return made[state]
    return of


# The field of the request that a reason is about; NOT_FOUND names what was looked for.
FIELD_OF = {"REASON_REQUIRED": "reason", "SAME_GRADE": "to_grade", "OPINION_REQUIRED": "opinion",
            "FINDING_REQUIRED": "finding", "UNKNOWN_ITEM": "item", "FINDING_CONTRADICTS_ITEMS": "finding",
            "GRADE_NOT_BETWEEN": "grade", "STALE_VERSION": "if_version", "OPEN_APPLICATION_EXISTS": "customer"}


def field_of(words, reason):
    if reason == "NOT_FOUND":
        return "customer" if words.startswith("submit") else "application"
    if reason == "FIELD_TOO_LONG":
        return "opinion" if words.startswith("verify") else "reason"
    return FIELD_OF.get(reason)


def test_there_are_enough_refusals():
    assert len(REFUSALS) >= 24
    assert len({(reason) for *_, reason, _ in REFUSALS}) >= 15


@pytest.mark.parametrize("who, words, state, reason, code", REFUSALS,
                         ids=[f"{r[0]} {r[1].split()[0]} {r[3]} {n}" for n, r in enumerate(REFUSALS)])
def test_refused_and_nothing_changed(cli, pg, cases, who, words, state, reason, code):
    customer, application = cases(state)
    before = business_rows(pg)
    done = cli(who, "application", *words.format(c=customer, a=application).split(), code=code)
    error = done.error
    assert done.stdout == "" and error["reason"] == reason, done
    assert error.get("field") == field_of(words, reason), done
    assert error["executed"] is False and error["retryable"] is False
    assert error["message"] and error["command_id"]
    assert business_rows(pg) == before


def business_rows(pg):
    """All that a refusal may not touch: everything but the row of the refused command, and the clock."""
    held = dump.standing_still(pg.owner)
    del held["commands"]
    return held


@pytest.mark.parametrize("words", ["submit {c} --to purple --reason r", "verify {a} --finding maybe --opinion o",
                                   "approve {a} --grade 7", "submit {c}", "approve", "frobnicate {a}"])
def test_what_creditctl_refuses_itself_is_a_usage_error(cli, pg, cases, words):
    customer, application = cases("verified")
    before = dump.standing_still(pg.owner)
    done = cli("sub11", "application", *words.format(c=customer, a=application).split(), code=2)
    assert done.stdout == "" and done.error["message"]
    assert dump.standing_still(pg.owner) == before


def test_not_logged_in(cli):
    done = cli("nobody", "application", "list", code=4)
    assert done.error["reason"] == "NOT_LOGGED_IN"


# ---- repeats ----

def test_the_same_command_id_again(cli, pg, customer):
    def untouched():
        held = business_rows(pg)
        del held["read_audit"]  # a repeat shows the case anew
        return held
    command_id = wire.id_text(wire.new_command_id())
    words = ("application", "submit", customer, "--to", "green", "--reason", "r", "--command-id", command_id)
    first = cli("sub11", *words).json
    before = untouched()
    again = cli("sub11", *words).json
    assert again["id"] == first["id"] and untouched() == before
    other = cli("sub11", "application", "submit", customer, "--to", "yellow", "--reason", "r", "--command-id",
                command_id, code=6)
    assert other.error["reason"] == "ID_REUSED"
    stolen = cli("sub11b", *words, code=6)
    assert stolen.error["reason"] == "ID_REUSED"
    outcome = cli("sub11", "outcome", command_id).json
    assert first["id"] in str(outcome) and untouched() == before


# ---- who sees what ----

CREDIT_WORDS = re.compile(r"green|yellow|\bred\b|black|绿|黄|红|黑|from_grade|to_grade|decided_grade|\"grade\"|limit|"
                          r"\brate\b|volume", re.IGNORECASE)
STATES = ("submitted", "returned", "verified", "approved", "recorded", "rejected", "withdrawn")
CLERKS = ("clerk11", "sync11", "verclerk1", "appclerk")
CLERK_READS = ["customer list", "customer show {c}", "application list", "application show {a}",
               "application history {a}", "application explain {a}", "inbox", "auth status", "org list"]
CLERK_REFUSALS = ["customer list --grade green", "application submit {c} --to green --reason r",
                  "application approve {a}", "application record {a}", "application withdraw {a}"]


@pytest.fixture(scope="module")
def every_state(cases):
    """A case in each state, so that lists hold them all: state -> (customer, application)."""
    return {state: cases(state) for state in STATES}


def test_no_answer_to_a_clerk_holds_credit_information(connect, every_state):
    """Every read of every clerk-level user, about a case in every state, as it stands on the wire."""
    for login in CLERKS:
        client = connect(login)
        asked = [(name, {}) for name in ("customer_list", "application_list", "inbox", "whoami", "unit_list")]
        for customer, application in every_state.values():
            asked.append(("customer_show", {"customer": customer}))
            asked += [("application_" + name, {"application": application}) for name in ("show", "history", "explain")]
        answered = 0
        for name, fields in asked:
            reply = client.call(name, **fields)
            said = str((reply.reason, reply.field, reply.arguments, reply.body))
            assert not CREDIT_WORDS.search(said), (login, name, said)
            assert reply.ok or reply.reason in ("ROLE_MISSING", "LEVEL_TOO_LOW"), (login, name, reply)
            answered += reply.ok
        assert answered >= (2 if login == "sync11" else len(STATES)), login


def said_to_a_clerk(cli, words, customer, application, *options):
    """All that creditctl prints; which field was refused may be named."""
    done = cli.run("-p", "clerk11", *words.format(c=customer, a=application).split(), *options)
    assert done.code in (0, 5), done
    said = done.stdout + done.stderr
    if "--grade" in words or "--to" in words:
        said = said.replace('"field":"grade"', '').replace('field: grade', '')
    if done.stdout.count("\n") == 1 and "csv" in options:
        said = done.stderr  # a header without rows
    assert not CREDIT_WORDS.search(said), done
    return done


@pytest.mark.parametrize("options", [["-o", "json", "-v"], ["-o", "jsonl"], ["-o", "csv"], ["-o", "table"],
                                     ["-o", "table", "--lang", "zh_CN"]], ids=" ".join)
def test_creditctl_shows_a_clerk_no_credit_information(cli, every_state, options):
    for words in CLERK_READS:
        said_to_a_clerk(cli, words, *every_state["recorded"], *options)


@pytest.mark.parametrize("options", [["-o", "json"], ["-o", "table"]], ids=" ".join)
def test_no_refusal_tells_a_clerk_credit_information(cli, every_state, options):
    for words in CLERK_REFUSALS:
        assert said_to_a_clerk(cli, words, *every_state["verified"], *options).code == 5
    done = cli("clerk11", "application", "approve", every_state["verified"][1], code=5)
    said_to_a_clerk(cli, f"outcome {done.error['command_id']}", "", "", *options)


def test_a_clerk_is_told_a_verdict(cli, every_state):
    shown = cli("clerk11", "customer", "show", every_state["verified"][0]).json
    assert "grade" not in shown and shown["verdict"] in ("open", "on_hold")


def test_a_supervisor_sees_it(cli, cases):
    """The walk above means something: the same commands show grades to who may see them."""
    customer, application = cases("verified")
    for words in ("customer show {c}", "application show {a}", "application history {a}"):
        assert CREDIT_WORDS.search(cli("sub11", *words.format(c=customer, a=application).split()).stdout)


def test_another_region_finds_nothing(cli, cases):
    customer, application = cases("submitted")
    for words in ("show", "history", "explain"):
        assert cli("ver2", "application", words, application, code=3).error["reason"] == "NOT_FOUND"
    assert cli("ver2", "customer", "show", customer, code=3).error["reason"] == "NOT_FOUND"
    assert application not in cli("ver2", "application", "list").stdout
    assert customer not in cli("ver2", "customer", "list").stdout


ADMINISTRATOR_TRIES = ["submit {c} --to green --reason r", "verify {a} --finding confirmed --opinion o",
                       "return {a} --reason r", "resubmit {a}", "approve {a}", "reject {a} --reason r", "withdraw {a}",
                       "record {a}", "show {a}", "list", "history {a}", "explain {a}"]


@pytest.mark.parametrize("words", ADMINISTRATOR_TRIES)
def test_an_administrator_does_no_business(cli, cases, words):
    customer, application = cases("verified")
    done = cli("admin", "application", *words.format(c=customer, a=application).split(), code=5)
    assert done.error["reason"] == "ADMINISTRATOR_ONLY_UNITS_AND_USERS" and done.stdout == ""
