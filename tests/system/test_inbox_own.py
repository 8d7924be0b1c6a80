"""Whoever has made a case has it while others act on it: in his inbox behind what he is to do, and live, each event once, until
it is closed. Nobody else has more for it."""
import csv
import io

import pytest

from harness.cli import Cli
from harness.standing import DAY, Policy
from test_client import said, scripted  # noqa: F401  pylint: disable=unused-import  # a fixture
from test_delegation import grant, inbox, revoke, step, submit
from test_inbox_watch import Screen, quiet, watching  # noqa: F401  pylint: disable=unused-import  # a fixture
from test_pause import stop_clock
from test_reorganisation import merge, move, org
from test_routes import do
import application_pb2  # isort: skip

OTHERS = ("sub11b", "clerk11", "sub12", "ver1", "ver1b", "app", "cmo", "aud")


def own(trading, login, **more):
    """What somebody has made and waits for others, by id."""
    listed = trading.connect(login).do("inbox", purpose="t", limit=1000, own=True, **more).get("applications", [])
    assert all(a["own"] for a in listed)
    return {a["id"]: a for a in listed}


# ---- read once ----

def test_it_is_the_makers_while_others_act(apart):
    trading = apart(Policy())
    case = submit(trading)
    shown = own(trading, "sub11")[case["id"]]
    assert (shown["turn_unit"], shown["turn_role"], shown["due_at_us"]) == ("R1", "verifier", case["due_at_us"])
    assert shown["to_grade"] == "green" and inbox(trading, "sub11") == {}
    do(trading, case, "claim", "ver1")
    do(trading, case, "urge", "sub11")
    stop_clock(trading, case)
    shown = own(trading, "sub11")[case["id"]]
    assert (shown["claimed_by"], shown["urged_by"], shown["paused_by"]) == ("ver1", "sub11", "ver1")
    step(trading, case, "verify", "ver1")
    shown = own(trading, "sub11")[case["id"]]
    assert (shown["state"], shown["turn_unit"], shown["turn_role"]) == ("verified", "HQ", "approver")
    assert not any(own(trading, login) for login in OTHERS)
    step(trading, case, "approve", "app")
    assert own(trading, "sub11") == {} and case["id"] in inbox(trading, "sub11"), "it is his turn"
    step(trading, case, "record", "sub11b")
    assert own(trading, "sub11") == inbox(trading, "sub11") == {}


def test_it_is_on_the_desk_or_among_these(apart):
    """Never both: what another one at the branch has claimed waits for that one."""
    trading = apart(Policy())
    case = step(trading, submit(trading), "return", "ver1")
    assert case["id"] in inbox(trading, "sub11") and own(trading, "sub11") == {}
    do(trading, case, "claim", "sub11b")
    shown = own(trading, "sub11")[case["id"]]
    assert (shown["turn_unit"], shown["claimed_by"]) == ("B11", "sub11b") and inbox(trading, "sub11") == {}
    assert own(trading, "sub11b") == {} and case["id"] in inbox(trading, "sub11b")
    do(trading, case, "release", "sub11b")
    assert case["id"] in inbox(trading, "sub11") and own(trading, "sub11") == {}


@pytest.mark.parametrize("ends", ["withdraw", "reject"])
def test_nothing_is_left_of_one_that_ends_otherwise(apart, ends):
    trading = apart(Policy())
    case = submit(trading)
    if ends == "withdraw":
        do(trading, case, "withdraw", "sub11", reason="r")
    else:
        step(trading, step(trading, case, "verify", "ver1"), "reject", "app")
    assert own(trading, "sub11") == {}


def test_in_pages_oldest_due_first(apart):
    trading = apart(Policy())
    cases = [submit(trading) for _ in range(3)]
    back = step(trading, submit(trading), "return", "ver1")  # on his desk, due before the later ones
    trading.go_to(trading.today() + DAY)
    cases += [submit(trading) for _ in range(2)]
    wanted = [c["id"] for c in sorted(cases, key=lambda c: (c["due_at_us"], int(c["id"].split("-")[2])))]
    for limit in (1, 2, 4, 5, 100):
        seen, after = [], None
        while True:
            page = trading.connect("sub11").do("inbox", purpose="t", limit=limit, after=after, own=True)
            seen += [a["id"] for a in page.get("applications", [])]
            after = page.get("next")
            if after is None:
                break
        assert seen == wanted, limit
    assert list(inbox(trading, "sub11")) == [back["id"]]


