"""Watching an inbox: what waits besides cases comes to the desk and leaves it as it happens: emergencies and their reviews,
criteria, missed deadlines."""
import pytest

from harness.cli import Cli
from harness.standing import DAY, Policy
from harness.trading import instant
from test_delegation import submit
from test_due import later
from test_emergency import answer, ask, over, review, urgent  # noqa: F401  pylint: disable=unused-import
from test_inbox_watch import Screen, Watcher
from test_standing import rises

FLAGS = ("criteria", "emergencies", "escalations")


class TaskWatcher(Watcher):
    """Says what is to be read anew of tasks."""

    def flags(self):
        told = self.client.do("inbox_watch", purpose="t", cursor=self.cursor)
        self.cursor = told["cursor"]
        return {name for name in FLAGS if told[name]}

    def shift(self, back_us):
        """As if it had asked last so long before: of the cursor the business time alone."""
        epoch, at, now, rest = self.cursor.split(".", 3)
        self.cursor = f"{epoch}.{at}.{int(now) - back_us}.{rest}"


@pytest.fixture
def watching():
    """watching(trading, login): a new connection that watches from now on."""
    clients = []

    def start(trading, login):
        clients.append(trading.server.client(trading.tokens[login]))
        watcher = TaskWatcher(clients[-1])
        watcher.ask()
        while watcher.hint(0.5):  # whoever begins to watch is told once
            watcher.ask()
        return watcher
    yield start
    for client in clients:
        client.close()


def screens(trading, tmp_path, *logins):
    """Screens that have shown what there was."""
    cli = Cli(tmp_path, trading.server, trading.tokens)
    shown = [Screen(cli, login) for login in logins]
    for screen in shown:
        assert screen.until("watching") == []
    return shown


def row(record):
    return record["type"], record["kind"], record.get("id", record.get("customer_number"))


def test_an_emergency_and_its_review(urgent, tmp_path):  # noqa: F811
    number = urgent.customer("yellow")
    asker, other, branch = screens(urgent, tmp_path, "app", "third", "sub11")
    ask(urgent, number, minutes=30)
    assert row(told := other.line()) == ("item", "emergency", number) and "due_at" in told
    answer(urgent, number)
    assert row(other.line()) == ("task_gone", "emergency", number)
    over(urgent, 30)
    assert row(other.line(20)) == ("item", "after_review", number)
    review(urgent, number)
    assert row(gone := other.line()) == ("task_gone", "after_review", number)
    assert gone.keys() == {"type", "kind", "customer_id", "customer_number"}
    for screen in (asker, branch):
        assert screen.end() == (130, b"") and screen.rest == b""
    other.end()


def test_a_review_that_is_not_done_goes_up_and_away(urgent, tmp_path):  # noqa: F811
    number = urgent.customer("yellow")
    due = ask(urgent, number, login="appb", minutes=30)["review"]["due_at_us"]
    over(urgent, 30)
    cmo, = screens(urgent, tmp_path, "cmo")
    urgent.advance_to(due)
    assert row(told := cmo.line(20)) == ("item", "after_review", number) and told["overdue"]
    review(urgent, number)
    assert row(cmo.line()) == ("task_gone", "after_review", number)
    cmo.end()


def test_who_is_hinted_of_an_emergency(urgent, watching):  # noqa: F811
    number = urgent.customer("yellow")
    hq, branch = watching(urgent, "third"), watching(urgent, "sub11")
    ask(urgent, number, minutes=30)
    assert hq.hint() is not None and hq.flags() == {"emergencies"} and hq.flags() == set()
    answer(urgent, number, confirm=False, reason="no")
    assert hq.hint() is not None and hq.flags() == {"emergencies"}
    assert branch.hint(0.3) is None and branch.flags() == set()


def test_an_emergency_that_nobody_confirmed_goes_by_its_time(urgent, watching):  # noqa: F811
    number = urgent.customer("yellow")
    until = ask(urgent, number, minutes=30)["emergency_asked"]["until_us"]
    urgent.advance_to(until)
    hq, branch = watching(urgent, "third"), watching(urgent, "ver1")
    assert hq.flags() == set()
    for watcher in (hq, branch):
        watcher.shift(60_000_000)
    assert "emergencies" in hq.flags() and "emergencies" not in branch.flags()
    assert hq.flags() == set()


