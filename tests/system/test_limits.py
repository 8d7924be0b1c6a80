"""The amount of a case: trades make a volume, the requested grade a credit limit of it, and the limit decides nodes, authority
and what a delegation covers. Green brings 30 % of the volume, from 500,000 to 5,000,000."""
import json

import psycopg2
import pytest

from harness import policies
from harness.standing import DAY
from harness.trading import refused
from test_authority import TEXT, WHOLE
from test_delegation import explained, grant, inbox, revoke, step
from test_routes import DECIDE, VERIFY, do, route, said, told

YUAN = 100
AT = 4_000_000 * YUAN     # of volume: a limit of exactly 1,200,000
ABOVE = AT + 4            # one minor unit more
LIMIT = 1_200_000 * YUAN
UNKNOWN = None


def traded(trading, volume, grade="red"):
    """A new customer with that volume; None: without trades. Gives its number."""
    number = trading.customer(grade)
    if volume is not None:
        issued = trading.today() - 60 * DAY
        trading.give(number, *trading.kept(4, volume // 4, issued, issued + 20 * DAY))
    return number


def case_of(trading, volume, to="green", **more):
    return trading.connect("sub11").do("application_submit", customer=traded(trading, volume), to_grade=to, reason="r",
                                       **more)["application"]


def limit(case):
    return case.get("limit_minor"), case.get("limit_currency")


def limit_in_row(trading, case):
    return trading.rows("SELECT limit_minor, limit_currency FROM application WHERE application_id = %s",
                        int(case["id"].split("-")[2]))[0]


# ---- where it comes from ----

@pytest.mark.parametrize("volume, to, expected", [
    (AT, "green", LIMIT), (ABOVE, "green", LIMIT + 1), (AT, "yellow", 800_000 * YUAN), (AT, "black", 0),
    (400 * YUAN, "green", 500_000 * YUAN), (40_000_000 * YUAN, "green", 5_000_000 * YUAN)])
def test_trades_make_the_amount(trading, volume, to, expected):
    number = traded(trading, volume)
    way = trading.connect("ver1").do("route_explain", customer=number, to_grade=to, purpose="t")
    assert limit(way) == (expected, "CNY")
    case = trading.apply(number, to)
    assert limit(case) == (expected, "CNY") == limit_in_row(trading, case)
    payload = trading.events(number, "submit")[0]["payload"]
    assert (payload["limit_minor"], payload["limit_currency"]) == (expected, "CNY")
    for login, seen in (("aud", (expected, "CNY")), ("ver1", (expected, "CNY")), ("clerk11", (None, None))):
        shown = trading.connect(login).do("application_show", application=case["id"], purpose="t")["application"]
        assert limit(shown) == seen, login


def test_without_trades_it_is_not_known(trading):
    case = case_of(trading, UNKNOWN)
    assert limit(case) == (None, None) == limit_in_row(trading, case)
    number = case["customer_number"]
    assert "limit_minor" not in trading.events(number, "submit")[0]["payload"]
    assert limit(trading.connect("ver1").do("route_explain", customer=number, to_grade="green", purpose="t")) == (None, None)
    assert trading.rows("SELECT volume_minor, volume_currency FROM customer WHERE number = %s", number) == [(None, None)]


def test_it_is_worked_out_anew_with_another_grade_only(trading):
    number = traded(trading, AT)
    case = trading.apply(number, "green")
    trading.give(number, *trading.kept(1, AT, trading.today() - 50 * DAY, trading.today() - 40 * DAY))
    do(trading, case, "return", "ver1", reason="r")
    assert limit(do(trading, case, "resubmit", "sub11")) == (LIMIT, "CNY")
    do(trading, case, "return", "ver1", reason="r")
    assert limit(do(trading, case, "resubmit", "sub11", to_grade="yellow", reason="r")) == (1_600_000 * YUAN, "CNY")
    assert [e["payload"].get("limit_minor") for e in trading.events(number, "resubmit")] == [LIMIT, 1_600_000 * YUAN]


# ---- nodes ----

LARGE = '{ name = "large"; step = "decide"; amount_from = "1200000.01"; }'
SMALL = '{ name = "small"; step = "decide"; automatic = true; amount_to = "1200000"; }'
MIDDLE = '{ name = "middle"; step = "verify"; amount_from = "1200000"; amount_to = "1200000.01"; }'


@pytest.mark.parametrize("volume, nodes, at", [
    (AT, [VERIFY, LARGE, DECIDE], "decide"), (ABOVE, [VERIFY, LARGE, DECIDE], "large"),
    (UNKNOWN, [VERIFY, LARGE, DECIDE], "large"),
    (AT, [VERIFY, SMALL, DECIDE], None), (ABOVE, [VERIFY, SMALL, DECIDE], "decide"), (UNKNOWN, [VERIFY, SMALL, DECIDE], "decide"),
    (AT, [VERIFY, MIDDLE, DECIDE], "middle"), (ABOVE, [VERIFY, MIDDLE, DECIDE], "middle"),
    (AT - 4, [VERIFY, MIDDLE, DECIDE], "decide"), (ABOVE + 4, [VERIFY, MIDDLE, DECIDE], "decide"),
    (UNKNOWN, [VERIFY, MIDDLE, DECIDE], "middle")])
def test_the_route_depends_on_the_amount(trading, volume, nodes, at):
    with policies.in_force(trading.connect, route(*nodes)):
        case = case_of(trading, volume)
        way = trading.connect("sub11").do("route_explain", customer=case["customer_number"], to_grade="green", purpose="t")
        passed = {n.get("name"): n.get("passed_by", False) for n in way["nodes"]}
        after = do(trading, case, "verify", "ver1", finding="confirmed", opinion="o")
        assert after.get("node") == at
        assert after["state"] == ("approved" if at is None else "submitted" if at == "middle" else "verified")
        name, = passed.keys() - {None, "verify", "decide"}
        assert passed[name] == (at == "decide")
        skipped = [e["nodes"] for e in told(trading, case) if e["kind"] == "nodes_skipped"]
        assert skipped == ([[name]] if at == "decide" else [])


def test_a_case_on_another_policy_has_another_amount(trading):
    case = case_of(trading, AT)
    do(trading, case, "verify", "ver1", finding="confirmed", opinion="o")
    text = route(VERIFY, '{ name = "large"; step = "decide"; role = "cmo"; amount_from = "2000000"; }', DECIDE)
    assert text.count("limit_volume_bp = 3000") == 1
    with policies.in_force(trading.connect, text.replace("limit_volume_bp = 3000", "limit_volume_bp = 5000")):
        number = trading.rows("SELECT max(version) FROM policy_version")[0][0]
        assert limit(do(trading, case, "policy", "app", policy_version=number, reason="r")) == (LIMIT, "CNY")
        moved = do(trading, case, "policy", "appb", policy_version=number, reason="r", approve=True)
        assert (limit(moved), moved["node"]) == ((2_000_000 * YUAN, "CNY"), "large")
    payload = trading.events(case["customer_number"], "case_policy_moved")[0]["payload"]
    assert payload["limit_minor"] == 2_000_000 * YUAN


@pytest.mark.parametrize("node, key, text", [
    ('amount_from = "-1";', "route[2].amount_from", "more than 0"), ('amount_to = "0";', "route[2].amount_to", "more than 0"),
    ('amount_from = "2"; amount_to = "1.99";', "route[2].amount_to", "less than amount_from"),
    ('amount_from = "1.001";', "route[2].amount_from", "2 decimals of CNY")])
def test_a_bad_amount_is_refused(trading, node, key, text):
    checked = trading.connect("maker").call("policy_check", text=route(VERIFY, '{ name = "n"; step = "decide"; ' + node + " }", DECIDE))
    message = str(checked.body) + str(checked.arguments)
    assert key in message and text in message, message


# ---- authority ----

UP_TO = WHOLE.replace("; }", '; limit = "1200000.00"; }').replace("supervisor", "manager")


@pytest.fixture
def matrix(trading):
    """app is a manager, appb a director."""
    with policies.in_force(trading.connect, TEXT.replace(WHOLE, UP_TO + ", " + WHOLE.replace("supervisor", "director"))):
        yield trading


@pytest.mark.parametrize("volume, may", [(AT, True), (ABOVE, False), (UNKNOWN, False), (400 * YUAN, True)])
def test_above_the_limit_it_goes_up_by_itself(matrix, volume, may):
    case = step(matrix, case_of(matrix, volume), "verify", "ver1")
    assert (case["id"] in inbox(matrix, "app")) == may and case["id"] in inbox(matrix, "appb")
    assert explained(matrix, case)["holders"] == (["app", "appb"] if may else ["appb"])
    way = matrix.connect("ver1").do("route_explain", customer=case["customer_number"], to_grade="green", purpose="t")
    assert way["nodes"][2]["least_level"] == ("manager" if may else "director")
    if may:
        assert step(matrix, case, "approve", "app")["state"] == "approved"
        return
    assert said(matrix, case, "approve", "app") == ("ABOVE_AUTHORITY", {"level": "director"})
    assert said(matrix, case, "return", "app", reason="r")[0] == "ABOVE_AUTHORITY"
    assert step(matrix, case, "approve", "appb")["state"] == "approved"


@pytest.mark.parametrize("volume, may", [(6_000_000 * YUAN, True), (6_000_000 * YUAN + 8, False)])
def test_a_better_grade_than_the_demotion_asked_for_is_a_larger_amount(matrix, volume, may):
    """Black brings nothing, yellow 20 %."""
    number = traded(matrix, volume, "green")
    case = step(matrix, matrix.apply(number, "black"), "verify", "ver1")
    assert limit(case) == (0, "CNY") and case["id"] in inbox(matrix, "app")
    if not may:
        assert said(matrix, case, "approve", "app", grade="yellow", reason="r") == ("ABOVE_AUTHORITY", {"level": "director"})
    decided = do(matrix, case, "approve", "app" if may else "appb", grade="yellow", reason="r")
    assert (decided["state"], decided["decided_grade"]) == ("approved", "yellow")


def test_a_matrix_that_leaves_amounts_to_nobody_is_refused(trading):
    checked = trading.connect("maker").call("policy_check", text=TEXT.replace(WHOLE, UP_TO))
    assert "no level decides cases of the kind admission over 4 grades with any limit" in str(checked.body) + str(checked.arguments)


# ---- delegations ----

BOUND = {"amount_to_minor": LIMIT, "currency": "CNY"}


@pytest.mark.parametrize("volume, covered", [(AT, True), (ABOVE, False), (UNKNOWN, False)])
def test_a_delegation_up_to_an_amount(trading, volume, covered):
    given = grant(trading, "ver1", "app", **BOUND)
    try:
        case = case_of(trading, volume)
        assert inbox(trading, "app").get(case["id"]) == ("ver1" if covered else None)
        assert ("app" in explained(trading, case)["holders"]) == covered
        if covered:
            assert step(trading, case, "verify", "app", "ver1")["state"] == "verified"
        else:
            reply = refused(lambda: step(trading, case, "verify", "app", "ver1"))
            assert (reply.reason, reply.arguments) == ("DELEGATION_AMOUNT", {"login": "ver1"})
            assert step(trading, case, "verify", "ver1")["state"] == "verified"
            assert said(trading, case, "approve", "app")[0] == "TIED_TO_HAND", "they are tied whatever the amount"
    finally:
        revoke(trading, given, "ver1")


def test_a_submission_for_another_up_to_an_amount(trading):
    given = grant(trading, "sub11", "ver1", **BOUND)
    try:
        for volume, covered in ((AT, True), (ABOVE, False), (UNKNOWN, False)):
            reply = trading.connect("ver1").call("application_submit", customer=traded(trading, volume), to_grade="green",
                                                 reason="r", acting_for="sub11")
            assert reply.reason == (None if covered else "DELEGATION_AMOUNT"), volume
        case = case_of(trading, ABOVE, to="yellow")
        do(trading, case, "return", "ver1b", reason="r")
        assert said(trading, case, "resubmit", "ver1", to_grade="green", reason="r", acting_for="sub11")[0] == "DELEGATION_AMOUNT"
        assert do(trading, case, "resubmit", "ver1", acting_for="sub11")["state"] == "submitted"
        # A criterion: yellow for that volume, of which 20 % is less than the bound, and green for what is above it.
        low, high = traded(trading, AT), traded(trading, 20_000_000 * YUAN)
        assert {low, high} <= trading.criteria("sub11").keys()
        assert low in trading.criteria("ver1") and high not in trading.criteria("ver1")
    finally:
        revoke(trading, given, "sub11")


def test_which_amounts_are_taken(trading):
    for fields, reason, field in (({"amount_to_minor": 5}, "FIELD_REQUIRED", "currency"),
                                  ({"currency": "CNY"}, "FIELD_REQUIRED", "amount_to_minor"),
                                  ({"amount_to_minor": 5, "currency": "USD"}, "FIELD_INVALID", "currency"),
                                  ({"amount_to_minor": 5, "currency": "CNYX"}, "FIELD_INVALID", "currency"),
                                  ({"amount_to_minor": 0, "currency": "CNY"}, "FIELD_INVALID", "amount_to_minor"),
                                  ({"amount_to_minor": -1, "currency": "CNY"}, "FIELD_INVALID", "amount_to_minor"),
                                  ({"amount_to_minor": 10**15 + 1, "currency": "CNY"}, "FIELD_INVALID", "amount_to_minor")):
        reply = trading.connect("ver1").call("delegation_grant", substitute="app", until=trading.today().isoformat(), **fields)
        assert (reply.reason, reply.field) == (reason, field), fields
    given = grant(trading, "ver1", "app", amount_to_minor=10**15, currency="CNY")
    listed = trading.connect("ver1").do("delegation_list")["delegations"]
    assert [(d["amount_to_minor"], d["currency"]) for d in listed if d["id"] == given] == [(10**15, "CNY")]
    payload, = trading.rows("SELECT payload FROM event WHERE home_id = 0 AND kind = 62 ORDER BY seq DESC LIMIT 1")[0]
    payload = json.loads(payload) if isinstance(payload, str) else payload
    assert (payload["amount_to_minor"], payload["currency"]) == (10**15, "CNY")
    revoke(trading, given, "ver1")


# ---- the database ----

@pytest.mark.parametrize("change", ["limit_minor = -1", "limit_currency = NULL", "limit_currency = 'yuan'"])
def test_the_database_refuses(trading, change):
    case = case_of(trading, AT)
    with pytest.raises(psycopg2.errors.CheckViolation) as error:
        trading.rows("UPDATE application SET " + change + " WHERE application_id = %s RETURNING 1", int(case["id"].split("-")[2]))
    assert "limit" in error.value.diag.constraint_name
    with pytest.raises(psycopg2.errors.CheckViolation):
        trading.rows("UPDATE customer SET volume_minor = -1 WHERE number = %s RETURNING 1", case["customer_number"])


def test_a_changed_amount_is_seen(trading):
    case = case_of(trading, AT)
    number = int(case["id"].split("-")[2])
    seen = "SELECT detail FROM integrity_violation WHERE kind = 'case limit' AND id = %s"
    assert trading.rows(seen, number) == []
    for other in ("1", None):
        trading.rows("UPDATE application SET limit_minor = %s, limit_currency = %s WHERE application_id = %s RETURNING 1",
                     other, other and "CNY", number)
        assert len(trading.rows(seen, number)) == 1
    trading.rows("UPDATE application SET limit_minor = %s, limit_currency = 'CNY' WHERE application_id = %s RETURNING 1", LIMIT, number)
    assert trading.rows(seen, number) == []


# ---- the command line ----

def test_creditctl(trading, cli):
    cli("ver1", "delegation", "grant", "app", "--until", (trading.today() + DAY).isoformat(), "--amount-to", "120万",
        "--currency", "CNY")
    listed, = [d for d in cli("ver1", "delegation", "list").json if d["substitute"] == "app"]
    assert listed["amount_to"] == {"amount": "1200000.00", "currency": "CNY"}
    assert "1,200,000.00 CNY" in cli("ver1", "delegation", "list", output="table").stdout
    assert "1200000.00 CNY" in cli("ver1", "delegation", "list", output="csv").stdout
    case = case_of(trading, ABOVE)
    assert cli("app", "application", "verify", case["id"], "--finding", "confirmed", "--opinion", "o", "--acting-for", "ver1",
               code=5).error["reason"] == "DELEGATION_AMOUNT"
    cli("ver1", "delegation", "revoke", listed["id"])
    for words, field in ((["--amount-to", "5"], "currency"), (["--currency", "CNY"], "amount-to"),
                         (["--amount-to", "much", "--currency", "CNY"], "amount-to"),
                         (["--amount-to", "5", "--currency", "YUAN"], "currency")):
        error = cli("ver1", "delegation", "grant", "app", "--until", "2030-01-01", *words, code=2).error
        assert (error["reason"], error["field"]) == ("USAGE", field)
    shown = cli("ver1", "application", "show", case["id"])
    assert shown.json["limit"] == {"amount": "1200000.01", "currency": "CNY"}
    assert "1,200,000.01 CNY" in cli("ver1", "application", "show", case["id"], output="table").stdout
    assert "limit" not in cli("clerk11", "application", "show", case["id"]).json
    way = cli("ver1", "policy", "route", "explain", case["customer_number"], "--to", "yellow").json
    assert way["limit"] == {"amount": "800000.00", "currency": "CNY"}