# ---- who the maker is ----

def test_the_maker_is_in_whose_name_it_was_submitted(apart):
    """Whose substitute acts for him acts on desks: he has neither what he submitted so, nor what the maker has made."""
    trading = apart(Policy())
    given = grant(trading, "sub11", "sub11b")
    cases = [submit(trading, "sub11b", "sub11"), submit(trading)]
    assert own(trading, "sub11").keys() == {c["id"] for c in cases} and own(trading, "sub11b") == {}
    back = step(trading, cases[1], "return", "ver1")
    assert inbox(trading, "sub11b") == {back["id"]: None}
    revoke(trading, given, "sub11")
    assert own(trading, "sub11").keys() == {cases[0]["id"]} and own(trading, "sub11b") == {}


def test_the_maker_belongs_to_the_branch_of_the_case(apart):
    trading = apart(Policy())
    case = submit(trading)
    move(trading, case["customer_id"], "B21")
    assert own(trading, "sub11") == own(trading, "sub21") == {}
    move(trading, case["customer_id"], "B11")
    assert case["id"] in own(trading, "sub11")
    org(trading, "user_grant", login="sub11", unit="B12")
    assert own(trading, "sub11") == own(trading, "sub11b") == {}
    org(trading, "user_grant", login="sub11", unit="B11")
    assert case["id"] in own(trading, "sub11")
    merge(trading, "B11", "B12")
    trading.followed()
    assert own(trading, "sub11")[case["id"]]["branch"] == "B12", "he and the case went along"


def test_a_disabled_maker_has_nothing(apart):
    trading = apart(Policy())
    case = submit(trading)
    org(trading, "user_disable", login="sub11")
    assert trading.connect("sub11").call("inbox", purpose="t", own=True).reason in ("USER_DISABLED", "NOT_LOGGED_IN")
    assert not any(own(trading, login) for login in ("sub11b", "clerk11"))
    assert step(trading, case, "verify", "ver1")["state"] == "verified"


def test_a_maker_who_is_a_clerk_by_now_sees_no_numbers(apart):
    trading = apart(Policy())
    case = submit(trading)
    org(trading, "user_grant", login="sub11", job_level="clerk")
    shown = own(trading, "sub11")[case["id"]]
    assert shown["turn_unit"] == "R1" and "to_grade" not in shown


# ---- watched ----

def told(watcher):
    """(kind, is it his and waits for others) of what has changed; nothing of it is on his desk."""
    changes, reread = watcher.ask()
    assert not reread and not any(c.get("on_desk", False) for c in changes)
    return [(c["kind"], c.get("application", {}).get("own", False)) for c in changes]


def test_the_maker_is_told_of_each_event_until_it_is_closed(trading, watching):  # noqa: F811
    maker, colleague, clerk = watching("sub11"), watching("sub11b"), watching("clerk11")
    for watcher in (maker, colleague, clerk):
        quiet(watcher)
    case = submit(trading)
    for name in ("claim", "release"):
        assert maker.hint() is not None
        do(trading, case, name, "ver1")
    (first, *_), _ = maker.ask()
    assert (first["kind"], first["actor"], first["application"]["turn_unit"]) == ("submit", "sub11", "R1")
    do(trading, case, "urge", "sub11")
    stop_clock(trading, case)
    do(trading, case, "resume", "ver1")
    step(trading, case, "verify", "ver1")
    assert told(maker) == [(kind, True) for kind in ("urged", "paused", "resumed", "verify")]
    assert colleague.hint(0.3) is None
    step(trading, case, "reject", "app")
    assert told(maker) == [("reject", False)] and told(maker) == []
    assert colleague.changes() == clerk.changes() == []


