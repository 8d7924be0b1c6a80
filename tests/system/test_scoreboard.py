"""The scoreboard: three months of generated work against a walk over the events that shares nothing with the server's query."""
import csv
import datetime as dt
import io
import json
import random
from collections import Counter, defaultdict, deque

import pytest

from harness import browser, policies
from harness.apart import Apart
from harness.standing import DAY, Policy
from harness.trading import civil, instant, period_end, refused

SEED = 20261127
MONTHS = 3
BRANCHES = {"B11": ("sub11", "ver1"), "B12": ("sub12", "ver1"), "B21": ("sub21", "ver2")}
REGION = {"B11": "R1", "B12": "R1", "B21": "R2"}
BRANCH_ZONE = {"B11": "Asia/Shanghai", "B12": "Asia/Tokyo", "B21": "America/New_York"}
SHARES = {"submitted_bp": ("submitted", "submitted_in_time"), "met_bp": ("met", "met_in_time"),
          "verified_bp": ("verified", "verified_in_time"), "decided_bp": ("decided", "decided_in_time"),
          "recorded_bp": ("recorded", "recorded_in_time")}
WEIGHTS = {"submitted_bp": 2500, "met_bp": 1000, "verified_bp": 2000, "decided_bp": 1000, "recorded_bp": 1000,
           "not_returned_bp": 1000, "not_reversed_bp": 1000, "not_overridden_bp": 500}


class Work:
    """Cases that are begun, moved on, sent back, refused or forgotten, some late, over three months."""

    def __init__(self, trading):
        self.trading, self.chance, self.cases = trading, random.Random(SEED), []
        self.power, self.reviews = random.Random(SEED + 1), []  # what is done by authority, apart from the cases
        self.known = deque()  # customers of some days ago: what is imported of them now may have been met before

    def begin(self):
        """A case; every second one because of a criterion, which the branch follows after some days."""
        branch = self.chance.choice(list(BRANCHES))
        self.known.append((self.trading.customer(self.chance.choice(("red", "yellow")), branch), branch))
        if len(self.known) < 14:
            return
        (number, branch), wait = self.known.popleft(), 0
        if self.chance.random() < .6:
            today, login = self.trading.today(), BRANCHES[branch][0]
            issued = today - self.chance.randrange(12, 30) * DAY
            self.trading.give(number, *self.trading.kept(3, 4_000_000_00, issued, issued + 10 * DAY), login=login,
                              branch=branch)
            self.trading.settled()
            wait = self.chance.choice((0, 1, 1, 2, 4))
        self.cases.append({"number": number, "branch": branch, "next": self.trading.today() + wait * DAY, "id": None})

    def act(self, case):
        """One step of a case, of whichever hand it waits for."""
        trading, (submitter, verifier) = self.trading, BRANCHES[case["branch"]]
        if case["id"] is None:
            case["id"] = trading.apply(case["number"], "green", login=submitter)["id"]
            return
        shown = trading.connect("aud").do("application_show", application=case["id"], purpose="t")["application"]
        what, dice = {"application": case["id"]}, self.chance.random()
        if shown["state"] == "submitted":
            if dice < .2:
                trading.connect(verifier).do("application_return", reason="r", **what)
            else:
                trading.connect(verifier).do("application_verify", finding="confirmed", opinion="o", **what)
        elif shown["state"] == "returned":
            trading.connect(submitter).do("application_resubmit", **what)
        elif shown["state"] == "verified":
            if dice < .15:
                trading.connect("app").do("application_reject", reason="r", **what)
            elif dice < .3:
                trading.connect("app").do("application_return", reason="r", **what)
            elif dice < .45 and shown["from_grade"] == "red":
                trading.connect("app").do("application_approve", grade="yellow", reason="r", **what)
            else:
                trading.connect("app").do("application_approve", **what)
        elif shown["state"] == "approved":
            trading.connect(submitter).do("application_record", **what)
        else:
            case["next"] = None

    def by_authority(self):
        """Now and then an override, or an emergency, whose review is in time, late or forgotten."""
        trading, today = self.trading, self.trading.today()
        if self.power.random() < .4:
            fields = {"customer": trading.customer("red", self.power.choice(list(BRANCHES))), "grade": "green", "reason": "r"}
            if self.power.random() < .5:
                trading.connect("appb").do("customer_override", until=(today + 3 * DAY).isoformat(), **fields)
            else:
                trading.connect("appb").do("customer_emergency", minutes=60, **fields)
                self.reviews.append((fields["customer"], today + self.power.choice((2, 2, 6, 400)) * DAY))
        for number, _ in [r for r in self.reviews if r[1] <= today]:
            trading.connect("app").do("customer_review", customer=number, opinion="o",
                                      finding=self.power.choice(("justified", "unjustified")))
        self.reviews = [r for r in self.reviews if r[1] > today]

    def day(self):
        """What is to be done today; the next step comes in some days, now and then much later."""
        self.by_authority()
        for _ in range(self.chance.randrange(0, 4)):
            self.begin()
        for case in self.cases:
            if case["next"] is not None and case["next"] <= self.trading.today():
                self.act(case)
                if case["next"] is not None:
                    case["next"] += self.chance.choice((1, 1, 2, 3, 5)) * DAY


