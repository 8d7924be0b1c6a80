"""An extension that HQ asks for is on the desk of whoever can answer it, until it is answered or the step ends, and on nobody
else's; shown as it comes and goes."""
import pytest

from harness.cli import Cli
from harness.standing import Policy
from test_assist import ASKED
from test_delegation import grant, inbox, revoke, step
from test_extension import answer, ask, verified
from test_inbox_watch import Screen, quiet, watching  # noqa: F401  pylint: disable=unused-import  # a fixture
from test_pause import later, resume, stop_clock
from test_reorganisation import move
from test_routes import do


def wanted(trading, login):
    """Cases whose extension he is to answer, as his inbox has them."""
    listed = trading.connect(login).do("inbox", purpose="t", limit=1000).get("applications", [])
    return {a["id"]: a.get("answers_for") for a in listed if a.get("wants_answer")}


def substitute(trading):
    """Somebody at HQ who can be one, and cannot decide the cases that he has verified."""
    trading.connect("admin").do("user_grant", login="ver1", unit="HQ", revoke=["verifier"], grant=["approver"])
    return "ver1"


def test_it_is_on_the_directors_desk_until_it_is_answered(apart):
    trading = apart(Policy())
    case, other = verified(trading), verified(trading)
    assert inbox(trading, "cmo") == {}
    ask(trading, case, 2)
    assert inbox(trading, "cmo") == wanted(trading, "cmo") == {case["id"]: None}
    for login in ("app", "appb", "appclerk", "ver1", "sub11"):
        assert not wanted(trading, login), login
    (shown,) = trading.connect("cmo").do("inbox", purpose="t")["applications"]
    assert (shown["extension_days"], shown["extension_by"], shown["to_grade"]) == (2, "app", "green")
    assert "wants_opinion" not in shown and "answers_for" not in shown
    answer(trading, case, True)
    assert inbox(trading, "cmo") == {}
    ask(trading, case, 1)
    ask(trading, other, 1, "appb")
    assert set(inbox(trading, "cmo")) == {case["id"], other["id"]}
    answer(trading, case, False, reason="decide now")
    assert set(inbox(trading, "cmo")) == {other["id"]}
    step(trading, other, "return", "app")
    assert inbox(trading, "cmo") == {}, "the step has ended"


def test_what_cannot_be_answered_is_on_nobodys_desk(apart):
    """While the clock stands still neither answer is taken; it goes on by itself when a pause is used up."""
    trading = apart(Policy())
    case = verified(trading)
    ask(trading, case, 2)
    stop_clock(trading, case, "app")
    assert inbox(trading, "cmo") == {}
    resume(trading, case, "app")
    assert inbox(trading, "cmo") == {case["id"]: None}
    stop_clock(trading, case, "app")
    later(trading, 5)
    assert inbox(trading, "cmo") == {}
    later(trading, 1)
    assert inbox(trading, "cmo") == {case["id"]: None}


def test_whoever_is_barred_from_the_answer_does_not_have_it(apart):
    """Who asked, and who is tied to him; a substitute of the director who is not has it, for him."""
    trading = apart(Policy())
    trading.connect("admin").do("user_grant", login="app", grant=["cmo"])
    case = verified(trading)
    ask(trading, case, 2)
    assert not wanted(trading, "app") and case["id"] in inbox(trading, "app"), "it is his to decide"
    assert wanted(trading, "cmo") == {case["id"]: None}
    given = grant(trading, "app", "cmo")
    assert wanted(trading, "cmo") == {}
    revoke(trading, given, "app")
    other = substitute(trading)
    given = grant(trading, "cmo", other)
    assert wanted(trading, other) == inbox(trading, other) == {case["id"]: "cmo"}
    revoke(trading, given, "cmo")
    grant(trading, "cmo", other, kinds=["demotion"])
    assert inbox(trading, other) == {}, "it is a promotion"
    grant(trading, "cmo", "appb")
    assert wanted(trading, "appb") == {case["id"]: "cmo"} and inbox(trading, "appb") == {case["id"]: None}, \
        "to decide as himself, to answer for the director"


def test_both_an_opinion_and_an_answer(apart):
    """A case is listed once, whatever is wanted."""
    trading = apart(Policy())
    case = verified(trading)
    ask(trading, case, 2)
    do(trading, case, "assist", "app", to="cmo", **ASKED)
    (shown,) = trading.connect("cmo").do("inbox", purpose="t")["applications"]
    assert shown["wants_opinion"] and shown["wants_answer"]
    answer(trading, case, False, reason="r")
    (shown,) = trading.connect("cmo").do("inbox", purpose="t")["applications"]
    assert shown["wants_opinion"] and "wants_answer" not in shown