def test_what_comes_to_the_desk_and_leaves_it_is_told_once(trading, watching):  # noqa: F811
    maker, colleague = watching("sub11"), watching("sub11b")
    case = submit(trading)
    step(trading, case, "return", "ver1")
    assert maker.changes() == [(case["id"], "submit", True), (case["id"], "return", True)], "as it is now"
    step(trading, case, "resubmit", "sub11")
    assert told(maker) == [("resubmit", True)]
    step(trading, case, "verify", "ver1")
    step(trading, case, "approve", "app")
    assert maker.changes() == [(case["id"], "verify", True), (case["id"], "approve", True)]
    do(trading, case, "claim", "sub11b")
    assert told(maker) == [("claimed", True)]
    step(trading, case, "record", "sub11b")
    assert told(maker) == [("record", False)], "and nothing of what came of it"
    assert [kind for _, kind, _ in colleague.changes()] == ["return", "resubmit", "approve", "claimed", "record"]


def test_what_the_maker_missed_is_told_by_where_it_was_then(trading, watching):  # noqa: F811
    here, there = watching("sub11"), watching("sub21")
    case = submit(trading)
    move(trading, case["customer_id"], "B21")
    do(trading, case, "claim", "ver2")
    do(trading, case, "release", "ver2")
    move(trading, case["customer_id"], "B11")
    step(trading, case, "verify", "ver1")
    assert told(here) == [(kind, True) for kind in ("submit", "case_moved", "case_moved", "verify")]
    assert there.changes() == []


def test_a_substitute_is_told_of_no_case_that_waits_for_others(apart, watching):  # noqa: F811
    trading = apart(Policy())
    given = grant(trading, "sub11", "sub11b")
    substitute, maker = watching("sub11b", trading.server), watching("sub11", trading.server)
    case = submit(trading, "sub11b", "sub11")
    step(trading, case, "verify", "ver1")
    assert substitute.changes() == []
    assert [kind for _, kind, _ in maker.changes()] == ["submit", "verify"]
    revoke(trading, given, "sub11")


def test_who_left_the_branch_is_told_no_more(apart, watching):  # noqa: F811
    trading = apart(Policy())
    case = submit(trading)
    maker = watching("sub11", trading.server)
    org(trading, "user_grant", login="sub11", unit="B12")
    assert maker.ask() == ([], True)
    step(trading, case, "verify", "ver1")
    assert maker.changes() == []


# ---- creditctl ----

KIND = {"en": "own", "zh_CN": "我提交的"}
WAITS = {"en": "yours; waits for {role} of {unit}", "zh_CN": "您提交的,等待 {unit} 的{role}处理"}
ROLES = {"en": {"R1": "verifier", "HQ": "approver"}, "zh_CN": {"R1": "审查人", "HQ": "审批人"}}


@pytest.fixture
def listed(apart, tmp_path):
    """A desk with a case to act on, and one that waits for the region; (trading, cli, to do, own)."""
    trading = apart(Policy())
    waits = submit(trading)
    back = step(trading, submit(trading), "return", "ver1")
    return trading, Cli(tmp_path, trading.server, trading.tokens), back, waits


def test_creditctl_lists_it_behind_what_is_to_be_done(listed):
    trading, cli, back, waits = listed
    rows = cli("sub11", "inbox").json
    assert [(r["kind"], r["id"], r.get("own", False)) for r in rows] == [("application", back["id"], False), ("own", waits["id"], True)]
    assert (rows[1]["turn_unit"], rows[1]["turn_role"]) == ("R1", "verifier") and "due_at" in rows[1]
    assert [r["id"] for r in cli("sub11", "inbox", "--limit", "1").json] == [back["id"]]
    assert [r["id"] for r in cli("sub11b", "inbox").json] == [back["id"]]
    do(trading, back, "claim", "sub11b")
    rows = cli("sub11", "inbox").json
    assert {(r["kind"], r["id"]) for r in rows} == {("own", back["id"]), ("own", waits["id"])}
    assert next(r for r in rows if r["id"] == back["id"])["claimed_by"] == "sub11b"