def test_a_criterion_comes_and_goes_with_the_application(apart, tmp_path):
    trading = apart(Policy())
    branch, head, elsewhere = screens(trading, tmp_path, "sub11", "ver1", "sub12")
    number, _ = rises(trading)
    assert row(told := branch.line(20)) == ("item", "criterion", number) and told["to_grade"] == "yellow"
    case = trading.apply(number, "yellow")
    assert (told := branch.line())["change"] == "submit" and told["own"] and told["id"] == case["id"]
    assert row(gone := branch.line()) == ("task_gone", "criterion", number) and "id" not in gone
    told = head.line()
    assert (told["type"], told["id"], told["change"]) == ("change", case["id"], "submit")
    trading.connect("sub11").do("application_withdraw", application=case["id"])
    assert (told := branch.line())["change"] == "withdraw" and "own" not in told
    assert row(branch.line()) == ("item", "criterion", number)
    assert elsewhere.end() == (130, b"") and elsewhere.rest == b""
    branch.end(), head.end()


def test_a_missed_deadline_goes_up_and_away(apart, tmp_path):
    trading = apart(Policy())
    trading.connect("admin").do("user_grant", login="ver1", job_level="director")
    case = submit(trading)
    cmo, = screens(trading, tmp_path, "cmo")
    trading.advance_to(case["due_at_us"])
    later(trading, 1)
    assert row(told := cmo.line(20)) == ("item", "escalation", case["id"]) and told["overdue"]
    trading.connect("ver1").do("application_verify", application=case["id"], finding="confirmed", opinion="o")
    assert row(cmo.line()) == ("task_gone", "escalation", case["id"])
    cmo.end()


def test_who_is_hinted_of_a_missed_deadline(apart, watching):
    trading = apart(Policy())
    trading.connect("admin").do("user_grant", login="ver1", job_level="director")
    case = submit(trading)
    cmo, region, clerk, other = (watching(trading, login) for login in ("cmo", "ver1", "ver1b", "ver2"))
    trading.advance_to(case["due_at_us"])
    trading.noted()
    for watcher in (cmo, region):
        assert "escalations" in watcher.flags() and watcher.flags() == set()
    for watcher in (clerk, other):
        watcher.flags()
        while watcher.hint(0.3):
            watcher.flags()
    trading.connect("ver1").do("application_verify", application=case["id"], finding="confirmed", opinion="o")
    assert region.hint() is not None and cmo.hint() is not None
    assert region.flags() == cmo.flags() == {"escalations"} and clerk.flags() == other.flags() == set()
    region.shift(24 * 3_600_000_000)
    clerk.shift(24 * 3_600_000_000)
    assert region.flags() == {"escalations"}, "a day has ended meanwhile"
    assert clerk.flags() == set(), "he heads nothing"


def test_a_case_that_leaves_the_desk_is_escalated_there(apart, tmp_path):
    trading = apart(Policy())
    trading.connect("admin").do("user_grant", login="ver1", job_level="director")
    case = submit(trading)
    trading.advance_to(case["due_at_us"])
    trading.noted()
    screen = Screen(Cli(tmp_path, trading.server, trading.tokens), "ver1")
    assert [row(item)[1:] for item in screen.until("watching")] == [("application", case["id"])]
    trading.connect("ver1b").do("application_claim", application=case["id"])
    assert screen.line()["change"] == "claimed"
    assert row(screen.line()) == ("item", "escalation", case["id"])
    trading.connect("ver1b").do("application_release", application=case["id"])
    assert screen.line()["change"] == "released"
    assert row(screen.line()) == ("task_gone", "escalation", case["id"])
    screen.end()


def test_tasks_of_the_time_when_the_server_was_away(urgent, tmp_path):  # noqa: F811
    number = urgent.customer("yellow")
    screen, = screens(urgent, tmp_path, "third")
    port = urgent.server.port
    urgent._stop()
    assert screen.line()["status"] == "reconnecting"
    urgent.options = ("--listen", f"127.0.0.1:{port}")
    urgent._start()
    ask(urgent, number, minutes=30)
    told = [screen.line(), screen.line()]
    assert {r["type"] for r in told} == {"item", "status"}
    assert [row(r) for r in told if r["type"] == "item"] == [("item", "emergency", number)]
    answer(urgent, number, confirm=False, reason="no")
    assert row(screen.line()) == ("task_gone", "emergency", number)
    screen.end()