def test_pages_of_it(apart):
    trading = apart(Policy())
    trading.connect("admin").do("user_grant", login="cmo", grant=["approver"])
    cases = [verified(trading) for _ in range(5)]
    for case in cases[1:]:
        ask(trading, case, 2)
    listed, after = [], {}
    while True:
        page = trading.connect("cmo").do("inbox", purpose="t", limit=2, **after)
        listed += [(a["id"], a.get("wants_answer", False)) for a in page["applications"]]
        if "next" not in page:
            break
        after = {"after": page["next"]}
    assert listed == [(case["id"], case is not cases[0]) for case in cases]


def test_who_is_told_of_what(trading, watching):  # noqa: F811
    """Each event once: also the step that ended an extension, asked before it was known; none of a case without one."""
    director, head, region = watching("cmo"), watching("appb"), watching("ver2")
    quiet(director)
    case = verified(trading)
    assert director.hint(0.3) is None and director.changes() == []
    ask(trading, case, 2)
    assert director.hint() is not None and director.changes() == [(case["id"], "extension_asked", True)]
    assert (case["id"], "extension_asked", True) in head.changes(), "it is the approvers' case"
    answer(trading, case, False, reason="r")
    assert director.hint() is not None and director.changes() == [(case["id"], "extension_refused", False)]
    ask(trading, case, 1)
    stop_clock(trading, case, "app")
    resume(trading, case, "app")
    move(trading, case["customer_id"], "B21")
    step(trading, case, "return", "app")
    assert [(kind, here) for _, kind, here in director.changes()] == [
        (kind, False) for kind in ("extension_asked", "paused", "resumed", "case_moved", "return")], "as it is now"
    do(trading, case, "resubmit", "sub21", reason="r")
    do(trading, case, "verify", "ver2", finding="confirmed", opinion="o")
    step(trading, case, "approve", "app")
    assert director.changes() == [] and region.hint() is not None


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_it_comes_to_the_screen_and_goes(apart, tmp_path, lang):
    trading = apart(Policy())
    cli = Cli(tmp_path, trading.server, trading.tokens)
    case = verified(trading)
    director, stranger = (Screen(cli, login, "--lang", lang) for login in ("cmo", "ver1"))
    assert director.until("watching") == stranger.until("watching") == []
    ask(trading, case, 2)
    told = director.line()
    assert (told["type"], told["id"], told["change"], told["on_desk"]) == ("change", case["id"], "extension_asked", True)
    assert (told["wants_answer"], told["extension_days"], told["extension_by"]) == (True, 2, "app")
    (listed,) = cli("cmo", "inbox").json
    assert (listed["kind"], listed["id"], listed["wants_answer"]) == ("application", case["id"], True)
    table = cli("cmo", "--lang", lang, "inbox", output="table").stdout
    assert case["id"] in table and ("申请延长天数" if lang == "zh_CN" else "EXTENSION_DAYS") in table.upper()
    answer(trading, case, True)
    told = director.line()
    assert (told["type"], told["change"], told["on_desk"]) == ("change", "extension_granted", False)
    ask(trading, case, 1)
    director.line()
    step(trading, case, "approve", "appb")
    told = director.line()
    assert (told["type"], told["change"], told["on_desk"]) == ("change", "approve", False)
    assert stranger.end()[0] == 130 and stranger.rest == b""
    director.end()


def test_a_substitute_has_it_on_his_screen_for_the_days_of_the_delegation(apart, tmp_path):
    trading = apart(Policy())
    case = verified(trading)
    ask(trading, case, 2)
    other = substitute(trading)
    screen = Screen(Cli(tmp_path, trading.server, trading.tokens), other)
    assert screen.until("watching") == []
    given = grant(trading, "cmo", other, days=2)
    told = screen.line()
    assert (told["type"], told["id"], told["acting_for"], told["wants_answer"]) == ("item", case["id"], "cmo", True)
    revoke(trading, given, "cmo")
    assert screen.line() == {"type": "gone", "id": case["id"]}
    given = grant(trading, "cmo", other)
    assert screen.line()["id"] == case["id"]
    answer(trading, case, True, other, acting_for="cmo")
    told = screen.line()
    assert (told["type"], told["change"], told["acted_for"], told["on_desk"]) == ("change", "extension_granted", "cmo", False)
    screen.end()
