"""What creditctl says to do next when something was refused: there is a row for every reason, and whoever can be told
so may run the command that it names."""
import re
from typing import NamedTuple

import pytest

from harness import paths

# who, words ({a} a verified application, {c} its customer, {n} a customer without one), reason, field, in the hint
REFUSED = [
    ("clerk11", "application submit {c} --to green --reason r", "LEVEL_TOO_LOW", None, "auth status"),
    ("ver1", "application submit {c} --to green --reason r", "ROLE_MISSING", None, "auth status"),
    ("admin", "application submit {c} --to green --reason r", "ADMINISTRATOR_ONLY_UNITS_AND_USERS", None, "auth login"),
    ("sub12", "application submit {c} --to green --reason r", "NOT_FOUND", "customer", "customer list"),
    ("sub12", "application withdraw {a}", "NOT_FOUND", "application", "application list"),
    ("sub11", "application submit {n} --to green", "REASON_REQUIRED", "reason", "--reason"),
    ("sub11", "application submit {n} --to yellow --reason r", "SAME_GRADE", "to_grade", "--to"),
    ("sub11", "application submit {n} --to green --reason r --if-version 77", "STALE_VERSION", "if_version",
     "customer show {n}"),
    ("sub11", "application submit {c} --to green --reason r", "OPEN_APPLICATION_EXISTS", "customer",
     "application show {a}"),
    ("app", "application approve {a} --if-version 9", "STALE_VERSION", "if_version", "application show {a}"),
    ("ver1", "application verify {a} --finding confirmed --opinion o", "STATE_CHANGED", None, "application show {a}"),
    ("ver1", "application return {a} --reason r", "NOT_YOUR_UNIT", None, "application explain {a}"),
    ("app", "application approve {a} --grade black --reason r", "GRADE_NOT_BETWEEN", "grade", "reject {a}"),
    ("app", "application approve {a} --reason r --grade purple", "UNKNOWN_GRADE", "grade", "help application approve"),
    ("app", "application approve A-01-999999", "NOT_FOUND", "application", "application list"),
    ("admin", "org close B11", "UNIT_NOT_EMPTY", "code", "org list"),
    ("admin", "org move B11 --parent NOWHERE", "NOT_FOUND", "parent", "org list"),
    ("admin", "org create B99 --name x --level branch --parent HQ", "BAD_PARENT", "parent", "org list"),
    ("admin", "org create B99 --name x --level branch --parent R1 --zone Mars", "FIELD_INVALID", "zone",
     "help org create"),
    ("admin", "org create R1 --name x --level region --parent HQ", "ALREADY_EXISTS", "code", "org list"),
    ("admin", "user grant sub11 --role verifier", "ROLE_NOT_FOR_LEVEL", "roles", "user list"),
    ("admin", "user grant app --role administrator", "ROLES_CONFLICT", "roles", "user grant app --revoke"),
    ("admin", "user grant sub11 --role submitter", "NOTHING_TO_CHANGE", "roles", "user list"),
    ("nobody", "org list", "NOT_LOGGED_IN", None, "creditctl -p nobody auth login"),
    ("app", "org list --timeout soon", "USAGE", "timeout", "--timeout 30s"),
    ("sub11", "customer edit {n} --manager no.such", "NOT_FOUND", "manager", "administrator"),
    ("sub11", "customer edit {c} --manager ver1", "OWN_CASE", "manager", "customer show {c}"),
    ("app", "application countersign {a} --add no.such", "NOT_FOUND", "add", "application explain {a}"),
    ("app", "application countersign {a} --drop no.such", "NOT_FOUND", "drop", "application show {a}"),
    ("app", "application transfer {a} no.such", "NOT_FOUND", "to", "application explain {a}"),
    ("app", "application assist {a} --ask appclerk --reason r", "CANNOT_ASSIST", "to", "policy route explain CUSTOMER"),
    ("app", "application return {a} --node nowhere --reason r", "UNKNOWN_NODE", "node", "policy route explain CUSTOMER"),
    ("app", "application policy {a} --version 77 --reason r", "NOT_FOUND", "policy_version", "policy list"),
    ("sub11", "delegation grant no.such --until 2099-01-01", "NOT_FOUND", "substitute", "administrator"),
    ("app", "org list --tz Mars", "USAGE", "tz", "--tz"),
    ("app", "org list --ca /nowhere", "CA", "ca", "--ca"),
    ("app", "org list --command-id 7", "USAGE", "command_id", "--command-id"),
    ("app", "outcome 7", "USAGE", "command_id", "outcome"),
    ("app", "inbox --limit 0", "USAGE", "limit", "help inbox"),
    ("app", "inbox --watch --limit 5", "USAGE", "limit", "help inbox"),
    ("admin", "admin clock advance soon", "USAGE", "duration", "3d"),
]
# after verification by two, in turn
REFUSED_TO_VERIFY = [
    ("ver1", "verify {a} --finding confirmed", "OPINION_REQUIRED", "opinion", "--opinion"),
    ("ver1", "verify {a} --opinion o", "FINDING_REQUIRED", "finding", "--finding"),
    ("ver1", "verify {a} --finding confirmed --opinion o --item colour=ok", "UNKNOWN_ITEM", "item", "policy"),
    ("ver1", "verify {a} --finding confirmed --opinion o --item licence=wrong", "FINDING_CONTRADICTS_ITEMS", "finding",
     "--finding doubtful"),
]


