"""HQ asks for more time to decide, the marketing director answers: what fits, what is cut, what is refused."""
from harness.standing import DAY, Policy
from harness.trading import civil, instant, period_end, refused

HQ_ZONE = "Asia/Shanghai"


def verified(trading, grade="red", to="green", branch="B11"):
    """A case that waits for HQ."""
    case = trading.apply(trading.customer(grade, branch), to, login="sub11" if branch == "B11" else "sub21")
    verifier = "ver1" if branch == "B11" else "ver2"
    return trading.connect(verifier).do("application_verify", application=case["id"], finding="confirmed",
                                        opinion="o")["application"]


def ask(trading, case, days, login="app", **more):
    """HQ asks."""
    return trading.connect(login).do("extension_ask", application=case["id"], days=days,
                                     **{"reason": "the bank reference is on its way", **more})["application"]


def answer(trading, case, grant, login="cmo", **more):
    """The director answers."""
    return trading.connect(login).do("extension_answer", application=case["id"], grant=grant, **more)["application"]


def kinds(trading, case):
    """Kinds of the events of a case."""
    told = trading.connect("aud").do("application_history", application=case["id"], purpose="test")
    return [e["kind"] for e in told["entries"]]


def test_an_extension_that_fits(apart):
    trading = apart(Policy())
    began = trading.now()
    case = verified(trading)
    assert case["due_at_us"] == period_end(HQ_ZONE, began, 3)
    latest = period_end(HQ_ZONE, began, 7)
    assert case["extension_latest_us"] == latest, "seven days in all, two before the whole less the reserve"
    asked = ask(trading, case, 2)
    assert (asked["extension_days"], asked["extension_by"], asked["due_at_us"]) == (2, "app", case["due_at_us"])
    listed = trading.connect("cmo").do("application_list", extension_only=True, purpose="test")["applications"]
    assert case["id"] in {a["id"] for a in listed}
    granted = answer(trading, case, True)
    assert granted["due_at_us"] == period_end(HQ_ZONE, began, 5)
    assert (granted["extended_days"], granted["version"]) == (2, case["version"]) and "extension_days" not in granted
    assert kinds(trading, case)[-2:] == ["extension_asked", "extension_granted"]
    trading.advance_to(case["due_at_us"] + 60_000_000)
    trading.noted()
    assert "deadline_missed" not in kinds(trading, case)
    assert trading.connect("app").do("application_approve", application=case["id"])["application"]["state"] == "approved"


def test_what_is_beyond_seven_days_is_cut(apart):
    trading = apart(Policy())
    began = trading.now()
    case = verified(trading)
    ask(trading, case, 30)
    granted = answer(trading, case, True)
    assert granted["due_at_us"] == case["extension_latest_us"] == period_end(HQ_ZONE, began, 7)
    assert granted["extended_days"] == 4
    reply = refused(lambda: ask(trading, case, 1))
    assert reply.reason == "NO_TIME_LEFT" and reply.arguments["latest"].startswith(
        civil(case["extension_latest_us"], HQ_ZONE).isoformat())


def test_what_is_beyond_the_whole_is_cut(apart):
    """The region took its time: of the seven days the whole, less a day for recording, leaves six."""
    trading = apart(Policy())
    began = trading.now()
    case = trading.apply(trading.customer("red"), "green")
    trading.advance_to(instant(civil(began, HQ_ZONE) + 3 * DAY, hour=20))
    case = trading.connect("ver1").do("application_verify", application=case["id"], finding="confirmed",
                                      opinion="o")["application"]
    assert case["extension_latest_us"] == period_end(HQ_ZONE, began, 9)
    ask(trading, case, 4)
    assert answer(trading, case, True)["due_at_us"] == period_end(HQ_ZONE, began, 9)


def test_when_nothing_is_left_it_is_refused(apart):
    """The region let its days pass: HQ's own three days end with the whole already."""
    trading = apart(Policy())
    began = trading.now()
    case = trading.apply(trading.customer("red"), "green")
    trading.advance_to(instant(civil(began, HQ_ZONE) + 7 * DAY, hour=9))
    case = trading.connect("ver1").do("application_verify", application=case["id"], finding="confirmed",
                                      opinion="o")["application"]
    assert case["due_at_us"] == period_end(HQ_ZONE, began, 9)
    assert refused(lambda: ask(trading, case, 1)).reason == "NO_TIME_LEFT"