@pytest.fixture(scope="module")
def worked(run, tokens):
    """An organisation that has worked for three months."""
    trading = Apart(run, tokens, Policy())
    work, end = Work(trading), trading.today() + 31 * MONTHS * DAY
    while trading.today() < end:
        work.day()
        trading.go_to(trading.today() + 2 * DAY)
    number = trading.customer("red")
    trading.connect("appb").do("customer_override", customer=number, grade="green", reason="r",
                               until=(trading.today() + 5 * DAY).isoformat())
    yield trading
    trading.close()


def months_of(trading):
    """The months that the events lie in, HQ's."""
    first, = trading.rows("SELECT min(at), max(at) FROM event WHERE home_id > 0")
    out, day = [], civil(first[0]).replace(day=1)
    while day <= civil(first[1]):
        out.append(day.isoformat()[:7])
        day = (day + 32 * DAY).replace(day=1)
    return out


def walked(trading):
    """(month, unit) -> counts, by walking the chains event by event: a step is in time by the due instant that the event
    before it gave."""
    branch_of = dict(trading.rows("SELECT c.customer_id, u.code FROM customer c JOIN unit u ON u.unit_id = c.branch_id"))
    chains, now = defaultdict(list), trading.now()
    for customer, at, kind, app, before, payload in trading.rows(
            "SELECT customer_id, at, kind, application_id, from_state, payload::text FROM event WHERE home_id > 0 "
            "ORDER BY home_id, customer_id, seq"):
        chains[customer].append((at, kind, app, before, json.loads(payload)))
    out = defaultdict(Counter)
    for customer, events in chains.items():
        branch = branch_of[customer]
        criterion, due, missed, to_review = None, {}, {}, None
        for at, kind, app, before, payload in events:
            month = civil(at).isoformat()[:7]

            def count(name, yes=True, of=month):
                for unit in (branch, REGION[branch], "HQ"):
                    out[of, unit][name] += bool(yes)
            if app in missed and (kind < 10 or kind in (20, 24)):
                for unit in (branch, REGION[branch], "HQ"):
                    out[missed[app], unit]["overdue_now"] -= 1
                del missed[app]
            if kind == 37:
                criterion = payload
            elif kind == 38:
                criterion = None
            elif kind == 1 and criterion is not None:
                met = instant(dt.date.fromisoformat(criterion["met_on"]), BRANCH_ZONE[branch])
                count("submitted")
                count("submitted_in_time", at < criterion["due_us"])
                count("met")
                count("met_in_time", at < period_end(BRANCH_ZONE[branch], met, 2))
                criterion = None
            elif kind in (2, 3) and before == 1:
                count("verified")
                count("verified_in_time", at < due[app])
            elif kind in (3, 5, 6) and before == 3:
                count("decided")
                count("decided_in_time", at < due[app])
            elif kind == 8:
                count("recorded")
                count("recorded_in_time", at < due[app])
            elif kind == 20:
                count("missed")
                count("overdue_now")
                missed[app] = month
            elif kind == 31 and payload["cause"] == "override" and "until" in payload:
                count("overrides")
            elif kind == 31 and payload["cause"] == "override" and "ends_us" in payload:
                count("emergencies")
                to_review = month, payload["review_due_us"]
            elif kind == 48:
                count("reviews_unjustified", payload["finding"] == "unjustified")
                count("reviews_overdue", at >= to_review[1], of=to_review[0])
                to_review = None
            count("returned", kind == 3)
            count("reversed", kind == 6 or kind == 5 and payload["decided_grade"] != payload["to_grade"])
            if "due_us" in payload and app:
                due[app] = payload["due_us"]
        if to_review is not None:
            count("reviews_overdue", now >= to_review[1], of=to_review[0])
    return out