@pytest.fixture(scope="module")
def cases(connect):
    """Names of the cases that the tables use."""
    def submit(number):
        return connect("sub11").do("application_submit", customer=number, to_grade="green",
                                   reason="r")["application"]["id"]
    verified, again = submit("K11-06"), submit("K11-07")
    look = {"finding": "confirmed", "opinion": "o"}
    connect("ver1").do("application_verify", application=verified, **look)
    for login in ("ver1b", "ver1"):
        connect(login).do("application_verify", application=again, **look)
        connect("app").do("application_return", application=again, reason="r")
        connect("sub11").do("application_resubmit", application=again)
    return {"a": verified, "c": "K11-06", "n": "K11-09"}, {"a": again}


@pytest.mark.parametrize("who, words, reason, field, hint",
                         REFUSED + [(w, f"application {a}", *rest) for w, a, *rest in REFUSED_TO_VERIFY],
                         ids=lambda value: value if isinstance(value, str) and value.isupper() else "")
def test_every_refusal_says_what_to_do_next(cli, cases, who, words, reason, field, hint):
    names = cases[1] if "verify {a}" in words and reason != "STATE_CHANGED" else cases[0]
    done = cli(who, *words.format(**names).split(), code=None)
    error = done.error
    assert (error["reason"], error.get("field")) == (reason, field), done
    assert hint.format(**names) in error["hint"] and "{" not in error["hint"] and "?" not in error["hint"], error
    if "creditctl" in error["hint"] and not hint.startswith("creditctl"):
        assert f"creditctl -p {who}" in error["hint"], error
    shown = cli(who, "--lang", "zh_CN", *words.format(**names).split(), code=None, output="table").stderr
    assert "请尝试:" in shown, "people see it too"


def test_every_reason_has_a_hint():
    """Whatever the server may say, there is a row for it."""
    table = (paths.ROOT / "client" / "hints.c").read_text(encoding="utf-8")
    reasons = (paths.ROOT / "common" / "reasons.def").read_text(encoding="utf-8")
    wanted = set(re.findall(r"^REASON\(\d+, (\w+),", reasons, re.MULTILINE))
    for source in (paths.ROOT / "client").glob("*.c"):
        wanted |= set(re.findall(r'EXIT_[A-Z_]+, "([A-Z_]+)"', source.read_text(encoding="utf-8")))
    assert len(wanted) > 50
    assert not [w for w in wanted if f'{{"{w}", ' not in table and not w.startswith("UNKNOWN_")]


# ---- how fields and instants are told ----

@pytest.mark.parametrize("who, words, code, message", [
    ("app", "application transfer {a} nobody.x", 3, "login nobody.x not found"),
    ("app", "application assist {a} --ask no.one --reason r", 3, "--ask no.one not found"),
    ("app", "application countersign {a} --add no.one", 3, "--add no.one not found"),
    ("app", "application countersign {a}", 2, "give one of --add and --drop"),
    ("app", "application countersign {a} --add appb --drop appb", 2, "give one of --add and --drop"),
    ("app", "application policy {a} --version 77 --reason r", 3, "--version 77 not found"),
    ("app", "application approve A-01-999999", 3, "application A-01-999999 not found"),
    ("sub11", "customer show no-such", 3, "customer no-such not found"),
    ("sub11", "policy route explain no-such --to green", 3, "customer no-such not found"),
    ("sub11", "customer edit {n} --manager no.such", 3, "--manager no.such not found"),
    ("sub11", "delegation grant no.such --until 2099-01-01", 3, "substitute no.such not found"),
    ("sub11", "delegation grant sub11b --until 2099-01-01 --amount-to 0 --currency CNY", 7, "--amount-to is not valid; "
     "it must be: more than zero"),
    ("admin", "org move B11 --parent NOWHERE", 3, "--parent NOWHERE not found")])
