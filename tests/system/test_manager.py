"""The customer's own manager: who names him, the nodes of a route that only he signs, and what becomes of a case when he cannot."""
import psycopg2
import pytest

from harness import dump, ledger
from harness.standing import Policy
from test_delegation import explained, grant, inbox, revoke, submit
from test_inbox_watch import watching  # noqa: F401  a fixture
from test_routes import DECIDE, VERIFY, do, on, route, said, told, verify

OWN = VERIFY.replace('"verify"; step', '"own"; step').replace("; }", "; own_manager = true; }")
BRANCH = OWN.replace("; own", '; role = "submitter"; own')
HIS = DECIDE.replace('"decide"; step', '"his"; step').replace("; }", "; own_manager = true; }")


def name(trading, case, manager, login="app", **more):
    """Names the manager of a case's customer; gives the reply."""
    return trading.connect(login).call("customer_edit", customer=case["customer_id"], manager=manager, **more)


def due(trading, case):
    """The case in the report of what is due."""
    listed = trading.connect("appb").do("due_list", purpose="t", days=365, limit=1000)["cases"]
    return next(c for c in listed if c["application"]["id"] == case["id"])


def manager_of(trading, number, login="clerk11"):
    return trading.show(number, login)["customer"].get("manager")


# ---- the file ----

def test_a_file_names_him(trading):
    number = trading.customer()
    assert manager_of(trading, number) is None
    branch = trading.connect("clerk11")
    version = trading.show(number)["customer"]["version"]
    edited = branch.do("customer_edit", customer=number, manager="sub11b")["customer"]
    assert (edited["manager"], edited["version"]) == ("sub11b", version + 1)
    assert manager_of(trading, number) == "sub11b", "a clerk sees him: he is no credit information"
    assert branch.call("customer_edit", customer=number, manager="sub11b").reason == "NOTHING_TO_CHANGE"
    branch.do("customer_edit", customer=number, name="another", manager="ver1")
    branch.do("customer_edit", customer=number, stage="new")
    branch.do("customer_edit", customer=number, manager="")
    assert manager_of(trading, number) is None
    assert branch.call("customer_edit", customer=number, manager="").reason == "NOTHING_TO_CHANGE"
    sides = [[e["payload"][side].get("manager") for side in ("before", "after")]
             for e in trading.events(number, "customer_edited")]
    assert sides == [[None, "sub11b"], ["sub11b", "ver1"], ["ver1", "ver1"], ["ver1", None]]


def test_a_file_is_opened_with_him(trading):
    client, number = trading.connect("sub11"), "M-OPENED"
    fields = {"number": number, "name": "N", "branch": "B11"}
    for login, reason in (("sub12", "FIELD_INVALID"), ("no.such", "NOT_FOUND")):
        reply = client.call("customer_add", **fields, manager=login)
        assert (reply.reason, reply.field) == (reason, "manager")
    assert client.do("customer_add", **fields, manager="ver1")["customer"]["manager"] == "ver1"
    assert trading.events(number, "customer_added")[0]["payload"]["manager"] == "ver1"
    for login, identical in (("ver1", "true"), (None, "true"), ("ver1b", "false")):
        reply = client.call("customer_add", **fields, manager=login)
        assert (reply.reason, reply.arguments["identical"]) == ("ALREADY_EXISTS", identical), login


@pytest.mark.parametrize("login, reason", [
    ("sub12", "FIELD_INVALID"), ("ver2", "FIELD_INVALID"), ("aud", "FIELD_INVALID"), ("admin", "FIELD_INVALID"),
    ("maker", "FIELD_INVALID"), ("sync11", "FIELD_INVALID"), ("no.such", "NOT_FOUND"), ("clerk11", None), ("ver1", None),
    ("cmo", None)])
def test_who_may_be_one(trading, login, reason):
    number = trading.customer()
    reply = trading.connect("sub11").call("customer_edit", customer=number, manager=login)
    assert reply.reason == reason and (reason is None or reply.field == "manager")
    assert manager_of(trading, number) == (None if reason else login)


