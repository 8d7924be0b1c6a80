"""Cases on which nobody can act: they are told at once to the heads of the unit whose turn it is and of the one above, however
far their end is, and nothing else is."""
import pytest

from harness import assessing
from harness.cli import Cli
from harness.standing import Policy
from test_delegation import grant, revoke, submit
from test_due import due, escalated
from test_inbox_tasks import row, watching  # noqa: F401  a fixture
from test_inbox_watch import Screen
from test_manager import OWN, name
from test_pause import verify
from test_routes import DECIDE, VERIFY, do, on

THREE = DECIDE.replace("; }", "; need = 3; }")


def unfilled(trading):
    """Open cases that somebody who may see all is told of nobody."""
    aud = trading.connect("aud")
    cases = aud.do("application_list", purpose="t", open_only=True, limit=1000).get("applications", [])
    return {case["id"] for case in cases
            if aud.do("application_explain", application=case["id"], purpose="t")["nobody_holds_role"]}


def test_a_node_that_asks_for_more_than_there_are(apart):
    trading = apart(Policy())
    other = submit(trading)
    with on(trading, VERIFY, THREE):
        case = submit(trading)
        assert not due(trading) and not escalated(trading, "cmo")
        verify(trading, case)
        assert set(due(trading)[case["id"]]["told"]) == {"appb", "cmo"}, "by whatever day"
        assert set(due(trading, days=0)) == {case["id"]} == unfilled(trading)
        assert escalated(trading, "cmo") == escalated(trading, "appb") == {case["id"]}
        assert not escalated(trading, "app") and not escalated(trading, "ver1"), "no heads, or below"
        assert set(due(trading, "sub11")) == set(due(trading, "ver1")) == {case["id"]} and not due(trading, "sub21")
        do(trading, case, "approve", "app")
        assert escalated(trading, "cmo") == {case["id"]}
        trading.connect("admin").do("user_add", login="third", name="T", unit="HQ", job_level="manager", roles=["approver"],
                                    password="a good password")
        assert not due(trading) and not escalated(trading, "cmo")
        assert verify(trading, other)["state"] == "verified" and not escalated(trading, "cmo")


def test_what_leaves_a_case_without_anybody(apart):
    """Hands, ties, assessors, managers, roles: whatever it is, the list has exactly those that nobody can fill."""
    trading = apart(Policy())
    admin = trading.connect("admin")

    def agree(*cases):
        expected = {case["id"] for case in cases}
        assert unfilled(trading) == expected == set(due(trading, days=0))
        assert escalated(trading, "cmo") == expected

    plain, tied = submit(trading), submit(trading, "sub11b")
    given = grant(trading, "sub11b", "ver1b")
    agree()
    admin.do("user_disable", login="ver1")
    agree(tied)
    assessing.enter(trading, plain["customer_number"], "sub11b")
    agree(tied, plain)
    revoke(trading, given, "sub11b")
    agree()
    with on(trading, OWN, VERIFY, DECIDE):
        own = submit(trading)
        agree(own)
        assert name(trading, own, "ver1b").ok
        agree()
        assert name(trading, own, "appb").ok
        agree(own)  # he is of HQ
        do(trading, plain, "verify", "ver1b", finding="confirmed", opinion="o")
        do(trading, own, "withdraw", "sub11")
        agree()
    admin.do("user_disable", login="ver1b")
    agree(tied)
    admin.do("user_disable", login="appb")
    agree(tied)
    admin.do("user_grant", login="app", revoke=["approver"], grant=["cmo"])
    agree(tied, plain)
    assert {"cmo", "app"} >= set(due(trading, days=0)[plain["id"]]["told"]) >= {"cmo"}


def test_branches_that_cannot_record(apart):
    """A state without nodes: the branch has nobody left, which goes to the region."""
    trading = apart(Policy())
    trading.connect("admin").do("user_grant", login="ver1", job_level="director")
    case = submit(trading)
    verify(trading, case)
    do(trading, case, "approve", "app")
    assert not due(trading, days=0)
    for login in ("sub11", "sub11b"):
        trading.connect("admin").do("user_disable", login=login)
    assert unfilled(trading) == set(due(trading, days=0)) == {case["id"]} == escalated(trading, "ver1")
    assert not escalated(trading, "cmo") and not escalated(trading, "ver1b")


@pytest.mark.parametrize("end", ["return", "reject"])
def test_it_comes_to_the_screen_and_goes(apart, tmp_path, end):
    trading = apart(Policy())
    with on(trading, VERIFY, THREE):
        case = submit(trading)
        screen = Screen(Cli(tmp_path, trading.server, trading.tokens), "cmo")
        assert screen.until("watching") == []
        verify(trading, case)
        assert row(told := screen.line(20)) == ("item", "escalation", case["id"]) and not told["overdue"]
        do(trading, case, end, "app", reason="r")
        assert row(screen.line(20)) == ("task_gone", "escalation", case["id"])
        screen.end()


def test_who_is_hinted(apart, watching):  # noqa: F811
    trading = apart(Policy())
    with on(trading, VERIFY, THREE):
        case = submit(trading)
        cmo, below, elsewhere = (watching(trading, login) for login in ("cmo", "ver1", "ver2"))
        verify(trading, case)
        assert cmo.hint() is not None and "escalations" in cmo.flags() and cmo.flags() == set()
        assert "escalations" not in below.flags() | elsewhere.flags()
        do(trading, case, "return", "app", reason="r")
        assert cmo.hint() is not None and "escalations" in cmo.flags()
        trading.connect("admin").do("user_disable", login="ver1b")
        assert "escalations" in cmo.flags() and cmo.flags() == set(), "who can act may be another one"


def test_a_delegation_that_barred_has_ended(apart, watching):  # noqa: F811
    trading = apart(Policy())
    case = submit(trading)
    trading.connect("admin").do("user_disable", login="ver1b")
    given = grant(trading, "sub11", "ver1", days=2)
    assert unfilled(trading) == escalated(trading, "cmo") == {case["id"]}
    cmo = watching(trading, "cmo")
    revoke(trading, given, "sub11")
    assert "escalations" in cmo.flags() and not escalated(trading, "cmo")


def test_an_assessment_that_bars(apart, watching):  # noqa: F811
    """It is no event of the case, and whoever is tied to who entered it judges the case no more."""
    trading = apart(Policy())
    case = submit(trading)
    grant(trading, "sub11b", "ver1b")
    trading.connect("admin").do("user_disable", login="ver1")
    cmo = watching(trading, "cmo")
    assert not escalated(trading, "cmo")
    assessing.enter(trading, case["customer_number"], "sub11b")
    assert cmo.hint() is not None and "escalations" in cmo.flags()
    assert escalated(trading, "cmo") == {case["id"]}
