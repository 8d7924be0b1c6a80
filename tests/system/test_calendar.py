"""Holidays and make-up days of units: set by administrators, seen by all, counted when the policy says so."""
import csv
import datetime as dt

import pytest

from harness import paths, policies
from harness.standing import DAY, Policy
from harness.trading import civil, instant, refused

HOLIDAYS = paths.ROOT / "tests" / "rules" / "holidays.csv"
EXAMPLE = {dt.date.fromisoformat(row["day"]): row["kind"] for row in csv.DictReader(HOLIDAYS.open(encoding="utf-8"))}


def counting(apart, how):
    """A server whose policy in force counts so."""
    trading = apart(Policy())
    text = policies.whole(Policy()).replace('counting = "natural"', f'counting = "{how}"')
    version = policies.proposed(trading.connect("maker"), text)
    trading.connect("checker").do("policy_publish", version=version)
    return trading


def holidays(trading, unit, *days, kind="holiday"):
    """Days of a unit."""
    trading.connect("admin").do("calendar_set", unit=unit,
                                days=[{"day": d.isoformat(), "kind": kind} for d in days])


def next_weekday(date, weekday):
    """The first such day after the date."""
    return date + (((weekday - date.isoweekday()) % 7) or 7) * DAY


def due_on(case):
    """The last day of the running step."""
    return civil(case["due_at_us"]) - DAY


def submitted_on(trading, weekday):
    """A case that was submitted at noon of the next such day; with that day."""
    day = next_weekday(trading.today(), weekday)
    trading.go_to(day)
    return trading.apply(trading.customer("red"), "green"), day


def test_natural_days_do_not_look_at_it(apart):
    trading = counting(apart, "natural")
    day = next_weekday(trading.today(), 3)
    holidays(trading, "HQ", *(day + n * DAY for n in range(1, 9)))
    trading.go_to(day)
    assert due_on(trading.apply(trading.customer("red"), "green")) == day + 3 * DAY


def test_a_last_day_that_is_none_is_moved(apart):
    """From Wednesday three days end on Saturday: the region has until Monday, or Tuesday when that is a holiday."""
    trading = counting(apart, "moved")
    case, wednesday = submitted_on(trading, 3)
    assert due_on(case) == wednesday + 5 * DAY
    holidays(trading, "R1", wednesday + 12 * DAY)
    assert due_on(trading.connect("aud").do("application_show", application=case["id"],
                                            purpose="test")["application"]) == wednesday + 5 * DAY, "as it was"
    case, wednesday = submitted_on(trading, 3)
    assert due_on(case) == wednesday + 6 * DAY


def test_working_days_only(apart):
    """From Thursday: Friday, Monday, Tuesday; HQ's make-up Saturday is one of them for the region, too."""
    trading = counting(apart, "working")
    case, thursday = submitted_on(trading, 4)
    assert due_on(case) == thursday + 5 * DAY
    saturday = thursday + 9 * DAY
    holidays(trading, "HQ", saturday, kind="workday")
    case, thursday = submitted_on(trading, 4)
    assert saturday == thursday + 2 * DAY and due_on(case) == thursday + 4 * DAY


def test_the_region_counts_by_its_calendar_and_the_whole_by_the_branchs(apart):
    trading = counting(apart, "working")
    monday = next_weekday(trading.today(), 1)
    holidays(trading, "B11", *(monday + n * DAY for n in range(1, 5)))
    trading.go_to(monday)
    case = trading.apply(trading.customer("red"), "green")
    assert due_on(case) == monday + 3 * DAY, "the holidays are the branch's"
    assert civil(case["complete_by_us"]) - DAY == monday + 18 * DAY, "ten working days after a week of holidays"


def test_an_example_file(cli, trading):
    assert cli("admin", "calendar", "import", HOLIDAYS, "--unit", "R1").json == {"unit": "R1"}
    listed = cli("sub11", "calendar", "list", "--unit", "B11").json
    assert {dt.date.fromisoformat(d["day"]): d["kind"] for d in listed} == EXAMPLE
    assert {d["unit"] for d in listed} == {"R1"} and "国庆节" in {d.get("name") for d in listed}
    trading.connect("admin").do("calendar_set", unit="B11", days=[{"day": "2026-10-10", "kind": "holiday"}])
    mine = {d["day"]: d for d in cli("sub11", "calendar", "list").json}
    assert (mine["2026-10-10"]["kind"], mine["2026-10-10"]["unit"]) == ("holiday", "B11"), "the nearest decides"
    assert {d["day"]: d["unit"] for d in cli("sub12", "calendar", "list").json}["2026-10-10"] == "R1"
    assert cli("sub21", "calendar", "list").json == []
    assert "节假日" in cli("sub11", "--lang", "zh_CN", "calendar", "list", output="table").stdout