def test_whoever_has_a_hand_in_the_case_does_not_choose_who_signs(trading):
    with on(trading, VERIFY, DECIDE.replace("; }", "; need = 2; }")):
        case = submit(trading)
        assert name(trading, case, "ver1", "sub11").reason == "OWN_CASE"
        assert name(trading, case, "", "sub11").reason == "NOTHING_TO_CHANGE"
        assert name(trading, case, "ver1", "sub11b").ok
        assert name(trading, case, "", "sub11").reason == "OWN_CASE"
        assert name(trading, case, "sub11b", "sub11b").arguments["rule"] == "another than whoever asks"
        tie = grant(trading, "sub11", "sub11b")
        tied = name(trading, case, "ver1b", "sub11b")
        assert (tied.reason, tied.field, tied.arguments) == ("TIED_TO_HAND", "manager", {"login": "sub11"}), "nor one tied to him"
        revoke(trading, tie, "sub11")
        verify(trading, case, "ver1")
        do(trading, case, "approve", "app")
        assert name(trading, case, "ver1b", "app").reason == "ALREADY_SIGNED"
        do(trading, case, "withdraw", "sub11")
        assert name(trading, case, "ver1b", "sub11").ok, "nothing is open any more"


# ---- his nodes ----

def test_he_signs_and_nobody_else(trading):
    with on(trading, BRANCH, VERIFY, HIS, DECIDE):
        case = submit(trading)
        assert name(trading, case, "sub11b").ok
        assert (case["node"], case["turn_unit"], case["turn_role"]) == ("own", "B11", "submitter")
        assert explained(trading, case)["holders"] == ["sub11b"] and case["id"] in inbox(trading, "sub11b")
        assert said(trading, case, "verify", "sub11", finding="confirmed", opinion="o")[0] == "OWN_CASE"
        assert verify(trading, case, "sub11b")["node"] == "verify"
        assert verify(trading, case, "ver1")["node"] == "his"
        assert explained(trading, case)["nobody_holds_role"], "the manager is of the branch"
        assert said(trading, case, "approve", "app") == ("NOT_MANAGER", {"node": "his"})
        assert said(trading, case, "reject", "app", reason="r") == ("NOT_MANAGER", {"node": "his"})
        assert name(trading, case, "appb", "app").ok
        assert case["id"] in inbox(trading, "appb") and case["id"] not in inbox(trading, "app")
        assert do(trading, case, "approve", "appb")["node"] == "decide"
        assert do(trading, case, "approve", "app")["state"] == "approved"
        do(trading, case, "record", "sub11")
    named = [(e["kind"], e["actor"], e["manager"]) for e in told(trading, case) if "manager" in e]
    assert named == [("customer_edited", "app", "sub11b"), ("customer_edited", "app", "appb")]


def test_nobody_is_told_and_a_new_one_has_the_task_at_once(trading, watching):  # noqa: F811
    with on(trading, OWN, DECIDE):
        case = submit(trading)
        shown = explained(trading, case)
        assert shown["nobody_holds_role"] and "holders" not in shown
        listed = due(trading, case)
        assert "holders" not in listed and set(listed["told"]) >= {"appb", "cmo"}, "it is escalated at once"
        assert case["id"] not in inbox(trading, "ver1")
        assert said(trading, case, "verify", "ver1", finding="confirmed", opinion="o") == ("NOT_MANAGER", {"node": "own"})
        one, other = watching("ver1"), watching("ver1b")
        assert name(trading, case, "ver1").ok
        assert one.changes() == [(case["id"], "customer_edited", True)]
        assert case["id"] in inbox(trading, "ver1") and case["id"] not in inbox(trading, "ver1b")
        listed = due(trading, case)
        assert listed["holders"] == ["ver1"] and "told" not in listed
        do(trading, case, "claim", "ver1")
        assert one.changes() == [(case["id"], "claimed", True)]
        assert name(trading, case, "ver1b").ok
        assert one.changes() == [(case["id"], "customer_edited", False)]
        assert other.changes()[-1] == (case["id"], "customer_edited", True)
        assert case["id"] not in inbox(trading, "ver1"), "his claim has no effect"
        assert said(trading, case, "verify", "ver1", finding="confirmed", opinion="o")[0] == "NOT_MANAGER"
        assert verify(trading, case, "ver1b")["state"] == "verified"
        do(trading, case, "withdraw", "sub11")


