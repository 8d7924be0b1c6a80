"""Emergencies: a grade in force for minutes, by one person or by two, and the review that each of them opens."""
import csv
import io
import json
from collections import Counter

import psycopg2
import pytest

from harness import assessing, dump
from harness.seed import PASSWORD
from harness.standing import DAY, ORDINARY, Policy
from harness.trading import SECOND, civil, period_end, refused, row_of
from test_delegation import grant

MILLION = 1_000_000_00
MINUTE = 60 * SECOND
HQ_ZONE = "Asia/Shanghai"


@pytest.fixture
def urgent(apart):
    """A server and a database of their own, with a third and a fourth approver at HQ."""
    urgent = apart(Policy())
    for login, level in (("third", "manager"), ("low", "supervisor")):
        urgent.connect("admin").do("user_add", login=login, name=login, unit="HQ", job_level=level, roles=["approver"],
                                   password=PASSWORD.format(login=login))
        with urgent.server.client() as client:
            urgent.tokens = {**urgent.tokens, login: client.login(login, PASSWORD.format(login=login))}
    return urgent


def ask(urgent, number, grade="green", login="app", minutes=60, reason="goods are at the gate", **more):
    return urgent.connect(login).do("customer_emergency", customer=number, grade=grade, minutes=minutes, reason=reason,
                                    **more)["customer"]


def answer(urgent, number, login="appb", **more):
    return urgent.connect(login).do("emergency_answer", customer=number, **{"confirm": True, **more})["customer"]


def review(urgent, number, login="third", finding="justified", opinion="the bank confirmed it"):
    return urgent.connect(login).do("customer_review", customer=number, finding=finding, opinion=opinion)["customer"]


def over(urgent, minutes=60):
    """Goes on until an emergency that has just begun is over."""
    urgent.advance_to(urgent.now() + minutes * MINUTE)
    urgent.settled()


def tasks(urgent, login, kind, **more):
    told = urgent.connect(login).do("task_list", purpose="t", kind=kind, limit=1000, **{"inbox": True, **more})
    return {t["customer_number"]: t for t in told.get("tasks", [])}


def why(urgent, method, login, **fields):
    reply = refused(lambda: urgent.connect(login).do(method, **fields))
    return reply.reason


# ---- by one, by two ----

def test_one_person_alone_and_it_ends_by_itself_at_the_minute(urgent):
    number, begun = urgent.customer("red"), urgent.now()
    shown = ask(urgent, number, login="appb", minutes=45)
    ends = shown["emergency_until_us"]
    assert (shown["grade"], shown["override_from"], shown["override_by"]) == ("green", "red", "appb")
    assert begun + 45 * MINUTE <= ends <= urgent.now() + 45 * MINUTE and "emergency_confirmed_by" not in shown
    assert shown["review"]["asked_by"] == "appb" and "confirmed_by" not in shown["review"]
    assert shown["review"]["due_at_us"] == period_end(HQ_ZONE, shown["review"]["opened_at_us"], 3)
    payload = urgent.events(number, "standing_changed")[-1]["payload"]
    assert (payload["cause"], payload["ends_us"], payload["asked_by"], payload["reason"]) == (
        "override", ends, "appb", "goods are at the gate")
    urgent.advance_to(ends - SECOND * 5)
    assert urgent.in_force(number) == ("key", "green")
    urgent.advance_to(ends)
    urgent.settled()
    assert urgent.in_force(number) == ("key", "red")
    last = urgent.events(number, "standing_changed")[-1]
    assert (last["actor"], last["payload"]["cause"]) == ("system", "override") and last["at_us"] >= ends
    shown = urgent.show(number)["customer"]
    assert "emergency_until_us" not in shown and shown["review"]["asked_by"] == "appb"


