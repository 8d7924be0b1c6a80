"""What moves a case that waits: reminder, urge, escalation, and the report of what is due."""
import pytest

from harness.standing import DAY, Policy
from harness.trading import civil, instant, refused
from test_extension import HQ_ZONE
from test_pause import kinds, later, stop_clock, submitted, verified, verify
from test_protocol import QUARANTINE, memory_peak, reset_memory_peak
from test_routes import DECIDE, VERIFY, do, on

MINUTE_US = 60_000_000
NEW_YORK = "America/New_York"


def due(trading, login="app", **fields):
    """The report by case."""
    told = trading.connect(login).do("due_list", purpose="test", **fields)
    return {c["application"]["id"]: c for c in told.get("cases", [])}


def urge(trading, case, login="sub11", **more):
    return trading.connect(login).do("application_urge", application=case["id"], **more)["application"]


def shown(trading, case, login="ver1"):
    return {a["id"]: a for a in trading.connect(login).do("inbox", purpose="t").get("applications", [])}[case["id"]]


def test_who_will_miss_tomorrow_and_at_whose_desk(apart):
    """Regions have three days: a case of today is no matter of tomorrow, the day after it is."""
    trading = apart(Policy())
    case = submitted(trading)
    assert case["id"] not in due(trading) and case["id"] in due(trading, days=3)
    later(trading, 1)
    second = verified(trading)
    assert case["id"] not in due(trading) and case["id"] in due(trading, days=2)
    later(trading, 1)
    told = due(trading)
    assert "ver1" in told[case["id"]]["holders"] and "told" not in told[case["id"]]
    assert second["id"] not in told
    assert due(trading, days=0) == {}
    told = due(trading, days=2)
    assert list(told) == [case["id"], second["id"]], "oldest due first"
    assert set(told[second["id"]]["holders"]) >= {"app", "appb"} and "ver1" not in told[second["id"]]["holders"]


def test_whoever_has_left_or_is_barred_is_not_at_the_desk(apart):
    """A verifier who has left; and one who has come to HQ as an approver, of the case that he verified himself."""
    trading = apart(Policy())
    case, other = submitted(trading), submitted(trading)
    assert set(due(trading, days=3)[case["id"]]["holders"]) == {"ver1", "ver1b"}
    trading.connect("ver1b").do("application_verify", application=case["id"], finding="confirmed", opinion="o")
    trading.connect("admin").do("user_grant", login="ver1b", unit="HQ", revoke=["verifier"], grant=["approver"])
    assert due(trading, days=3)[other["id"]]["holders"] == ["ver1"]
    verify(trading, other)
    told = due(trading, days=3)
    assert "ver1b" not in told[case["id"]]["holders"] and "ver1b" in told[other["id"]]["holders"]


def test_a_step_that_nobody_can_take(apart):
    """The only two verifiers of the region leave: the heads there (none) and above are named at once."""
    trading = apart(Policy())
    case = submitted(trading)
    for login in ("ver1", "ver1b"):
        trading.connect("admin").do("user_disable", login=login)
    told = due(trading, days=3)[case["id"]]
    assert "holders" not in told and set(told["told"]) == {"cmo", "appb"}
    assert trading.connect("aud").do("application_explain", application=case["id"], purpose="t")["nobody_holds_role"]
    trading.connect("admin").do("user_add", login="new", name="N", unit="R1", job_level="manager", roles=["verifier"],
                                password="a good password")
    told = due(trading, days=3)[case["id"]]
    assert told["holders"] == ["new"] and "told" not in told


def leave(trading, *logins):
    for login in logins:
        trading.connect("admin").do("user_disable", login=login)


def test_where_nobody_is_left_it_is_told_to_those_further_up(apart):
    """A branch without a head, then a region without one too: what is at the branch is told to HQ's heads at once."""
    trading = apart(Policy())
    stuck, late = submitted(trading), trading.apply(trading.customer("red", "B12"), "green", login="sub12")
    trading.connect("ver1").do("application_return", application=stuck["id"], reason="r")
    trading.connect("ver1").do("application_return", application=late["id"], reason="r")
    leave(trading, "sub11", "sub11b")
    assert set(due(trading, days=0)[stuck["id"]]["told"]) == {"ver1b"}, "the region's, who are told but once"
    assert stuck["id"] in escalated(trading, "ver1b") and stuck["id"] not in escalated(trading, "appb")
    leave(trading, "ver1", "ver1b")
    assert set(due(trading, days=0)[stuck["id"]]["told"]) == {"appb", "cmo"}
    assert stuck["id"] in escalated(trading, "appb") and stuck["id"] in escalated(trading, "cmo")
    assert late["id"] not in due(trading, days=0)
    later(trading, 3)
    assert due(trading, days=0)[late["id"]]["told"] == ["sub12"]
    later(trading, 1)
    assert set(due(trading, days=0)[late["id"]]["told"]) == {"sub12", "appb", "cmo"}, "the region has no head"