def test_a_field_is_called_as_it_was_given(cli, cases, who, words, code, message):
    assert cli(who, *words.format(**cases[0]).split(), code=code).error["message"] == message


def test_an_instant_is_told_as_tables_show_it(cli, connect):
    """In the zone of the run, to the minute; in JSON as it came."""
    case = connect("sub11").do("application_submit", customer="K11-10", to_grade="green", reason="r")["application"]["id"]
    connect("ver1").do("application_verify", application=case, finding="confirmed", opinion="o")
    late = ("application", "extend", case, "--days", "300", "--reason", "r")
    cli("app", *late)
    cli("cmo", "application", "extend", case, "--grant")
    plain = cli("app", *late, code=7).error
    assert plain["reason"] == "NO_TIME_LEFT" and re.search(r" is \d{4}-\d\d-\d\dT[^ ]+$", plain["message"]), plain
    for zone, offset in (("Asia/Tokyo", "+09:00"), ("UTC", "UTC")):
        said = cli("app", "--tz", zone, *late, code=7, output="table").stderr.splitlines()[0]
        latest = re.search(r" is (\d{4}-\d\d-\d\d \d\d:\d\d " + re.escape(offset) + r") \(NO_TIME_LEFT\)$", said)
        assert latest, said
        assert latest.group(1) in cli("app", "--tz", zone, "application", "show", case, output="table").stdout


def test_an_approved_case_says_what_to_do_next(cli, cases):
    cli("app", "application", "approve", cases[0]["a"])
    error = cli("appb", "application", "reject", cases[0]["a"], "--reason", "r", code=6).error
    assert error["reason"] == "ALREADY_DECIDED" and f"application show {cases[0]['a']}" in error["hint"]


# ---- who may run what a hint names ----

LEVELS = ("clerk", "supervisor", "manager", "director")


class Access(NamedTuple):
    """Who may call a method. No roles: everybody."""
    roles: frozenset
    level: str
    business: bool

    def lets(self, other):
        """May everybody who may call the other one call this one, too?"""
        callers = other.roles - {"administrator"} if other.business else other.roles
        return (not self.roles or callers and callers <= self.roles) and LEVELS.index(self.level) <= LEVELS.index(
            other.level) and (not self.business or other.business or "administrator" not in callers)


def access_table():
    """{method: Access}, as domain experts read it."""
    found = {}
    for line in (paths.ROOT / "tests" / "rules" / "access.tbl").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 7 and cells[1] == "user":
            roles = frozenset(cells[2].split(", ")) - {"-"}
            found[cells[0]] = Access(roles, cells[4], cells[5] == "yes")
    assert len(found) > 70
    return found


ACCESS = access_table()
# Methods of commands whose names differ from them.
METHODS = {"org": "unit", "customer explain": "customer.show", "customer emergency": "customer.emergency",
           "audit verify": "audit.verify", "auth status": "whoami", "auth login": "outcome", "admin status": "server.status",
           "policy diff": "policy.show", "policy test": "policy.check", "policy route": "route.explain",
           "application extend": "extension.ask", "trade status": "trade.import.show", "inbox": "inbox",
           "application countersign": "application.countersign", "outcome": "outcome", "version": "outcome",
           "help": "outcome"}


def method_of(noun, verb):
    """The method that `noun verb` calls; what runs without a session counts as one that everybody may call."""
    for name in (f"{noun} {verb}", noun):
        if METHODS.get(name, "unit") != "unit":
            return METHODS[name]
    return f"{METHODS.get(noun, noun)}.{verb}"


# Who can be told a reason: the methods that refuse so. Reasons whose hint everybody may follow need no row; with a field
# after a colon, or a noun before a stroke, of hints for these only.
STEPS = [f"application.{verb}" for verb in (
    "submit verify return resubmit approve reject withdraw record pause resume recall claim release transfer countersign "
    "assist opinion return_to_node return_to_region").split()]