def test_two_persons(urgent):
    number = urgent.customer("yellow")
    shown = ask(urgent, number, None, minutes=30)
    assert shown["grade"] == "yellow" and "review" not in shown
    asked = shown["emergency_asked"]
    assert (asked["by"], asked["minutes"], asked["reason"]) == ("app", 30, "goods are at the gate")
    assert "grade" not in asked and asked["until_us"] - urgent.now() <= 240 * MINUTE
    assert number in tasks(urgent, "third", "emergency") and number in tasks(urgent, "appb", "emergency")
    assert tasks(urgent, "app", "emergency") == {} == tasks(urgent, "low", "emergency")
    assert why(urgent, "emergency_answer", "app", customer=number, confirm=True) == "OWN_EMERGENCY"
    assert why(urgent, "emergency_answer", "low", customer=number, confirm=True) == "LEVEL_TOO_LOW"
    shown = answer(urgent, number, "third")
    assert shown["tier"] == "ordinary" and shown["emergency_confirmed_by"] == "third"
    assert (shown["review"]["asked_by"], shown["review"]["confirmed_by"]) == ("app", "third")
    payload = urgent.events(number, "standing_changed")[-1]["payload"]
    assert (payload["asked_by"], payload["confirmed_by"], payload["reason"]) == ("app", "third", "goods are at the gate")
    over(urgent, 30)
    assert urgent.in_force(number) == ("key", "yellow")


def test_it_is_refused_or_expires(urgent):
    number = urgent.customer("red")
    ask(urgent, number)
    assert why(urgent, "emergency_answer", "appb", customer=number) == "REASON_REQUIRED"
    assert "emergency_asked" not in answer(urgent, number, confirm=False, reason="no guarantee")
    refusal = urgent.events(number, "emergency_refused")[0]
    assert (refusal["payload"]["reason"], refusal["payload"]["asked_by"]) == ("no guarantee", "app")
    asked = ask(urgent, number)["emergency_asked"]
    urgent.advance_to(asked["until_us"])
    assert "emergency_asked" not in urgent.show(number)["customer"] and tasks(urgent, "appb", "emergency") == {}
    assert why(urgent, "emergency_answer", "appb", customer=number, confirm=True) == "NO_EMERGENCY_ASKED"
    ask(urgent, number, login="third")
    assert answer(urgent, number, "app")["grade"] == "green"
    assert [e["kind"] for e in urgent.events(number)][-4:] == [
        "emergency_refused", "emergency_asked", "emergency_asked", "standing_changed"]


@pytest.mark.parametrize("login, fields, reason, field", [
    ("low", {}, "LEVEL_TOO_LOW", None), ("sub11", {}, "ROLE_MISSING", None), ("app", {"reason": " "}, "REASON_REQUIRED", "reason"),
    ("app", {"minutes": 241}, "EMERGENCY_MINUTES", "minutes"), ("app", {"minutes": None}, "EMERGENCY_MINUTES", "minutes"),
    ("app", {"grade": "red"}, "SAME_GRADE", "grade"), ("app", {"reason": "x" * 2001}, "FIELD_TOO_LONG", "reason"),
    ("app", {"if_version": 77}, "STALE_VERSION", "if_version"), ("app", {"customer": "T-none"}, "NOT_FOUND", "customer")])
def test_what_is_refused(urgent, login, fields, reason, field):
    asked = {"customer": urgent.customer("red"), "grade": "green", "minutes": 60, "reason": "r", **fields}
    reply = refused(lambda: urgent.connect(login).do("customer_emergency", **asked))
    assert (reply.reason, reply.field) == (reason, field)