def test_an_older_server_has_no_such_list(scripted):  # noqa: F811
    waits = application_pb2.ApplicationListAnswer()
    waits.applications.add(id="A-01-7")
    nothing = dict.fromkeys(("criterion_list", "task_list", "due_list"), [said("ok", body=b"")])
    script, cli = scripted(inbox=[said("ok", body=waits.SerializeToString()), said("rejected", "MALFORMED", field="unknown field")],
                           **nothing)
    assert cli("sub11", "inbox").json == [{"id": "A-01-7", "kind": "application"}]
    assert ["own" in str(application_pb2.InboxRequest.FromString(b)) for b in script.bodies("inbox")] == [False, True]
    script.answers["inbox"][1] = said("rejected", "MALFORMED", field="limit")
    script.seen.clear()
    assert cli("sub11", "inbox", code=70).error["field"] == "limit"


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_creditctl_in_tables_and_csv(listed, lang):
    _, cli, back, waits = listed
    _, first, second = cli("sub11", "--lang", lang, "inbox", output="table").stdout.splitlines()
    assert back["id"] in first and KIND[lang] not in first
    assert second.startswith(KIND[lang]) and waits["id"] in second and ROLES[lang]["R1"] in second
    rows = list(csv.DictReader(io.StringIO(cli("sub11", "--lang", lang, "inbox", output="csv").stdout.lstrip("\ufeff"))))
    assert [(r["kind"], r["id"], r["turn_unit"], r["turn_role"]) for r in rows] == [
        ("application", back["id"], "B11", "submitter"), ("own", waits["id"], "R1", "verifier")]


def test_it_is_on_the_screen_until_it_is_closed(listed):
    trading, cli, back, waits = listed
    screen, colleague = Screen(cli, "sub11"), Screen(cli, "sub11b")
    assert [(i["kind"], i["id"]) for i in screen.until("watching")] == [("application", back["id"]), ("own", waits["id"])]
    colleague.until("watching")
    do(trading, waits, "claim", "ver1")
    line = screen.line()
    assert (line["type"], line["id"], line["change"], line["actor"], line["on_desk"], line["own"], line["claimed_by"]) == \
        ("change", waits["id"], "claimed", "ver1", False, True, "ver1")
    case = submit(trading)
    line = screen.line()
    assert (line["id"], line["change"], line["on_desk"], line["own"], line["turn_unit"]) == (case["id"], "submit", False, True, "R1")
    step(trading, waits, "verify", "ver1")
    assert (line := screen.line())["change"] == "verify" and (line["own"], line["turn_unit"]) == (True, "HQ")
    step(trading, waits, "reject", "app")
    line = screen.line()
    assert (line["change"], line["on_desk"]) == ("reject", False) and "own" not in line and "state" not in line
    step(trading, case, "return", "ver1")
    assert (line := screen.line())["on_desk"] and "own" not in line
    assert colleague.line()["change"] == "return"
    for one in (screen, colleague):
        assert one.end() == (130, b"") and one.rest == b""


def test_it_comes_and_goes_without_an_event(listed):
    """When the maker goes to another branch, and comes back; a substitute has what is on desks only."""
    trading, cli, back, waits = listed
    screen = Screen(cli, "sub11")
    screen.until("watching")
    org(trading, "user_grant", login="sub11", unit="B12")
    assert {(line["type"], line["id"]) for line in (screen.line(), screen.line())} == {("gone", back["id"]), ("gone", waits["id"])}
    org(trading, "user_grant", login="sub11", unit="B11")
    lines = [screen.line(), screen.line()]
    assert [(i["type"], i["kind"], i["id"]) for i in lines] == [("item", "application", back["id"]), ("item", "own", waits["id"])]
    do(trading, back, "claim", "sub11b")
    assert (line := screen.line())["change"] == "claimed" and line["own"]
    org(trading, "user_grant", login="sub11b", unit="B12")
    line = screen.line()
    assert (line["type"], line["kind"], line["id"]) == ("item", "application", back["id"]), "the claim has no effect any more"
    assert screen.end() == (130, b"") and screen.rest == b""


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_the_screen_for_people(listed, lang):
    trading, cli, _, waits = listed
    screen = Screen(cli, "sub11", "--lang", lang, output="table")
    shown = [screen.text() for _ in range(3)]
    assert shown[2].startswith(KIND[lang]) and waits["id"] in shown[2]
    step(trading, waits, "verify", "ver1")
    assert WAITS[lang].format(unit="HQ", role=ROLES[lang]["HQ"]) in screen.text()
    org(trading, "user_grant", login="sub11", unit="B12")
    assert {waits["id"] in screen.text() for _ in range(2)} == {True, False}
    org(trading, "user_grant", login="sub11", unit="B11")
    lines = [screen.text() for _ in range(2)]
    assert waits["id"] in lines[1] and WAITS[lang].format(unit="HQ", role=ROLES[lang]["HQ"]) in lines[1]
    assert screen.end()[0] == 130