OF_CASES = [*STEPS, "application.show", "application.history", "application.explain", "application.urge",
             "application.policy", "extension.ask", "extension.answer"]
OF_CUSTOMERS = ["customer.edit", "customer.move", "customer.show", "customer.history", "customer.override",
                 "customer.emergency", "emergency.answer", "customer.review", "customer.appeal", "measure.apply",
                 "application.submit", "trade.list", "trade.show", "trade.correct", "trade.cancel", "assessment.enter",
                 "assessment.list", "route.explain"]
TERMS = ["customer.override", "customer.emergency", "emergency.answer", "customer.review"]
KEEPING = ["policy.propose", "policy.publish", "policy.roll_back"]
TOLD = {
    "application/NOT_YOUR_UNIT": OF_CASES, "customer/OWN_CASE:manager": ["customer.edit"],
    "customer/OWN_ASSESSMENT:manager": ["customer.edit"], "customer/TIED_TO_HAND:manager": ["customer.edit"],
    "customer/ALREADY_SIGNED:manager": ["customer.edit"], "customer/OWN_ASSESSMENT": TERMS, "customer/TIED_TO_HAND": TERMS,
    "OWN_CASE": STEPS, "OWN_ASSESSMENT": STEPS, "TIED_TO_HAND": STEPS, "audit/NOT_FOUND:customer": ["audit.verify"],
    "NOT_FOUND:customer": OF_CUSTOMERS, "NOT_FOUND:application": OF_CASES, "NOT_FOUND:login": [
        "user.disable", "user.grant"], "NOT_FOUND:document": ["trade.show", "trade.correct", "trade.cancel"],
    "NOT_FOUND:assessment": ["assessment.enter"], "NOT_FOUND:version": [*KEEPING, "policy.show", "policy.check"],
    "NOT_FOUND:policy_version": ["application.policy"], "NOT_FOUND:to": ["application.transfer", "application.assist"],
    "NOT_FOUND:add": ["application.countersign"], "NOT_FOUND:drop": ["application.countersign"],
    "application/STALE_VERSION": ["application.submit"], "customer/STALE_VERSION": ["customer.edit", *TERMS],
    "assessment/STALE_VERSION": ["assessment.enter"], "trade/STALE_VERSION": ["trade.correct", "trade.cancel"],
    "policy/STALE_VERSION": KEEPING, "STALE_VERSION": STEPS, "policy/STATE_CHANGED": KEEPING, "STATE_CHANGED": OF_CASES,
    "OPEN_APPLICATION_EXISTS": ["application.submit"], "customer/ALREADY_EXISTS": ["customer.add"],
    "user/ALREADY_EXISTS": ["user.add"], "ALREADY_DECIDED": OF_CASES,
    "FIELD_INVALID:customer": [*OF_CUSTOMERS, "application.list"], "GRADE_NOT_BETWEEN": ["application.approve"],
    "UNIT_NOT_EMPTY": ["unit.close"], "ROLE_NOT_FOR_LEVEL": ["user.add", "user.grant"], "ROLES_CONFLICT": ["user.grant"],
    "LAST_ADMINISTRATOR": ["user.grant", "user.disable"],
    "customer/NOTHING_TO_CHANGE": ["customer.edit", "customer.move", "measure.apply", *TERMS],
    "application/NOTHING_TO_CHANGE": OF_CASES, "trade/NOTHING_TO_CHANGE": ["trade.correct"],
    "NOTHING_TO_CHANGE": ["user.grant", "user.disable"], "VECTOR_FAILED": KEEPING, "FACTOR_MISSING": ["assessment.enter"],
    "UNKNOWN_FACTOR": ["assessment.enter"], "FACTOR_VALUE": ["assessment.enter"], "EVIDENCE_MISSING": ["assessment.enter"],
    "EVIDENCE_EXPIRED": ["assessment.enter"], "UNKNOWN_EVIDENCE": ["assessment.enter"],
    "NO_OVERRIDE": ["customer.override"], "OVERRIDE_IN_FORCE": ["customer.override", "customer.emergency"],
    "NO_EMERGENCY": TERMS, "EMERGENCY_ASKED": ["customer.emergency"], "NO_EMERGENCY_ASKED": ["emergency.answer"],
    "OWN_EMERGENCY": ["emergency.answer"], "EMERGENCY_IN_FORCE": ["customer.override", "customer.emergency"],
    "REVIEW_OPEN": ["customer.emergency"], "NO_REVIEW_OPEN": ["customer.review"], "OWN_REVIEW": ["customer.review"],
    "NO_NOTICE": ["customer.appeal"], "NO_TIME_LEFT": ["extension.ask"], "EXTENSION_OPEN": ["extension.ask"],
    "NO_EXTENSION_ASKED": ["extension.answer"], "application/PAUSED": ["application.urge"], "PAUSED": [
        "application.pause", "extension.ask", "application.policy"], "NO_PAUSE_LEFT": ["application.pause"],
    "URGED_TODAY": ["application.urge"], "OVERDUE": ["application.pause"], "OWN_TURN": ["application.urge"],
    "ABOVE_AUTHORITY": STEPS, "ALREADY_SIGNED": STEPS, "NOT_MANAGER": STEPS, "NOT_NAMED": STEPS,
    "COUNTERSIGNERS_MISSING": STEPS, "OPINION_AWAITED": STEPS, "NO_OPINION_ASKED": ["application.assist",
                                                                                   "application.opinion"],
    "NOT_ASKED": ["application.opinion"], "CANNOT_ASSIST": ["application.assist"], "GRADE_BY_LAST": ["application.approve"],
    "GRADE_DIFFERS": ["application.approve"], "TOO_FEW_OTHERS": STEPS, "CLAIMED": STEPS, "NOT_CLAIMED": [
        "application.release"], "CANNOT_ACT": ["application.transfer", "application.countersign"],
    "UNKNOWN_MEASURE": ["measure.apply"], "TOO_MANY_STEPS": STEPS, "TOO_MANY_HANDS": STEPS, "TOO_MANY_SIGNERS": STEPS,
    "TOO_MANY_COUNTERSIGNERS": ["application.countersign"], "TOO_MANY_DELEGATIONS": ["delegation.grant"],
    "UNKNOWN_NODE": ["application.return_to_node"], "NODE_NOT_EARLIER": ["application.return_to_node"],
    "NODE_AUTOMATIC": ["application.return_to_node"], "NODE_PASSED_BY": ["application.return_to_node"],
    "OWN_APPEAL": TERMS, "OWN_REQUEST": ["extension.answer", "application.policy"], "POLICY_ASKED": ["application.policy"],
    "NO_POLICY_ASKED": ["application.policy"], "NOT_LAST_STEP": ["application.recall"],
    "GRADE_NEEDS_NODE": ["application.approve"]}