def test_neither_beside_an_override_nor_beside_another_one(urgent):
    number = urgent.customer("red")
    until = (urgent.today() + 3 * DAY).isoformat()
    ask(urgent, number)
    assert why(urgent, "customer_emergency", "third", customer=number, grade="green", minutes=1,
               reason="r") == "EMERGENCY_ASKED"
    assert number in tasks(urgent, "third", "emergency")
    urgent.connect("appb").do("customer_override", customer=number, grade="yellow", until=until, reason="r")
    assert number not in tasks(urgent, "third", "emergency"), "nobody can confirm it"
    assert why(urgent, "emergency_answer", "third", customer=number, confirm=True) == "OVERRIDE_IN_FORCE"
    other = urgent.customer("red")
    ask(urgent, other, login="appb")
    assert why(urgent, "customer_override", "appb", customer=other, grade="yellow", until=until,
               reason="r") == "EMERGENCY_IN_FORCE"
    assert why(urgent, "customer_emergency", "app", customer=other, grade="yellow", minutes=1,
               reason="r") == "EMERGENCY_IN_FORCE"
    assert why(urgent, "customer_review", "third", customer=other, finding="justified", opinion="o") == "EMERGENCY_IN_FORCE"
    over(urgent)
    assert why(urgent, "customer_emergency", "app", customer=other, grade="green", minutes=1, reason="r") == "REVIEW_OPEN"
    review(urgent, other)
    assert ask(urgent, other)["emergency_asked"]["by"] == "app"


def test_it_is_ended_by_hand(urgent):
    number = urgent.customer("red")
    ask(urgent, number, login="appb", minutes=240)
    assert why(urgent, "customer_override", "low", customer=number, end=True, reason="r") == "LEVEL_TOO_LOW"
    urgent.connect("app").do("customer_override", customer=number, end=True, reason="the truck has gone")
    urgent.settled()
    assert urgent.in_force(number) == ("key", "red") and "review" in urgent.show(number)["customer"]


def test_whoever_assessed_the_customer_or_is_tied_has_no_part(urgent):
    number = urgent.customer("red")
    urgent.connect("admin").do("user_add", login="maker11", name="M", unit="B11", job_level="supervisor",
                                roles=["submitter"], password="long enough")
    with urgent.server.client() as client:
        client.login("maker11", "long enough")
        client.do("assessment_enter", **assessing.request(assessing.form(client), number, urgent.today()))
        urgent.settled()
        urgent.connect("admin").do("user_grant", login="maker11", unit="HQ", revoke=["submitter"], grant=["approver"],
                                    job_level="manager")
        assert client.call("customer_emergency", customer=number, grade="green", minutes=1, reason="r").reason == "OWN_ASSESSMENT"
        ask(urgent, number)
        assert client.call("emergency_answer", customer=number, confirm=True).reason == "OWN_ASSESSMENT"
    today = urgent.today().isoformat()
    urgent.connect("app").do("delegation_grant", substitute="third", **{"from": today, "until": today})
    assert why(urgent, "emergency_answer", "third", customer=number, confirm=True) == "TIED_TO_HAND"
    assert why(urgent, "emergency_answer", "appb", customer=number, confirm=True) == "TOO_FEW_OTHERS", "who would review it?"
    with urgent.another_approver():
        answer(urgent, number, "appb")
    over(urgent)
    assert why(urgent, "customer_review", "third", customer=number, finding="justified", opinion="o") == "TIED_TO_HAND"


def test_a_third_is_left_to_review_it(apart):
    """Who asks, who confirms and who reviews are three."""
    trading = apart(Policy())
    number = trading.customer("red")
    fields = {"customer": number, "grade": "green", "minutes": 60, "reason": "r"}
    assert why(trading, "customer_emergency", "app", **fields) == "TOO_FEW_OTHERS"
    with trading.another_approver():
        ask(trading, number)
    assert why(trading, "emergency_answer", "appb", customer=number, confirm=True) == "TOO_FEW_OTHERS"
    assert ask(trading, trading.customer("red"), login="appb")["grade"] == "green", "alone, with app to review it"
    trading.connect("admin").do("user_disable", login="app")
    assert why(trading, "customer_emergency", "appb", **fields) == "TOO_FEW_OTHERS"


@pytest.mark.parametrize("change", [
    None, {"unit": "R1", "revoke": ["approver"], "grant": ["verifier"]}, {"revoke": ["approver"], "grant": ["cmo"]},
    {"job_level": "supervisor"}])