def test_a_step_that_ends_soon_is_shown_so(apart):
    trading = apart(Policy())
    case = submitted(trading)
    seen = []
    for day in range(4):
        seen.append((shown(trading, case)["due_soon"], shown(trading, case)["overdue"]))
        later(trading, 1) if day < 3 else None
    assert seen == [(False, False), (False, False), (True, False), (True, False)]
    trading.advance_to(case["due_at_us"])
    assert (shown(trading, case)["due_soon"], shown(trading, case)["overdue"]) == (False, True)


def test_the_desk_sees_an_urge_until_it_acts(apart):
    trading = apart(Policy())
    case = submitted(trading)
    urged = urge(trading, case, reason="the customer waits")
    assert urged["urged_by"] == "sub11" and urged["version"] == case["version"]
    assert shown(trading, case)["urged_by"] == "sub11"
    assert refused(lambda: urge(trading, case, "sub11b")).reason == "URGED_TODAY"
    later(trading, 1)
    assert urge(trading, case, "sub11b")["urged_by"] == "sub11b"
    assert kinds(trading, case)[-2:] == ["urged", "urged"]
    assert "urged_by" not in verify(trading, case)


def test_an_urge_is_for_the_node_that_is_waited_for(trading):
    """Another node has not been urged, though it is of the same unit and state; another signature of the same one has."""
    cmo = '{ name = "cmo"; step = "decide"; role = "cmo"; }'
    with on(trading, VERIFY, DECIDE.replace("; }", "; need = 2; }"), cmo):
        case = verified(trading)
        urge(trading, case)
        assert do(trading, case, "approve", "app")["urged_by"] == "sub11"
        assert refused(lambda: urge(trading, case)).reason == "URGED_TODAY"
        signed = do(trading, case, "approve", "appb")
        assert (signed["node"], signed["turn_role"]) == ("cmo", "cmo") and "urged_by" not in signed
        assert urge(trading, case)["urged_by"] == "sub11"
        back = do(trading, case, "return_to_node", "cmo", node="decide", reason="r")
        assert back["node"] == "decide" and "urged_by" not in back
        urge(trading, case)


def test_a_pause_that_is_used_up_keeps_nobody_from_urging(apart):
    trading = apart(Policy())
    case = submitted(trading)
    stop_clock(trading, case)
    later(trading, 5)
    assert refused(lambda: urge(trading, case)).reason == "PAUSED"
    later(trading, 1)
    assert urge(trading, case)["urged_by"] == "sub11"


def test_who_may_urge_and_when(apart):
    trading = apart(Policy())
    case = submitted(trading)
    for login, reason in (("ver1", "ROLE_MISSING"), ("sub21", "NOT_FOUND"), ("clerk11", "LEVEL_TOO_LOW")):
        assert refused(lambda w=login: urge(trading, case, w)).reason == reason, login
    stop_clock(trading, case)
    assert refused(lambda: urge(trading, case)).reason == "PAUSED"
    approved = verified(trading)
    trading.connect("app").do("application_approve", application=approved["id"])
    reply = refused(lambda: urge(trading, approved))
    assert (reply.reason, reply.arguments["unit"]) == ("OWN_TURN", "B11")
    trading.connect("sub11").do("application_record", application=approved["id"])
    assert refused(lambda: urge(trading, approved)).reason == "ALREADY_DECIDED"


def escalated(trading, login):
    """Cases of which somebody is told."""
    return set(due(trading, login, escalated=True))


def test_the_region_lets_its_days_pass_and_headquarters_is_told(apart):
    """The regulation's story: first the region's head, a day later HQ's; both until somebody acts."""
    trading = apart(Policy())
    trading.connect("admin").do("user_grant", login="ver1", job_level="director")
    case = submitted(trading)
    trading.advance_to(case["due_at_us"] - MINUTE_US)
    assert not escalated(trading, "ver1")
    trading.advance_to(case["due_at_us"])
    assert escalated(trading, "ver1") == {case["id"]}, "the head of the region"
    assert not escalated(trading, "ver1b"), "not everybody there"
    assert not escalated(trading, "cmo")
    later(trading, 1)
    assert escalated(trading, "cmo") == escalated(trading, "ver1") == {case["id"]}
    assert not escalated(trading, "app"), "no head of HQ"
    assert set(due(trading)[case["id"]]["told"]) == {"ver1", "cmo", "appb"}, "not the administrator, who is director, too"
    verify(trading, case)
    assert not escalated(trading, "cmo") and not escalated(trading, "ver1")


