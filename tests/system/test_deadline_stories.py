"""The examples of the regulation's text on deadlines, at the desks of those who live them, in both languages."""
import pytest

from harness.standing import DAY
from harness.trading import civil, period_end

HQ_ZONE = "Asia/Shanghai"
WORDS = {"en": {"cut": "extension_granted", "left": "no time is left", "missed": "deadline_missed", "escalation": "escalation"},
         "zh_CN": {"cut": "延期已批准", "left": "已无可延时间", "missed": "超时", "escalation": "升级上报"}}


@pytest.fixture(params=WORDS)
def lang(request):
    return request.param


def at_hq(cli, trading, lang):
    """A case that has come to HQ today, through all hands at their own desks."""
    trading.begin_day()
    number = trading.customer("red")
    case = cli("sub11", "--lang", lang, "application", "submit", number, "--to", "green", "--reason", "r").json["id"]
    cli("ver1", "--lang", lang, "application", "verify", case, "--finding", "confirmed", "--opinion", "o")
    return case, trading.now()


def due_on(cli, case):
    """The last day of the step."""
    return cli("aud", "application", "show", case, "--purpose", "t").json["due_at"][:10]


def last_day(began, days):
    """Of a period, as HQ writes it: its end is 24:00, 00:00 of the next."""
    return civil(period_end(HQ_ZONE, began, days), "UTC").isoformat()


def test_the_extension_that_fits(cli, trading, lang):
    case, began = at_hq(cli, trading, lang)
    asked = cli("app", "--lang", lang, "application", "extend", case, "--days", "2", "--reason", "the bank's letter").json
    assert asked["extension_days"] == 2 and due_on(cli, case) == last_day(began, 3)
    assert case in {r["id"] for r in cli("cmo", "application", "list", "--extension", "--purpose", "t").json}
    cli("cmo", "--lang", lang, "application", "extend", case, "--grant")
    assert due_on(cli, case) == last_day(began, 5)


def test_the_extension_that_is_cut(cli, trading, lang):
    case, began = at_hq(cli, trading, lang)
    cli("app", "application", "extend", case, "--days", "20", "--reason", "r")
    granted = cli("cmo", "--lang", lang, "application", "extend", case, "--grant").json
    assert granted["extended_days"] == 4 and due_on(cli, case) == last_day(began, 7)
    told = cli("aud", "--lang", lang, "application", "history", case, "--purpose", "t", output="table").stdout
    assert WORDS[lang]["cut"] in told
    error = cli("app", "--lang", lang, "application", "extend", case, "--days", "1", "--reason", "r", code=7).error
    assert error["reason"] == "NO_TIME_LEFT" and WORDS[lang]["left"] in error["message"]
    assert civil(period_end(HQ_ZONE, began, 7), HQ_ZONE).isoformat() in error["message"], "the latest possible end"


def test_the_extension_that_the_director_refuses(cli, trading, lang):
    case, began = at_hq(cli, trading, lang)
    cli("app", "application", "extend", case, "--days", "2", "--reason", "r")
    assert cli("cmo", "application", "extend", case, "--refuse", code=7).error["reason"] == "REASON_REQUIRED"
    cli("cmo", "--lang", lang, "application", "extend", case, "--refuse", "--reason", "decide on what there is")
    assert due_on(cli, case) == last_day(began, 3)


def test_the_region_lets_three_days_pass(cli, trading, lang):
    """It is seen a day before; then the region's head is told, and HQ's a day later; and it counts on the scoreboard."""
    trading.begin_day()
    began, month = trading.now(), (trading.today() + 4 * DAY).isoformat()[:7]
    trading.noted()
    counted = trading.rows("SELECT count(*) FROM event WHERE kind = 20")[0][0]
    case = cli("sub11", "application", "submit", trading.customer("red"), "--to", "green", "--reason", "r").json["id"]

    def told(login):
        """Is it escalated to him? Whoever may act on it himself has it in his inbox as before, once."""
        shown = {r["id"]: r["told"] for r in cli("cmo", "report", "due", "--purpose", "t").json}
        mine = [r["kind"] for r in cli(login, "--lang", lang, "inbox", "--purpose", "t").json if r.get("id") == case]
        acts = ["application"] if login.startswith("ver") else ["escalation"] if login in shown.get(case, []) else []
        assert mine == acts, (login, mine)
        return login in shown.get(case, [])

    def missed():
        rows = cli("aud", "report", "score", "--month", month, "--months", "2", "--purpose", "t").json
        return {u: sum(r["missed"] for r in rows if r["unit"] == u) for u in ("HQ", "R1", "B11")}
    before = missed()
    trading.go_to(trading.today() + 2 * DAY)
    tomorrow = {r["id"]: r for r in cli("cmo", "report", "due", "--days", "1", "--purpose", "t").json}
    assert tomorrow[case]["turn_unit"] == "R1" and "ver1" in tomorrow[case]["holders"]
    assert not told("ver1b")
    trading.advance_to(period_end(HQ_ZONE, began, 3))
    assert told("ver1b") and not told("cmo")
    trading.advance_to(period_end(HQ_ZONE, began, 4))
    assert told("ver1b") and told("cmo") and not told("ver1"), "the heads"
    desk = cli("cmo", "--lang", lang, "inbox", "--purpose", "t", output="table").stdout
    assert WORDS[lang]["escalation"] in desk
    history = cli("aud", "--lang", lang, "application", "history", case, "--purpose", "t", output="table").stdout
    assert WORDS[lang]["missed"] in history
    trading.noted()
    after = missed()
    counted = trading.rows("SELECT count(*) FROM event WHERE kind = 20")[0][0] - counted
    assert counted >= 1 and {after[u] - before[u] for u in after} == {counted}
    verified = cli("ver1", "application", "verify", case, "--finding", "confirmed", "--opinion", "o").json
    assert verified["state"] == "verified" and not told("cmo")
    assert case not in {r.get("id") for r in cli("ver1b", "inbox", "--purpose", "t").json}