def test_what_somebody_has_asked_who_could_not_any_more(urgent, change):
    number = urgent.customer("red")
    ask(urgent, number)
    if change is None:
        urgent.connect("admin").do("user_disable", login="app")
    else:
        urgent.connect("admin").do("user_grant", login="app", **change)
    assert why(urgent, "emergency_answer", "appb", customer=number, confirm=True) == "NO_EMERGENCY_ASKED"
    assert number not in tasks(urgent, "appb", "emergency") and "emergency_asked" not in urgent.show(number)["customer"]
    assert ask(urgent, number, login="appb")["review"]["asked_by"] == "appb"


# ---- beneath it ----

def test_an_open_case_goes_on_and_does_not_lapse(urgent):
    number = urgent.customer("red")
    case = urgent.apply(number, "yellow")
    ask(urgent, number, login="appb")
    urgent.bring(case, "verified")
    over(urgent)
    assert urgent.in_force(number) == ("key", "red")
    shown = urgent.connect("app").do("application_approve", application=case["id"])["application"]
    assert (shown["from_grade"], shown["to_grade"], shown["state"]) == ("red", "yellow", "approved")
    urgent.connect("sub11").do("application_record", application=case["id"])
    assert urgent.in_force(number) == ("key", "yellow")


def test_a_case_begun_in_an_emergency_is_about_what_lies_beneath(urgent):
    number = urgent.customer("red")
    ask(urgent, number, login="appb")
    assert why(urgent, "application_submit", "sub11", customer=number, to_grade="red", reason="r") == "SAME_GRADE"
    case = urgent.apply(number, "green")
    assert case["from_grade"] == "red"
    over(urgent)
    assert urgent.connect("aud").do("application_show", application=case["id"], purpose="t")["application"]["state"] == "submitted"
    other = urgent.customer("red")
    case = urgent.apply(other, "yellow")
    ask(urgent, other, login="appb")
    urgent.bring(case, "recorded")
    assert urgent.in_force(other) == ("key", "yellow"), "a recorded case takes its place"
    assert "emergency_until_us" not in urgent.show(other)["customer"]
    over(urgent)
    assert urgent.in_force(other) == ("key", "yellow") and "review" in urgent.show(other)["customer"]


def test_what_a_delegation_covers_is_judged_by_what_lies_beneath(urgent):
    number = urgent.customer("red")
    ask(urgent, number, login="appb")
    grant(urgent, "sub11", "ver1", kinds=["demotion"])
    assert why(urgent, "application_submit", "ver1", customer=number, to_grade="yellow", reason="r",
               acting_for="sub11") == "DELEGATION_NARROWER"
    grant(urgent, "sub11", "ver1", kinds=["promotion"])
    assert urgent.connect("ver1").do("application_submit", customer=number, to_grade="yellow", reason="r",
                                     acting_for="sub11")["application"]["from_grade"] == "red"


def test_the_explanation_is_of_what_lies_beneath(urgent):
    """An ordinary customer below all bands is not admitted, in an emergency either."""
    number, today = urgent.customer(None), urgent.today()
    urgent.give(number, *urgent.kept(3, 100_00, today - 40 * DAY, today - 10 * DAY))
    before = urgent.show(number)["explanation"]
    ask(urgent, number, "green", login="appb")
    during = urgent.show(number)["explanation"]
    assert before["tier"] == "ordinary", before
    assert {n: during.get(n) for n in ("tier", "grade")} == \
        {n: before.get(n) for n in ("tier", "grade")}


def test_a_criterion_keeps_its_clock(urgent):
    number, today = urgent.customer("red"), urgent.today()
    urgent.give(number, *urgent.kept(3, 4 * MILLION, today - 40 * DAY, today - 10 * DAY))
    before = urgent.criteria()[number]
    ask(urgent, number, "yellow", login="appb")
    during = urgent.criteria()[number]
    over(urgent)
    after = urgent.criteria()[number]
    same = ("from_grade", "to_grade", "met_on", "detected_at_us", "due_at_us")
    assert [during[n] for n in same] == [before[n] for n in same] == [after[n] for n in same]
    assert len(urgent.events(number, "criterion_met")) == 1 and not urgent.events(number, "criterion_gone")