def test_a_substitute_signs_for_him(trading):
    with on(trading, OWN, DECIDE):
        case = submit(trading)
        assert name(trading, case, "ver1").ok
        assert said(trading, case, "verify", "ver1b", finding="confirmed", opinion="o")[0] == "NOT_MANAGER"
        given = grant(trading, "ver1", "ver1b")
        assert inbox(trading, "ver1b")[case["id"]] == "ver1" and explained(trading, case)["holders"] == ["ver1", "ver1b"]
        signed = verify(trading, case, "ver1b", acting_for="ver1")
        assert signed["state"] == "verified"
        revoke(trading, given, "ver1")
        do(trading, case, "withdraw", "sub11")


def test_a_level_and_who_submitted(trading):
    """ver1 is a supervisor; the manager of a branch's node has submitted the case himself."""
    with on(trading, OWN.replace("; own", '; level = "manager"; own'), DECIDE):
        case = submit(trading)
        assert name(trading, case, "ver1").ok
        assert said(trading, case, "verify", "ver1", finding="confirmed", opinion="o") == ("LEVEL_TOO_LOW", {"level": "manager"})
        assert explained(trading, case)["nobody_holds_role"]
        do(trading, case, "withdraw", "sub11")
    with on(trading, BRANCH, VERIFY, DECIDE):
        number = trading.customer("red")
        trading.connect("sub11").do("customer_edit", customer=number, manager="sub11")
        case = trading.apply(number, "green")
        shown = explained(trading, case)
        assert shown["nobody_holds_role"] and shown["barred"] == ["sub11"]
        do(trading, case, "withdraw", "sub11")


def test_he_is_gone(apart):
    trading = apart(Policy())
    with on(trading, OWN, DECIDE):
        case = submit(trading)
        assert name(trading, case, "ver1").ok
        trading.connect("admin").do("user_disable", login="ver1")
        shown = explained(trading, case)
        assert shown["nobody_holds_role"] and "holders" not in shown and due(trading, case)["told"]
        assert name(trading, case, "ver1").reason == "NOTHING_TO_CHANGE"
        assert manager_of(trading, case["customer_number"]) == "ver1"
        other = submit(trading)
        assert name(trading, other, "ver1").reason == "FIELD_INVALID"
        assert name(trading, case, "ver1b").ok
        assert verify(trading, case, "ver1b")["state"] == "verified"


def test_the_customer_goes_to_another_region(apart):
    """He stays in the file and signs no more; a manager of HQ goes on."""
    trading = apart(Policy())
    with on(trading, OWN, HIS, DECIDE):
        case, high = submit(trading), submit(trading)
        assert name(trading, case, "ver1").ok and name(trading, high, "ver1").ok
        verify(trading, high, "ver1")
        assert name(trading, high, "appb").ok
        for one in (case, high):
            trading.connect("app").do("customer_move", customer=one["customer_id"], branch="B21", reason="r")
        shown = explained(trading, case)
        assert shown["turn_unit"] == "R2" and shown["nobody_holds_role"] and "holders" not in shown
        assert manager_of(trading, case["customer_number"], "sub21") == "ver1"
        assert trading.connect("sub21").call("customer_edit", customer=case["customer_id"], stage="new").ok
        assert name(trading, case, "ver2", "sub21").ok and verify(trading, case, "ver2")["node"] == "his"
        assert explained(trading, high)["holders"] == ["appb"]
        assert do(trading, high, "approve", "appb")["node"] == "decide"
    assert dump.integrity(trading.owner) == []