def score(counts, weights=None):
    """The weighted mean; by the shipped weights unless told otherwise."""
    weights, steps = weights or WEIGHTS, counts["verified"] + counts["decided"]
    shares = {name: (counts[good], counts[every]) for name, (every, good) in SHARES.items()}
    shares["not_returned_bp"] = steps - counts["returned"], steps
    shares["not_reversed_bp"] = counts["decided"] - counts["reversed"], counts["decided"]
    shares["not_overridden_bp"] = counts["recorded"], counts["recorded"] + counts["overrides"] + counts["emergencies"]
    counted = {name: share for name, share in shares.items() if share[1]}
    whole = sum(weights[name] for name in counted)
    return sum(weights[n] * (good * 10000 // every) for n, (good, every) in counted.items()) // whole if whole else None


def board(trading, month, login="aud"):
    return {s["unit"]: s for s in trading.connect(login).do("scoreboard", month=month, purpose="t").get("scores", [])}


def test_it_equals_a_walk_over_the_events(worked):
    expected, total = walked(worked), Counter()
    for month in months_of(worked):
        shown = board(worked, month)
        units = {u for m, u in expected if m == month and any(expected[m, u].values())}
        assert units <= shown.keys()
        for unit, row in shown.items():
            counts = expected[month, unit]
            names = [n for n in row if n not in ("unit", "level", "score_bp", "rank")]
            assert len(names) == 18
            assert {n: row[n] for n in names} == {n: counts[n] for n in names}, (month, unit)
            assert row.get("score_bp") == score(counts), (month, unit)
            if unit == "HQ":
                total.update({n: row[n] for n in names})
        branches = [r for r in shown.values() if r["level"] == "branch" and "score_bp" in r]
        for row in branches:
            assert row["rank"] == 1 + sum(other["score_bp"] > row["score_bp"] for other in branches)
    for name in ("submitted", "submitted_in_time", "verified", "decided", "recorded", "returned", "reversed", "missed",
                 "overrides", "emergencies", "reviews_overdue", "reviews_unjustified"):
        assert total[name] > 0, name
    assert total["reviews_overdue"] < total["emergencies"] > total["reviews_unjustified"]
    assert total["submitted_in_time"] < total["submitted"] and total["met_in_time"] < total["submitted_in_time"]
    assert total["verified_in_time"] < total["verified"] and total["decided_in_time"] < total["decided"]


def test_the_weights_are_keys_of_the_policy():
    assert policies.settings(policies.whole(Policy()))["scoreboard"] == WEIGHTS


def test_overrides_need_not_weigh(worked):
    """A policy of before that weight is taken, and they do not count there."""
    text, month = policies.whole(Policy()), months_of(worked)[-2]
    assert policies.settings(text)["scoreboard"]["not_overridden_bp"] == 500
    without = "".join(line for line in text.splitlines(True) if "not_overridden_bp" not in line)
    told = worked.connect("maker").call("policy_check", text=without)
    assert "9500 basis points" in str(told.body) + str(told.arguments)
    without = without.replace(" submitted_bp = 2500;", " submitted_bp = 3000;")
    weights = {**WEIGHTS, "submitted_bp": 3000, "not_overridden_bp": 0}
    assert board(worked, month)["HQ"]["overrides"] > 0
    with policies.in_force(worked.connect, without):
        after = board(worked, month)["HQ"]
    assert after["score_bp"] == score(Counter(after), weights)


@pytest.mark.parametrize("key", WEIGHTS)
def test_a_weight_and_what_it_does(worked, key):
    """Half of it goes to another one."""
    other = "submitted_bp" if key == "not_returned_bp" else "not_returned_bp"
    weights = {**WEIGHTS, key: WEIGHTS[key] // 2, other: WEIGHTS[other] + WEIGHTS[key] // 2}
    text, month = policies.whole(Policy()), months_of(worked)[-2]
    for name in (key, other):
        assert f" {name} = {WEIGHTS[name]};" in text
        text = text.replace(f" {name} = {WEIGHTS[name]};", f" {name} = {weights[name]};")
    before = board(worked, month)["HQ"]
    with policies.in_force(worked.connect, text):
        after = board(worked, month)["HQ"]
    assert after["score_bp"] == score(Counter(after), weights) != before["score_bp"] == score(Counter(before))


def test_everybody_sees_his_own_part(worked):
    month = months_of(worked)[-2]
    whole = board(worked, month)
    assert set(whole) == {"HQ", "R1", "R2", "B11", "B12", "B21"}
    assert set(board(worked, month, "sub11")) == {"B11"} and set(board(worked, month, "ver1")) == {"R1", "B11", "B12"}
    region = board(worked, month, "ver1")["R1"]
    assert {k: v for k, v in region.items() if k != "rank"} == {k: v for k, v in whole["R1"].items() if k != "rank"}


def test_months_that_are_none(worked):
    for month, reason in ((None, "FIELD_REQUIRED"), ("2026", "FIELD_INVALID"), ("2026-13", "FIELD_INVALID"),
                          ("2026-1-", "FIELD_INVALID"), ("2026-11-01", "FIELD_INVALID")):
        fields = {} if month is None else {"month": month}
        reply = refused(lambda f=fields: worked.connect("aud").do("scoreboard", **f))
        assert (reply.reason, reply.field) == (reason, "month"), month
    assert board(worked, "1999-01") == {}


def test_who_only_gave_customers_their_first_grade_is_left_out(trading):
    """Opening grades are changes of standing, too, but nothing that a unit is judged by."""
    trading.customer("red", "B12")
    assert "B12" not in board(trading, trading.today().isoformat()[:7])


@pytest.mark.parametrize("lang,word", [("en", "Scoreboard"), ("zh_CN", "考核表")])
def test_table_csv_and_page(cli, trading, tmp_path, lang, word):
    trading.bring(trading.apply(trading.customer("red"), "green"), "recorded")
    month, page = trading.today().isoformat()[:7], tmp_path / "page.html"
    rows = cli("aud", "report", "score", "--month", month, "--months", "2").json
    assert {r["month"] for r in rows} <= {month, (trading.today().replace(day=1) - DAY).isoformat()[:7]}
    mine = [r for r in rows if r["month"] == month and r["unit"] == "B11"][0]
    assert mine["recorded"] >= 1 and mine["recorded_in_time"] <= mine["recorded"]
    table = cli("aud", "--lang", lang, "report", "score", "--month", month, "--html", page, output="csv").stdout
    cells = next(r for r in csv.DictReader(io.StringIO(table)) if "B11" in r.values())
    assert str(mine["score_bp"]) in cells.values()
    text = page.read_text(encoding="utf-8")
    assert word in text and "<svg" in text and f">{mine['score_bp']}</text>" in text and "<script" not in text
    if browser.CHROMIUM:
        shown, asked = browser.opened(page, tmp_path)
        assert not asked and word in shown
    error = cli("aud", "report", "score", "--month", "2026-13", code=2).error
    assert error["reason"] == "USAGE" and error["field"] == "month"