def test_a_demotion_waits_for_its_end(urgent):
    number, today = urgent.customer("yellow"), urgent.today()
    ask(urgent, number, login="appb")
    urgent.give(number, *urgent.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY))
    assert urgent.in_force(number) == ("key", "green")
    over(urgent)
    assert urgent.in_force(number) == ORDINARY
    causes = [e["payload"]["cause"] for e in urgent.events(number, "standing_changed")]
    assert causes == ["opening", "override", "override", "demotion"]


def test_it_ends_while_an_import_is_open(urgent):
    number, today = urgent.customer("yellow"), urgent.today()
    begun = urgent.begin()
    urgent.chunk(begun, [row_of(number, t) for t in urgent.kept(2, 4 * MILLION, today - 40 * DAY, today - 10 * DAY)])
    ask(urgent, number, "red", login="appb")
    urgent.chunk(begun, [row_of(number, t) for t in urgent.kept(1, MILLION, today - 40 * DAY, today - 10 * DAY)])
    over(urgent)
    assert urgent.in_force(number) == ("key", "yellow") and number not in urgent.criteria()
    urgent.finish(begun)
    assert urgent.criteria()[number]["to_grade"] == "green"


def test_the_servers_are_down_across_the_end(urgent):
    number = urgent.customer("red")
    ends = ask(urgent, number, login="appb", minutes=120)["emergency_until_us"]
    urgent._stop()
    with urgent.owner.cursor() as cursor:
        cursor.execute("UPDATE creditd.clock SET offset_us = offset_us + %s", (2 * 86400 * SECOND,))
    urgent._start()
    urgent.settled()
    assert urgent.in_force(number) == ("key", "red")
    last = urgent.events(number, "standing_changed")[-1]
    assert last["payload"]["valid_from"] == civil(ends).isoformat() < urgent.today().isoformat()


# ---- the review ----

def test_a_review_is_done_by_a_third_person_and_by_nothing_else(urgent):
    number = urgent.customer("red")
    ask(urgent, number)
    answer(urgent, number)
    assert tasks(urgent, "third", "after_review") == {}, "it is not over"
    over(urgent)
    task = tasks(urgent, "third", "after_review")[number]
    assert not task["overdue"] and task["due_at_us"] == urgent.show(number)["customer"]["review"]["due_at_us"]
    for login in ("app", "appb", "low"):
        assert tasks(urgent, login, "after_review") == {}
    assert number in tasks(urgent, "sub11", "after_review", inbox=False)
    for login, reason in (("app", "OWN_REVIEW"), ("appb", "OWN_REVIEW"), ("low", "LEVEL_TOO_LOW"), ("sub11", "ROLE_MISSING")):
        assert why(urgent, "customer_review", login, customer=number, finding="justified", opinion="o") == reason
    for fields, reason in (({"opinion": "o"}, "REVIEW_FINDING_REQUIRED"), ({"finding": "unjustified"}, "OPINION_REQUIRED")):
        assert why(urgent, "customer_review", "third", customer=number, **fields) == reason
    urgent.go_to(urgent.today() + 5 * DAY)
    assert tasks(urgent, "third", "after_review")[number]["overdue"]
    assert "review" not in review(urgent, number, finding="unjustified", opinion="nobody had called the bank")
    payload = urgent.events(number, "emergency_reviewed")[0]["payload"]
    assert (payload["finding"], payload["opinion"], payload["asked_by"], payload["confirmed_by"]) == (
        "unjustified", "nobody had called the bank", "app", "appb")
    assert why(urgent, "customer_review", "third", customer=number, finding="justified", opinion="o") == "NO_REVIEW_OPEN"
    assert tasks(urgent, "third", "after_review") == {}


def reviews(urgent, login, **more):
    """The reviews in his inbox, and to whom each is escalated."""
    return {number: task.get("told", []) for number, task in tasks(urgent, login, "after_review", **more).items()}