def test_an_answer_after_the_latest_end_grants_nothing(apart):
    trading = apart(Policy())
    case = verified(trading)
    ask(trading, case, 4)
    trading.advance_to(case["extension_latest_us"])
    assert refused(lambda: answer(trading, case, True)).reason == "NO_TIME_LEFT"
    assert "extension_days" not in answer(trading, case, False, reason="too late")


def test_an_overdue_step_gets_a_new_end(apart):
    trading = apart(Policy())
    case = verified(trading)
    trading.advance_to(case["due_at_us"] + 60_000_000)
    ask(trading, case, 2)
    granted = answer(trading, case, True)
    assert granted["due_at_us"] > trading.now() and not granted.get("overdue", False)
    trading.advance_to(granted["due_at_us"] + 60_000_000)
    assert trading.connect("app").do("application_show", application=case["id"],
                                     purpose="test")["application"]["overdue"]


def test_who_may_ask_and_answer(trading):
    case = verified(trading)
    for login in ("sub11", "ver1", "cmo", "aud"):
        assert refused(lambda who=login: ask(trading, case, 1, who)).reason == "ROLE_MISSING", login
    assert refused(lambda: answer(trading, case, True)).reason == "NO_EXTENSION_ASKED"
    for days in (0, 366):
        assert refused(lambda d=days: ask(trading, case, d)).field == "days"
    assert refused(lambda: ask(trading, case, 1, reason=" ")).reason == "REASON_REQUIRED"
    ask(trading, case, 1)
    assert refused(lambda: ask(trading, case, 1)).reason == "EXTENSION_OPEN"
    assert refused(lambda: answer(trading, case, True, "app")).reason == "ROLE_MISSING"
    assert refused(lambda: answer(trading, case, False)).reason == "REASON_REQUIRED"
    assert answer(trading, case, False, reason="decide now")["due_at_us"] == case["due_at_us"]
    assert kinds(trading, case)[-1] == "extension_refused"


def test_the_next_step_ends_an_extension(trading):
    case = verified(trading)
    ask(trading, case, 1)
    returned = trading.connect("app").do("application_return", application=case["id"], reason="r")["application"]
    assert "extension_days" not in returned and "extension_latest_us" not in returned
    assert refused(lambda: answer(trading, case, True)).reason == "STATE_CHANGED"
    assert refused(lambda: ask(trading, case, 1)).reason == "STATE_CHANGED"


def test_the_zones_of_hq_and_branch(apart):
    """HQ counts in Shanghai, the whole in New York."""
    trading = apart(Policy())
    began = trading.now()
    case = verified(trading, branch="B21")
    assert case["extension_latest_us"] == min(period_end(HQ_ZONE, began, 7), period_end("America/New_York", began, 9))


def test_with_creditctl(cli, trading):
    case = verified(trading)
    asked = cli("app", "application", "extend", case["id"], "--days", "9", "--reason", "r").json
    assert asked["extension_days"] == 9 and asked["extension_latest"]
    assert case["id"] in {a["id"] for a in cli("cmo", "application", "list", "--extension").json}
    granted = cli("cmo", "application", "extend", case["id"], "--grant").json
    assert granted["extended_days"] == 4 and granted["due_at"] == granted["extension_latest"]
    error = cli("app", "application", "extend", case["id"], "--days", "1", "--reason", "r", code=7).error
    assert error["reason"] == "NO_TIME_LEFT" and "+08:00" in error["message"]
    assert "最迟" in cli("app", "--lang", "zh_CN", "application", "extend", case["id"], "--days", "1", "--reason", "r",
                         code=7, output="table").stderr
    for words in ((), ("--days", "1", "--grant"), ("--grant", "--refuse")):
        assert cli("cmo", "application", "extend", case["id"], *words, code=2).error["reason"] == "USAGE"


def test_more_days_that_are_too_few(apart):
    """The step ended two days ago: one day more would end it yesterday."""
    trading = apart(Policy())
    began = trading.now()
    case = verified(trading)
    trading.go_to(trading.today() + 5 * DAY)
    reply = refused(lambda: ask(trading, case, 1))
    assert (reply.reason, reply.field) == ("FIELD_INVALID", "days")
    ask(trading, case, 3)
    assert answer(trading, case, True)["due_at_us"] == period_end(HQ_ZONE, began, 6)
