"""What a watcher is told of cases that went on before he asked: each event by where the case was then."""
from test_assist import ASKED
from test_delegation import step, submit
from test_inbox_watch import watching  # pylint: disable=unused-import # a fixture
from test_reorganisation import move
from test_routes import DECIDE, VERIFY, do, on, verify

MAKER = '{ name = "maker"; step = "verify"; role = "submitter"; }'


def test_a_case_leaves_a_desk_and_then_its_region(trading, watching):
    left, hq, other = watching("ver1b"), watching("app"), watching("ver2")
    case = submit(trading)
    assert left.changes() == [(case["id"], "submit", True)]
    step(trading, case, "verify", "ver1")
    move(trading, case["customer_id"], "B21")
    assert left.changes() == [(case["id"], "verify", False)]
    assert hq.changes() == [(case["id"], "verify", True), (case["id"], "case_moved", True)]
    assert other.changes() == []


def test_a_case_leaves_a_desk_and_then_its_branch(trading, watching):
    branch, other = watching("sub11b"), watching("sub21")
    case = step(trading, submit(trading), "return", "ver1")
    assert branch.changes() == [(case["id"], "return", True)]
    step(trading, case, "resubmit", "sub11")
    move(trading, case["customer_id"], "B21")
    assert branch.changes() == [(case["id"], "resubmit", False)]
    step(trading, case, "return", "ver2")
    assert other.changes() == [(case["id"], "return", True)], "only since it is theirs"


def test_there_and_back(trading, watching):
    here, there, branch = watching("ver1"), watching("ver2"), watching("sub21")
    case = submit(trading)
    move(trading, case["customer_id"], "B21")
    move(trading, case["customer_id"], "B11")
    assert here.changes() == [(case["id"], "submit", True), (case["id"], "case_moved", True), (case["id"], "case_moved", True)]
    assert there.changes() == [(case["id"], "case_moved", False), (case["id"], "case_moved", False)]
    assert branch.changes() == []


def test_what_is_no_step_is_of_the_desk_it_was_on(trading, watching):
    region, hq, branch = watching("ver1b"), watching("app"), watching("sub11b")
    case = submit(trading)
    do(trading, case, "claim", "ver1")
    step(trading, case, "verify", "ver1")
    do(trading, case, "claim", "app")
    step(trading, case, "approve", "app")
    assert [kind for _, kind, _ in region.changes()] == ["submit", "claimed", "verify"]
    assert [kind for _, kind, _ in hq.changes()] == ["verify", "claimed", "approve"]
    assert branch.changes() == [(case["id"], "approve", True)]


def test_of_the_nodes_of_a_state_it_is_the_one_that_was_signed(trading, watching):
    with on(trading, MAKER, VERIFY, DECIDE):
        branch, region = watching("clerk11"), watching("ver1b")
        case = submit(trading)
        do(trading, case, "claim", "sub11b")
        verify(trading, case, "sub11b")
        do(trading, case, "claim", "ver1")
        verify(trading, case, "ver1")
        assert [kind for _, kind, _ in branch.changes()] == ["submit", "claimed", "sign"]
        assert [kind for _, kind, _ in region.changes()] == ["sign", "claimed", "verify"]


def test_what_happened_before_and_after_an_opinion(trading, watching):
    """Nothing of the time before it was asked for, nor of that after it was given."""
    helper, whole = watching("app"), watching("ver1b")
    case = submit(trading)
    do(trading, case, "claim", "ver1")
    do(trading, case, "assist", "ver1", to="app", **ASKED)
    do(trading, case, "urge", "sub11")
    do(trading, case, "opinion", "app", opinion="it is")
    do(trading, case, "release", "ver1")
    assert helper.changes() == [(case["id"], "opinion_asked", False), (case["id"], "urged", False),
                                (case["id"], "opinion_given", False)]
    assert [kind for _, kind, _ in whole.changes()] == ["submit", "claimed", "opinion_asked", "urged", "opinion_given", "released"]


def test_of_a_case_that_went_over_to_another_route(trading, watching):
    """By the policy that it had then: the branch's node is of the one before."""
    with on(trading, MAKER, VERIFY, DECIDE):
        branch, region = watching("sub11b"), watching("ver1b")
        case = submit(trading)
        assert branch.changes() == [(case["id"], "submit", True)]
        do(trading, case, "claim", "sub11b")
        with on(trading, VERIFY, DECIDE):
            number = trading.rows("SELECT max(version) FROM policy_version")[0][0]
            do(trading, case, "policy", "app", policy_version=number, reason="r")
            do(trading, case, "policy", "appb", policy_version=number, reason="r", approve=True)
            verify(trading, case, "ver1")
        assert [kind for _, kind, _ in branch.changes()] == ["claimed", "case_policy_asked", "case_policy_moved"]
        assert [kind for _, kind, _ in region.changes()][-2:] == ["case_policy_moved", "verify"]