def test_a_review_that_is_not_done_is_told_to_the_heads_of_hq(urgent):
    number = urgent.customer("red")
    due = ask(urgent, number, login="appb")["review"]["due_at_us"]
    over(urgent)
    assert reviews(urgent, "app") == {number: []} and reviews(urgent, "cmo") == reviews(urgent, "appb") == {}
    assert reviews(urgent, "aud", inbox=False, days=2) == {} and reviews(urgent, "aud", inbox=False, days=3) == {number: []}
    assert why(urgent, "task_list", "aud", purpose="t", days=366) == "FIELD_INVALID"
    urgent.advance_to(due)
    told = {login: reviews(urgent, login)[number] for login in ("app", "cmo", "appb")}
    assert all(sorted(logins) == ["appb", "cmo"] for logins in told.values())
    assert tasks(urgent, "cmo", "after_review")[number]["overdue"]
    assert reviews(urgent, "aud", inbox=False, days=0).keys() == {number} and reviews(urgent, "ver1") == {}
    review(urgent, number)
    assert reviews(urgent, "cmo") == {}


def test_a_review_that_nobody_can_do_is_told_at_once(urgent):
    number = urgent.customer("red")
    ask(urgent, number, login="appb")
    for login in ("app", "third"):
        urgent.connect("admin").do("user_disable", login=login)
    assert sorted(reviews(urgent, "cmo")[number]) == ["appb", "cmo"], "while it is in force"
    over(urgent)
    assert sorted(reviews(urgent, "aud", inbox=False, days=0)[number]) == ["appb", "cmo"]
    with urgent.another_approver():
        assert reviews(urgent, "cmo") == {} and reviews(urgent, "aud", inbox=False) == {number: []}


def test_a_clerk_sees_nothing_of_it(urgent):
    number = urgent.customer("red")
    ask(urgent, number)
    answer(urgent, number)
    over(urgent)
    review(urgent, number)
    shown = urgent.connect("clerk11").do("customer_show", customer=number, purpose="t")["customer"]
    assert not {"emergency_until_us", "emergency_asked", "review"} & shown.keys()
    kinds = {e["kind"] for e in urgent.connect("clerk11").do("customer_history", customer=number, purpose="t")["events"]}
    assert not {"emergency_asked", "emergency_reviewed"} & kinds


# ---- the scoreboard ----

def counted(urgent, month):
    """(unit, column) -> count, by a walk over the chains that shares nothing with the server's query."""
    out, now = Counter(), urgent.now()
    places = {c: (b, r) for c, b, r in urgent.rows(
        "SELECT c.customer_id, b.code, r.code FROM customer c JOIN unit b ON b.unit_id = c.branch_id "
        "JOIN unit r ON r.unit_id = c.region_id")}
    chains = {}
    for customer, at, kind, payload in urgent.rows(
            "SELECT customer_id, at, kind, payload::text FROM event WHERE home_id > 0 ORDER BY home_id, customer_id, seq"):
        chains.setdefault(customer, []).append((at, kind, json.loads(payload)))
    for customer, events in chains.items():
        def count(column, at, customer=customer):
            if civil(at, HQ_ZONE).isoformat()[:7] == month:
                for unit in (*places[customer], "HQ"):
                    out[unit, column] += 1
        begun = None
        for at, kind, payload in events:
            if kind == 31 and "ends_us" in payload:
                count("emergencies", at)
                begun = at, payload["review_due_us"]
            elif kind == 48:
                if at >= begun[1]:
                    count("reviews_overdue", begun[0])
                if payload["finding"] == "unjustified":
                    count("reviews_unjustified", at)
                begun = None
        if begun and now >= begun[1]:
            count("reviews_overdue", begun[0])
    return out