@pytest.mark.parametrize("text,what", [
    ("day,kind\n2026-13-01,holiday\n", "2: day"), ("day,kind\n2026-10-01,feast\n", "2: kind"),
    ("day,kind\n2026-10-01,holiday\n2026-10-02\n", "3:"), ("day,kind\n,holiday\n", "2: day"),
    ("day,kind\n2026-10-01,holiday\n2026-10-02,holiday\n2026-10-01,workday\n", "4: day"), ("day,kind\n", "1: day")])
def test_a_file_with_a_mistake_changes_nothing(cli, tmp_path, text, what):
    path = tmp_path / "days.csv"
    path.write_text(text, encoding="utf-8")
    before = cli("admin", "calendar", "list", "--unit", "HQ").json
    error = cli("admin", "calendar", "import", path, "--unit", "HQ", code=2).error
    assert (error["reason"], error["field"]) == ("CALENDAR", "kind" if "kind" in what else "day")
    assert f"{path}:{what}" in error["message"]
    shown = cli("admin", "--lang", "zh_CN", "calendar", "import", path, "--unit", "HQ", code=2).error
    assert f"{path}:{what}" in shown["message"] and shown["field"] == error["field"], "the name that the file has"
    assert cli("admin", "calendar", "list", "--unit", "HQ").json == before


@pytest.mark.parametrize("text,reason,column", [
    ("", "MISSING_COLUMN", None), ("day,knd\n", "UNKNOWN_COLUMN", "knd"), ("day\n2026-10-01\n", "MISSING_COLUMN", "kind"),
    ("day,kind,day\n", "DUPLICATE_COLUMN", "day")])
def test_a_header_that_does_not_fit(cli, tmp_path, text, reason, column):
    path = tmp_path / "days.csv"
    path.write_text(text, encoding="utf-8")
    error = cli("admin", "calendar", "import", path, "--unit", "HQ", code=2).error
    assert (error["reason"], error.get("field")) == (reason, column)


def test_an_import_adds_to_what_is_there(cli, tmp_path):
    path, listed = tmp_path / "days.csv", []
    for day, kind in (("2027-05-01", "holiday"), ("2027-05-02", "holiday"), ("2027-05-01", "workday")):
        path.write_text(f"day,kind\n{day},{kind}\n", encoding="utf-8")
        cli("admin", "calendar", "import", path, "--unit", "B12")
        mine = [d for d in cli("admin", "calendar", "list", "--unit", "B12").json if d["unit"] == "B12"]
        listed.append([(d["day"], d["kind"]) for d in mine])
    assert listed[1] == [("2027-05-01", "holiday"), ("2027-05-02", "holiday")]
    assert listed[2] == [("2027-05-01", "workday"), ("2027-05-02", "holiday")]


def test_what_the_server_refuses(trading):
    admin, day = trading.connect("admin"), {"day": "2026-10-01", "kind": "holiday"}
    for fields, reason, field in (
            ({"days": [day]}, "FIELD_REQUIRED", "unit"), ({"unit": "B99", "days": [day]}, "NOT_FOUND", "unit"),
            ({"unit": "HQ"}, "FIELD_INVALID", "days"), ({"unit": "HQ", "days": [day, day]}, "FIELD_INVALID", "days"),
            ({"unit": "HQ", "days": [{"day": "x", "kind": "holiday"}]}, "FIELD_INVALID", "days"),
            ({"unit": "HQ", "days": [{"day": "2026-10-01"}]}, "FIELD_REQUIRED", "kind"),
            ({"unit": "HQ", "days": [{**day, "name": "x" * 101}]}, "FIELD_TOO_LONG", "name")):
        reply = refused(lambda f=fields: admin.do("calendar_set", **f))
        assert (reply.reason, reply.field) == (reason, field), fields
    assert refused(lambda: trading.connect("app").do("calendar_set", unit="HQ", days=[day])).reason == "ROLE_MISSING"


def test_it_stands_in_the_chain_of_the_organisation(trading, cli):
    holidays(trading, "B12", dt.date(2031, 5, 1))
    rows = trading.rows("SELECT payload ->> 'unit', payload -> 'holidays' FROM event WHERE kind = 61 ORDER BY seq DESC LIMIT 1")
    assert rows == [("B12", ["2031-05-01"])]
    cli("aud", "audit", "verify")


def test_the_extension_ends_on_a_working_day(apart):
    """Verified on a Monday: seven days end on the next one; when that is a holiday, on Tuesday."""
    trading = counting(apart, "moved")
    monday = next_weekday(trading.today(), 1)
    holidays(trading, "HQ", monday + 7 * DAY)
    trading.go_to(monday)
    case = trading.apply(trading.customer("red"), "green")
    case = trading.connect("ver1").do("application_verify", application=case["id"], finding="confirmed",
                                      opinion="o")["application"]
    assert case["extension_latest_us"] == instant(monday + 9 * DAY)