def hinted():
    """(row, text, methods that are hinted) of hints.c for reasons of the server, commands that everybody may run left
    out."""
    source = (paths.ROOT / "client" / "hints.c").read_text(encoding="utf-8")
    texts = dict(re.findall(r'^#define (\w+_TEXT) +N_\("(.*)"\)$', source, re.MULTILINE))
    body = source.partition("creditctl's own")[0].partition("hints[] = {")[2]
    rows = re.findall(r'\{"(\w+)", (?:"(\w+)"|NULL), (?:"\w+"|NULL), (?:"(\w+)"|NULL),\s+((?:[^{}"]|"[^"]*")*)\}', body)
    assert len(rows) > 130
    for reason, noun, field, said in rows:
        text = texts.get(said.strip()) or "".join(re.findall(r'"([^"]*)"', said))
        methods = {method_of(*found) for found in re.findall(r"\{ctl\} (\w+)(?: ([a-z-]+))?", text)}
        narrow = sorted(m for m in methods if ACCESS[m].roles)
        if narrow:
            yield (f"{noun}/" if noun else "") + reason + (f":{field}" if field else ""), text, narrow


def test_whoever_is_told_a_hint_may_follow_it():
    wrong = []
    rows = list(hinted())
    assert len(rows) > 80
    for row, text, methods in rows:
        assert row in TOLD, f"{row} hints {methods}: say who can be told so"
        wrong += [(row, teller, method) for method in methods for teller in TOLD[row]
                  if not ACCESS[method].lets(ACCESS[teller])]
    assert not wrong
    assert not TOLD.keys() - {row for row, _, _ in rows}, "rows that no hint has"