def test_the_way_shows_him(trading):
    number = trading.customer("red")
    client = trading.connect("sub11")
    with on(trading, OWN, DECIDE):
        def own():
            way = client.do("route_explain", customer=number, to_grade="green", purpose="t")["nodes"]
            return next(n for n in way if n.get("name") == "own")
        assert own()["own_manager"] and "holders" not in own()
        client.do("customer_edit", customer=number, manager="ver1b")
        assert own()["holders"] == ["ver1b"]


@pytest.mark.parametrize("nodes, key, text", [
    ((VERIFY, HIS.replace("; }", '; persons = [ "app" ]; }')), "route[2].own_manager", "persons"),
    ((VERIFY, HIS.replace("; }", "; need = 2; }")), "route[2].own_manager", "others' signatures"),
    ((VERIFY, HIS.replace("; }", "; all = true; }")), "route[2].own_manager", "others' signatures"),
    ((VERIFY, HIS.replace("; }", "; automatic = true; jump_to = 1; }"), DECIDE), "route[2].automatic", "who signs"),
    ((VERIFY, HIS.replace("own_manager = true", 'own_manager = "yes"'), DECIDE), "route[2].own_manager", "true or false"),
])
def test_a_bad_route_is_refused(trading, nodes, key, text):
    reply = trading.connect("maker").call("policy_check", text=route(*nodes))
    message = str(reply.body) + str(reply.arguments)
    assert key in message and text in message, message


# ---- the command line ----

def test_creditctl(trading, cli, tmp_path):
    rows = tmp_path / "customers.csv"
    rows.write_text("number,name,branch,manager\nM-1,one,B11,ver1\nM-2,two,B11,\nM-3,three,B11,sub12\n", encoding="utf-8")
    done = cli("sub11", "customer", "import", rows, code=9)
    assert done.json["added"] == 2 and done.json["refused"] == 1
    assert manager_of(trading, "M-1") == "ver1" and manager_of(trading, "M-2") is None
    assert cli("sub11", "customer", "show", "M-1").json["manager"] == "ver1"
    cli("sub11", "customer", "edit", "M-2", "--manager", "sub11b")
    assert cli("sub11", "customer", "show", "M-2").json["manager"] == "sub11b"
    for blank in ("", " "):  # of a variable of a script that is not set
        assert cli("sub11", "customer", "edit", "M-2", "--manager", blank, code=7).error["reason"] == "NOTHING_TO_CHANGE"
    assert cli("sub11", "customer", "show", "M-2").json["manager"] == "sub11b"
    assert "manager" not in cli("sub11", "customer", "edit", "M-2", "--manager", "none").json
    assert "manager" not in cli("sub11", "customer", "add", "M-5", "--name", "five", "--branch", "B11", "--manager", "none").json
    assert cli("sub11", "customer", "add", "M-4", "--name", "four", "--branch", "B11", "--manager", "ver1b").json["manager"] == "ver1b"
    assert cli("sub11", "customer", "edit", "M-1", "--manager", "aud", code=7).error["field"] == "manager"
    with on(trading, OWN, DECIDE):
        way = cli("sub11", "policy", "route", "explain", "M-4", "--to", "green").json["nodes"]
        assert [(n.get("own_manager"), n["holders"]) for n in way if n.get("name") == "own"] == [(True, ["ver1b"])]
        zh = cli("sub11", "--lang", "zh_CN", "policy", "route", "explain", "M-4", "--to", "green", output="table").stdout
        assert "客户经理" in zh


# ---- the database ----

def test_the_row_says_what_the_events_say(trading, pg):
    trading.settled()
    assert dump.integrity(pg.owner) == [] and ledger.faults(dump.take(pg.owner)) == []
    number = trading.customer()
    change = "UPDATE customer SET managed_by = %s WHERE number = %s RETURNING 1"
    (ver1,), = trading.rows("SELECT user_id FROM app_user WHERE login = 'ver1'")
    trading.rows(change, ver1, number)
    assert [row[0] for row in dump.integrity(pg.owner)] == ["customer manager"]
    trading.rows(change, None, number)
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        trading.rows(change, 10 ** 9, number)
    assert dump.integrity(pg.owner) == []