def test_pages_of_the_report(apart):
    trading = apart(Policy())
    cases = [submitted(trading)["id"] for _ in range(5)]
    seen, after = [], {}
    while True:
        page = trading.connect("app").do("due_list", purpose="t", days=9, limit=2, **after)
        seen += [c["application"]["id"] for c in page["cases"]]
        if "next" not in page:
            break
        after = {"after": page["next"]}
    assert seen == cases
    assert refused(lambda: due(trading, days=366)).reason == "FIELD_INVALID"
    assert refused(lambda: due(trading, "sub21", branch="B11")).reason == "NOT_FOUND"
    assert not due(trading, "sub21", days=9) and set(due(trading, "sub11", days=9)) == set(cases)


def test_memory_of_a_list_does_not_grow_with_the_users(apart):
    """Each row names those who can act and who is told: of very many, few."""
    trading = apart(Policy())
    with trading.owner.cursor() as cursor:
        cursor.execute("INSERT INTO creditd.app_user (login, name, unit_id, job_level, roles) SELECT 'many' || n, 'Many', "
                       "(SELECT unit_id FROM creditd.unit WHERE code = 'B21'), 2, 2 FROM generate_series(1, 20000) n")
        cursor.execute("UPDATE creditd.reference_epoch SET epoch = epoch + 1")
    trading.owner.commit()
    cases = {submitted(trading)["id"] for _ in range(40)}
    before = trading.server.rss()
    reset_memory_peak(trading.server)
    assert set(due(trading, days=9)) == cases
    assert memory_peak(trading.server) - before < 4_000_000 + QUARANTINE, "40 rows of 20,000 pointers are 6.4 MB"


def test_the_end_is_that_of_the_day_where_it_waits(apart):
    """The region's in New York, whose day ends when it is noon of the next one at HQ; then HQ's."""
    trading = apart(Policy())
    case = submitted(trading, "B21")
    last = civil(case["due_at_us"], NEW_YORK) - DAY
    seen = []
    for day, hour in ((last - 2 * DAY, 23), (last - DAY, 0), (last - DAY, 9), (last - DAY, 23), (last, 1)):
        trading.advance_to(instant(day, NEW_YORK, hour=hour))
        found = [days for days in (0, 1, 2) if case["id"] in due(trading, days=days)]
        assert trading.connect("aud").do("application_show", application=case["id"],
                                         purpose="t")["application"]["due_soon"] == (1 in found)
        seen.append(found)
    assert seen == [[2], [1, 2], [1, 2], [1, 2], [0, 1, 2]]
    case = trading.connect("ver2").do("application_verify", application=case["id"], finding="confirmed",
                                      opinion="o")["application"]
    last = civil(case["due_at_us"], HQ_ZONE) - DAY
    trading.advance_to(instant(last - DAY, HQ_ZONE, hour=1))
    assert case["id"] not in due(trading, days=0) and case["id"] in due(trading)


def test_pages_of_units_with_days_of_their_own(apart):
    """What another zone's days leave out makes no page shorter: here it would come behind the others."""
    trading = apart(Policy())
    here = [submitted(trading)["id"] for _ in range(3)]
    began = trading.today()
    trading.advance_to(instant(began, HQ_ZONE, hour=14))
    there = [submitted(trading, "B21")["id"] for _ in range(3)]

    def pages():
        found, after = [], {}
        while True:
            page = trading.connect("app").do("due_list", purpose="t", days=1, limit=2, **after)
            found.append([c["application"]["id"] for c in page["cases"]])
            if "next" not in page:
                return found
            after = {"after": page["next"]}

    trading.advance_to(instant(began + 2 * DAY, HQ_ZONE, hour=8))
    assert pages() == [here[:2], here[2:]], "it is the day before in New York"
    trading.advance_to(instant(began + 2 * DAY, HQ_ZONE, hour=14))
    assert pages() == [here[:2], [here[2], there[0]], there[1:]]


@pytest.mark.parametrize("lang,words", [("en", ("TOLD", "HOLDERS")), ("zh_CN", ("已上报", "可处理人"))])
def test_at_the_desk(cli, apart, trading, lang, words):
    case = submitted(trading)
    rows = {r["id"]: r for r in cli("app", "report", "due", "--days", "3").json}
    assert "ver1" in rows[case["id"]]["holders"] and rows[case["id"]]["told"] == []
    table = cli("app", "--lang", lang, "report", "due", "--days", "3", output="table").stdout
    assert all(w in table.upper() or w in table for w in words)
    assert cli("sub11", "application", "urge", case["id"], "--reason", "r").json["urged_by"] == "sub11"
    error = cli("sub11", "application", "urge", case["id"], code=6).error
    assert error["reason"] == "URGED_TODAY" and f"application explain {case['id']}" in error["hint"]
