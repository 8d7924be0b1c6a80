"""The scoreboard: three months of generated work (harness/scorework.py) against a walk over the events that shares nothing
with the server's query (harness/scorewalk.py)."""
import csv
import datetime as dt
import io
import os
from collections import Counter

import pytest

from harness import browser, policies
from harness.apart import Apart
from harness.scorewalk import walked
from harness.scorework import Work
from harness.standing import DAY, Policy
from harness.trading import civil, refused

SEED = int(os.environ.get("CREDITD_SCORE_SEED", "20261127"))
MONTHS = 3
SHARES = {"submitted_bp": ("submitted_in_time", "submit_missed"), "met_bp": ("met_in_time", "met_missed"),
          "verified_bp": ("verified_in_time", "verify_missed"), "decided_bp": ("decided_in_time", "decide_missed"),
          "recorded_bp": ("recorded_in_time", "record_missed")}
WEIGHTS = {"submitted_bp": 2500, "met_bp": 1000, "verified_bp": 2000, "decided_bp": 1000, "recorded_bp": 1000,
           "not_returned_bp": 1000, "not_reversed_bp": 1000, "not_overridden_bp": 500}


@pytest.fixture(scope="module")
def worked(run, tokens):
    """An organisation that has worked for three months."""
    trading = Apart(run, tokens, Policy())
    work, end = Work(trading, SEED), trading.today() + 31 * MONTHS * DAY
    while trading.today() < end:
        work.day()
        trading.go_to(trading.today() + 2 * DAY)
    work.end()
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


def score(counts, weights=None):
    """The weighted mean; by the shipped weights unless told otherwise."""
    weights, steps = weights or WEIGHTS, counts["verified"] + counts["decided"]
    shares = {name: (counts[good], counts[good] + counts[missed]) for name, (good, missed) in SHARES.items()}
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
            assert len(names) == 23
            assert {n: row[n] for n in names} == {n: counts[n] for n in names}, (month, unit)
            assert row.get("score_bp") == score(counts), (month, unit)
            if unit == "HQ":
                total.update({n: row[n] for n in names})
        branches = [r for r in shown.values() if r["level"] == "branch" and "score_bp" in r]
        for row in branches:
            assert row["rank"] == 1 + sum(other["score_bp"] > row["score_bp"] for other in branches)
    for name in ("submitted", "submitted_in_time", "verified", "decided", "recorded", "returned", "reversed", "missed",
                 "submit_missed", "met_missed", "verify_missed", "decide_missed", "record_missed", "overdue_now",
                 "overrides", "emergencies", "reviews_overdue", "reviews_unjustified"):
        assert total[name] > 0, name
    assert total["reviews_overdue"] < total["emergencies"] > total["reviews_unjustified"]
    assert total["submitted_in_time"] < total["submitted"] and total["met_in_time"] < total["submitted_in_time"]
    assert total["verified_in_time"] < total["verified"] and total["decided_in_time"] < total["decided"]


def test_the_work_has_what_is_hard_to_count(worked):
    """Customers and units that move, stopped and extended clocks, steps taken back, deadlines noted in a later month, or
    never, steps that nobody takes."""
    def count(condition):
        (found,), = worked.rows(f"SELECT count(*) FROM event e WHERE home_id > 0 AND {condition}")
        return found
    due, month = "(payload ->> 'due_before_us')::bigint", "date_trunc('month', to_timestamp({} / 1e6) AT TIME ZONE 'Asia/Shanghai')"
    never = ("NOT EXISTS (SELECT FROM event n WHERE n.home_id = e.home_id AND n.customer_id = e.customer_id AND n.seq {} e.seq "
             "AND n.application_id = e.application_id AND n.kind {})")
    for what in ("kind = 7", "kind = 10 AND from_state = 1", "kind = 10 AND from_state = 3", "kind = 11", "kind = 24", "kind = 26",
                 "kind = 27", "kind = 33 AND actor = 0", "kind = 33 AND actor > 0", "kind = 73 AND payload ->> 'due_us' IS NULL",
                 "kind = 73 AND payload ->> 'due_us' IS NOT NULL", "kind = 73 AND payload ->> 'late' = 'true'",
                 f"kind = 20 AND {month.format('at')} > {month.format(f'({due} - 1)')}",
                 "kind IN (2, 3, 5) AND payload ->> 'late' = 'true' AND " + never.format("<", "= 20"),
                 "kind = 20 AND " + never.format(">", "< 80"),
                 # an override ends a criterion that was missed
                 "kind = 31 AND payload ->> 'until' IS NOT NULL AND 81 = (SELECT n.kind FROM event n WHERE n.home_id = e.home_id "
                 "AND n.customer_id = e.customer_id AND n.seq < e.seq AND n.kind IN (1, 31, 37, 38, 81) ORDER BY n.seq DESC LIMIT 1)"):
        assert count(what) > 0, what
    assert worked.rows("SELECT count(*) FROM unit WHERE closed") == [(2,)]


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
    assert {"HQ", "R1", "R2", "B11", "B12", "B21"} <= set(whole)
    below = {b for b, in worked.rows("SELECT b.code FROM unit b JOIN unit r ON r.unit_id = b.parent_id WHERE r.code = 'R1'")}
    assert set(board(worked, month, "sub11")) == {"B11"} and {"R1"} < set(board(worked, month, "ver1")) <= {"R1", *below}
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