def test_an_escalation_comes_back_with_a_late_application_that_is_withdrawn(apart, tmp_path, watching):
    trading = apart(Policy())
    number, _ = rises(trading)
    due = trading.connect("aud").do("criterion_list", purpose="t")["criteria"][0]["due_at_us"]
    trading.advance_to(due)
    later(trading, 1)
    screen = Screen(Cli(tmp_path, trading.server, trading.tokens), "ver1b")
    assert [row(item) for item in screen.until("watching")] == [("item", "escalation", number)]
    case = trading.apply(number, "yellow")
    assert screen.line()["change"] == "submit"
    assert row(screen.line()) == ("task_gone", "escalation", number)
    head, other = watching(trading, "ver1b"), watching(trading, "ver2")
    trading.connect("sub11").do("application_withdraw", application=case["id"])
    assert screen.line()["change"] == "withdraw"
    assert row(screen.line()) == ("item", "escalation", number)
    assert head.hint() is not None and head.flags() == {"escalations"} and other.flags() == set()
    screen.end()


# ---- reminders ----

def test_what_ends_soon_is_shown_again(apart, tmp_path):
    """Cases and criteria, once; a line for people says so, too. Not what ends later. The maker is told as well."""
    trading = apart(Policy())
    case = submit(trading)
    number, _ = rises(trading)
    cli = Cli(tmp_path, trading.server, trading.tokens)
    region, branch, elsewhere, maker = (Screen(cli, login) for login in ("ver1", "sub11b", "ver2", "sub11"))
    people = Screen(cli, "ver1", "--lang", "zh_CN", output="table")
    while case["id"] not in people.text():
        pass  # the head of the table
    assert [(i["id"], i["due_soon"]) for i in region.until("watching")] == [(case["id"], False)]
    assert [(row(i), i["due_soon"]) for i in branch.until("watching")] == [(("item", "criterion", number), False)]
    assert elsewhere.until("watching") == []
    assert [row(i) for i in maker.until("watching")] == [("item", "criterion", number), ("item", "own", case["id"])]
    later(trading, 1)
    for screen in (branch, maker):
        told = screen.line(20)
        assert row(told) == ("item", "criterion", number) and told["due_soon"]
    later(trading, 1)
    told = region.line(20)
    assert row(told) == ("item", "application", case["id"]) and told["due_soon"] and not told["overdue"]
    told = maker.line(20)
    assert row(told) == ("item", "own", case["id"]) and told["due_soon"]
    new = submit(trading)
    assert maker.line()["id"] == new["id"]
    told = region.line()
    assert (told["id"], told["change"], told["due_soon"]) == (new["id"], "submit", False), "nothing came between"
    for screen in (region, branch, elsewhere, maker):
        screen.end()
        assert screen.rest == b""
    assert case["id"] in (told := people.text()) and "即将到期" in told
    people.end()


def test_a_reminder_comes_with_the_day(apart, tmp_path):
    """By itself, to whoever watches: the step of three days, when the second one of them ends."""
    trading = apart(Policy())
    case = submit(trading)
    trading.advance_to(instant(trading.today() + 2 * DAY, "Asia/Shanghai") - 8_000_000)
    screen = Screen(Cli(tmp_path, trading.server, trading.tokens), "ver1")
    assert [(i["id"], i["due_soon"]) for i in screen.until("watching")] == [(case["id"], False)]
    told = screen.line(40)
    assert row(told) == ("item", "application", case["id"]) and told["due_soon"]
    assert screen.end() == (130, b"") and screen.rest == b""


@pytest.mark.parametrize("login", ["ver1", "sub11", "ver2", "app"])
def test_everybody_reads_anew_when_a_day_has_ended(apart, watching, login):
    """At whichever unit: a quarter of an hour that ends none is nothing, nor the same day once more."""
    trading = apart(Policy())
    trading.advance_to(instant(trading.today(), "Asia/Shanghai", hour=22, minute=30))
    watcher = watching(trading, login)
    watcher.shift(60 * 60_000_000)
    assert watcher.ask() == ([], False)
    watcher.shift(24 * 60 * 60_000_000)
    assert watcher.ask() == ([], True) and watcher.ask() == ([], False)
    watcher.shift(10 * 60 * 60_000_000)
    assert watcher.ask() == ([], True), "in New York one has ended"