def test_the_scoreboard_counts_them(urgent):
    day = (urgent.today() + 32 * DAY).replace(day=3)
    urgent.go_to(day)
    for branch, days, finding in (("B11", 1, "justified"), ("B11", 6, "unjustified"), ("B12", 4, "unjustified"),
                                  ("B21", None, None), ("B21", 2, "justified"), ("B11", None, None)):
        number, begun = urgent.customer("red", branch), urgent.today()
        ask(urgent, number, login="appb")
        if days is not None:
            urgent.go_to(begun + days * DAY)
            review(urgent, number, finding=finding)
    month = day.isoformat()[:7]
    expected = counted(urgent, month)
    assert expected["HQ", "emergencies"] == 6 and expected["HQ", "reviews_unjustified"] == 2
    assert 0 < expected["HQ", "reviews_overdue"] < 6
    shown = {s["unit"]: s for s in urgent.connect("aud").do("scoreboard", month=month, purpose="t")["scores"]}
    for unit, row in shown.items():
        for column in ("emergencies", "reviews_overdue", "reviews_unjustified"):
            assert row[column] == expected[unit, column], (unit, column)
        assert row["overrides"] == 0
    assert set(shown) == {"HQ", "R1", "R2", "B11", "B12", "B21"}
    urgent.go_to(day + 30 * DAY)
    later = urgent.connect("aud").do("scoreboard", month=month, purpose="t")["scores"]
    assert {s["unit"]: s["reviews_overdue"] for s in later} == {
        u: counted(urgent, month)[u, "reviews_overdue"] for u in shown}


# ---- the database and the chains ----

def test_the_database_refuses_what_the_rules_refuse(urgent):
    number = urgent.customer("red")
    ask(urgent, number)
    answer(urgent, number)
    home, customer = dump.customer_of(urgent.owner, number)
    app, third = (urgent.rows("SELECT user_id FROM app_user WHERE login = %s", n)[0][0] for n in ("app", "third"))

    def violates(constraint, statement, *values):
        with urgent.owner.cursor() as cursor:
            cursor.execute("BEGIN; SET LOCAL search_path = creditd; SET LOCAL ROLE creditd_app")
            with pytest.raises(psycopg2.errors.CheckViolation) as caught:
                cursor.execute(statement, values)
            cursor.execute("ROLLBACK")
        assert caught.value.diag.constraint_name == constraint
    change = "UPDATE customer SET {} WHERE home_id = %s AND customer_id = %s"
    for constraint, values in (("customer_review_whole", "review_confirmed_by = review_asked_by"),
                               ("customer_review_whole", "review_due_at = NULL"),
                               ("customer_review_whole", "review_due_at = review_opened_at"),
                               ("customer_emergency_is_reviewed", "override_ends_at = review_opened_at - 1"),
                               ("customer_emergency_is_reviewed", "review_opened_at = NULL, review_due_at = NULL, "
                                "review_asked_by = NULL, review_confirmed_by = NULL"),
                               ("customer_emergency_is_reviewed", "emergency_by = 3"),
                               ("customer_emergency_whole", "emergency_minutes = 5")):
        violates(constraint, change.format(values), home, customer)
    copy = """INSERT INTO event (home_id, customer_id, seq, kind, command_id, actor, at, from_state, to_state, version,
              payload, hash_prev, hash) SELECT home_id, customer_id, seq + 9, %s, command_id, %s, at, 0, 0, 0,
              ((payload::jsonb - 'x') || %s::jsonb)::json, hash_prev, hash FROM event
              WHERE home_id = %s AND customer_id = %s AND kind = 31 AND payload ->> 'ends_us' IS NOT NULL"""
    hands = {"finding": "justified", "opinion": "o"}
    for kind, actor, more in ((31, third, {}), (31, app, {"confirmed_by_id": app}), (31, app, {"ends_us": 1}),
                              (48, app, hands), (48, third, {**hands, "finding": "so"}), (46, app, {})):
        violates("event_emergency_has_hands", copy, kind, actor, json.dumps(more), home, customer)


@pytest.mark.parametrize("change, fault", [("review_asked_by = 99", "emergency review"), ("emergency_by = 99", "emergency asked")])
def test_the_integrity_check_sees_other_hands(urgent, change, fault):
    for number, then in ((urgent.customer("red"), answer), (urgent.customer("red"), lambda *_: None)):
        ask(urgent, number)
        then(urgent, number)
    with urgent.owner.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL search_path = creditd")
        cursor.execute(f"UPDATE customer SET {change} WHERE {change.split(' ')[0]} IS NOT NULL")
        cursor.execute("SELECT kind FROM integrity_violation")
        found = cursor.fetchall()
        cursor.execute("ROLLBACK")
    assert found == [(fault,)]


def test_the_chains_verify(urgent):
    number = urgent.customer("red")
    ask(urgent, number)
    answer(urgent, number)
    over(urgent)
    review(urgent, number)
    told = urgent.connect("aud").do("audit_verify", customer=number)
    assert "fault" not in told and "broken" not in json.dumps(told)


# ---- creditctl ----

@pytest.fixture
def reviewer(trading):
    with trading.another_approver() as login:
        yield login


@pytest.mark.usefixtures("reviewer")
def test_with_creditctl(cli, trading, tmp_path):
    number = trading.customer("red")
    made = cli("app", "customer", "emergency", number, "--grade", "green", "--minutes", "60", "--reason", "at the gate").json
    assert (made["asked_by"], made["asked_grade"], made["asked_minutes"], made["grade"]) == ("app", "green", 60, "red")
    mine = [t for t in cli("appb", "task", "list", "--kind", "emergency").json if t["customer_number"] == number]
    assert mine[0]["kind"] == "emergency" and mine[0]["due_at"] == made["asked_until"]
    assert number in {t["customer_number"] for t in cli("appb", "inbox").json if t["kind"] == "emergency"}
    assert number not in {t["customer_number"] for t in cli("app", "inbox").json}
    error = cli("app", "customer", "emergency", number, "--confirm", code=5).error
    assert error["reason"] == "OWN_EMERGENCY"
    shown = cli("appb", "customer", "emergency", number, "--confirm").json
    assert (shown["grade"], shown["emergency_confirmed_by"], shown["review_asked_by"]) == ("green", "appb", "app")
    assert shown["override_from"] == "red" and shown["emergency_until"] and shown["review_due_at"]
    table = cli("aud", "customer", "show", number, "--lang", "zh_CN", output="table").stdout
    assert "紧急越权至" in table and "事后审查期限" in table
    error = cli("appb", "customer", "review", number, "--finding", "justified", "--opinion", "o", code=6).error
    assert error["reason"] == "EMERGENCY_IN_FORCE"
    row = next(r for r in cli("aud", "report", "due", "--days", "4").json if r["kind"] == "after_review")
    assert (row["customer_number"], row["overdue"]) == (number, False) and "told" not in row
    assert not [r for r in cli("aud", "report", "due", "--days", "1").json if r["kind"] == "after_review"]
    history = [e["kind"] for e in cli("aud", "customer", "history", number).json]
    assert history[-2:] == ["emergency_asked", "standing_changed"]
    for lang, word in (("zh_CN", "已申请紧急越权"), ("en", "emergency_asked")):
        assert word in cli("aud", "customer", "history", number, "--lang", lang, output="table").stdout
    month = trading.today().isoformat()[:7]
    row = next(r for r in cli("aud", "report", "score", "--month", month).json if r["unit"] == "B11")
    assert row["emergencies"] >= 1
    page = tmp_path / "score.html"
    table = cli("aud", "--lang", "zh_CN", "report", "score", "--month", month, "--html", page, output="table").stdout
    for word in ("紧急越权数", "事后审查超时数", "审查认定不当数"):
        assert word in table and word in page.read_text(encoding="utf-8")
    text = cli("aud", "report", "score", "--month", month, output="csv").stdout
    assert {"emergencies", "reviews_overdue", "reviews_unjustified"} <= set(next(csv.reader(io.StringIO(text))))


@pytest.mark.parametrize("words", [
    ["--grade", "green", "--reason", "r"], ["--grade", "green", "--minutes", "5"], ["--minutes", "5", "--reason", "r"],
    ["--confirm", "--refuse", "--reason", "r"], ["--refuse"], ["--confirm", "--minutes", "5"],
    ["--grade", "green", "--ordinary", "--minutes", "5", "--reason", "r"]])
def test_an_emergency_is_said_whole(cli, words):
    assert cli("app", "customer", "emergency", "K11-01", *words, code=2).error["reason"] == "USAGE"
