#!/usr/bin/env python3
"""Writes tests/rules/clock.tbl: deadlines computed without any code of this project.

The end of a period is found by looking at every minute: it is the first one at which the calendar of the zone shows a
date later than the last day. Run from the root of the repository: python3 tests/rules/clock_reference.py
"""
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

SUBMIT, VERIFY, DECIDE, WHOLE, RESERVE = 2, 3, 3, 10, 1
MINUTE = timedelta(minutes=1)


def end_of_period(zone: str, start: datetime, days: int) -> datetime:
    """24:00 of the day that is `days` after the day of the start."""
    tz = ZoneInfo(zone)
    last: date = start.astimezone(tz).date() + timedelta(days=days)
    at = datetime(last.year, last.month, last.day, tzinfo=timezone.utc) - timedelta(hours=15)
    while at.astimezone(tz).date() <= last:
        at += MINUTE
    return at


def local(zone: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def show(zone: str, at: datetime) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds").replace("+00:00", "Z")


SH, KG, LON, NY, UTC = "Asia/Shanghai", "Asia/Urumqi", "Europe/London", "America/New_York", "UTC"

# (zone, local start, days, what it shows): a period on its own
PERIODS = [
    (SH, "2026-11-23T14:05:00", 3, "Monday afternoon, ends with Thursday"),
    (SH, "2026-11-23T00:00:00", 3, "the first instant of a day: that day is the start day"),
    (SH, "2026-11-23T23:59:59", 3, "the last second of a day: still that day"),
    (SH, "2026-11-24T00:00:00", 3, "one second later: a whole day later"),
    (SH, "2026-11-23T14:05:00", 0, "no days: the end of the start day"),
    (SH, "2026-11-23T14:05:00", 1, "one day"),
    (SH, "2026-11-23T14:05:00", 2, "two days"),
    (SH, "2026-11-23T14:05:00", 10, "ten days, over a month's end"),
    (SH, "2026-11-27T09:00:00", 2, "Friday, ends with Sunday: civil days, no weekend"),
    (SH, "2027-02-05T09:00:00", 3, "over the eve of the spring festival: no holidays either"),
    (SH, "2028-02-27T10:00:00", 2, "leap year: ends with 29 February"),
    (SH, "2028-02-28T10:00:00", 2, "leap year: over 29 February"),
    (SH, "2028-02-29T10:00:00", 3, "starts on the leap day"),
    (SH, "2027-02-27T10:00:00", 2, "no leap year: over the end of February"),
    (SH, "2027-02-28T10:00:00", 1, "no leap year: from the last of February"),
    (SH, "2100-02-27T10:00:00", 2, "2100 is no leap year"),
    (SH, "2000-02-27T10:00:00", 2, "2000 was one"),
    (SH, "2026-12-30T10:00:00", 3, "over the end of the year"),
    (SH, "2026-12-31T23:59:59", 1, "last second of the year"),
    (SH, "2026-12-31T10:00:00", 10, "ten days into the new year"),
    (SH, "2027-01-01T00:00:00", 10, "from the first instant of the year"),
    (KG, "2026-11-23T14:05:00", 3, "Urumqi counts by its own zone"),
    (KG, "2026-11-23T23:30:00", 3, "Urumqi before midnight when Shanghai is past it"),
    (UTC, "2026-11-23T14:05:00", 3, "UTC"),
    (UTC, "1970-01-01T00:00:00", 3, "the epoch"),
    (UTC, "1969-12-30T12:00:00", 3, "before the epoch"),
    ("Asia/Kolkata", "2026-11-23T14:05:00", 3, "half-hour zone"),
    ("Asia/Kathmandu", "2026-11-23T23:59:00", 3, "quarter-hour zone"),
    ("Pacific/Kiritimati", "2026-11-23T14:05:00", 3, "14 hours ahead"),
    ("Pacific/Pago_Pago", "2026-11-23T14:05:00", 3, "11 hours behind"),
    (NY, "2026-11-23T14:05:00", 3, "west of Greenwich"),
    (NY, "2026-03-06T12:00:00", 3, "a day of 23 hours inside"),
    (NY, "2026-03-07T23:30:00", 1, "ends with the day of 23 hours"),
    (NY, "2026-03-08T12:00:00", 1, "starts on it"),
    (NY, "2026-10-30T12:00:00", 3, "a day of 25 hours inside"),
    (NY, "2026-10-31T12:00:00", 1, "ends with the day of 25 hours"),
    (NY, "2026-11-01T00:30:00", 2, "starts on it"),
    (LON, "2026-03-27T12:00:00", 3, "summer time begins inside"),
    (LON, "2026-03-28T12:00:00", 10, "begins on the first counted day"),
    (LON, "2026-10-23T12:00:00", 3, "summer time ends inside"),
    (LON, "2026-10-24T23:59:59", 1, "ends with the day it ends"),
    ("Europe/Berlin", "2026-12-28T08:00:00", 10, "winter only, over the year's end"),
    ("Australia/Sydney", "2026-10-02T08:00:00", 3, "southern summer time begins inside"),
    ("Australia/Sydney", "2027-04-02T08:00:00", 3, "and ends"),
    ("Australia/Lord_Howe", "2026-10-02T08:00:00", 3, "summer time of half an hour"),
    ("America/St_Johns", "2026-03-06T08:00:00", 3, "half-hour zone with summer time"),
    ("America/Sao_Paulo", "2018-11-01T12:00:00", 2, "the day after the last has no 00:00: it starts at 01:00"),
    ("America/Sao_Paulo", "2018-11-02T12:00:00", 2, "the last day has no 00:00"),
    ("America/Sao_Paulo", "2018-02-15T12:00:00", 2, "23:00 to 24:00 of the last day comes twice"),
    ("Asia/Beirut", "2022-03-24T12:00:00", 2, "no 00:00 on the day after the last"),
    ("Africa/Cairo", "2024-04-23T12:00:00", 2, "no 00:00 on the day after the last"),
    ("America/Havana", "2026-10-29T12:00:00", 2, "00:00 to 01:00 after the last day comes twice: the first counts"),
    (SH, "1991-04-12T12:00:00", 1, "China had summer time until 1991"),
    (SH, "1991-09-13T12:00:00", 2, "its last end"),
]

# (step zone, local start of the step, days, branch zone, local start of the whole, what it shows)
STEPS = [
    (SH, "2026-11-23T14:05:00", VERIFY, SH, "2026-11-23T14:05:00", "region, on the first day"),
    (SH, "2026-11-26T09:00:00", DECIDE, SH, "2026-11-23T14:05:00", "HQ, three days later"),
    (SH, "2026-11-26T09:00:00", SUBMIT, SH, "2026-11-23T14:05:00", "branch, after a return"),
    (SH, "2026-11-28T09:00:00", VERIFY, SH, "2026-11-23T14:05:00", "region again: three fresh days"),
    (SH, "2026-11-29T09:00:00", DECIDE, SH, "2026-11-23T14:05:00", "step and whole less reserve end together"),
    (SH, "2026-11-30T09:00:00", DECIDE, SH, "2026-11-23T14:05:00", "cut by the whole less its reserve"),
    (SH, "2026-12-01T09:00:00", DECIDE, SH, "2026-11-23T14:05:00", "cut to one day"),
    (SH, "2026-12-02T23:59:59", DECIDE, SH, "2026-11-23T14:05:00", "on the last day: ends the same night"),
    (SH, "2026-12-03T00:00:00", DECIDE, SH, "2026-11-23T14:05:00", "after it: due at once"),
    (SH, "2026-12-10T09:00:00", SUBMIT, SH, "2026-11-23T14:05:00", "long after: due in the past, the whole never restarts"),
    (SH, "2028-02-26T09:00:00", VERIFY, SH, "2028-02-26T09:00:00", "leap day counted"),
    (SH, "2026-12-30T09:00:00", VERIFY, SH, "2026-12-30T09:00:00", "over the year's end"),
    (SH, "2026-11-24T00:30:00", VERIFY, KG, "2026-11-23T22:30:00", "branch in Urumqi, region in Shanghai where it is tomorrow"),
    (KG, "2026-11-23T22:30:00", VERIFY, SH, "2026-11-24T00:30:00", "the other way round"),
    (SH, "2026-11-29T09:00:00", DECIDE, KG, "2026-11-23T22:30:00", "the step ends in Shanghai before the reserve in Urumqi"),
    (SH, "2026-11-30T09:00:00", DECIDE, KG, "2026-11-23T22:30:00", "the reserve is counted in the branch's zone"),
    (LON, "2026-10-23T12:00:00", VERIFY, NY, "2026-10-23T07:00:00", "summer time ends at the region only"),
    (LON, "2026-10-27T12:00:00", DECIDE, NY, "2026-10-23T07:00:00", "and at the branch before the whole ends"),
    (NY, "2026-03-06T12:00:00", VERIFY, LON, "2026-03-06T17:00:00", "summer time begins at the region only"),
    ("Pacific/Kiritimati", "2026-11-24T13:00:00", VERIFY, "Pacific/Pago_Pago", "2026-11-23T12:00:00", "25 hours apart"),
    ("Pacific/Pago_Pago", "2026-11-23T12:00:00", 8, "Pacific/Kiritimati", "2026-11-24T13:00:00", "25 hours apart, other way"),
]


def main() -> None:
    rows = []
    for zone, start, days, note in PERIODS:
        at = local(zone, start)
        rows.append(("period", zone, show(zone, at), str(days), "-", "-", show(zone, end_of_period(zone, at, days)), note))
    for zone, start, days, branch, whole, note in STEPS:
        at, first = local(zone, start), local(branch, whole)
        due = min(end_of_period(zone, at, days), end_of_period(branch, first, WHOLE - RESERVE))
        rows.append(("step", zone, show(zone, at), str(days), branch, show(branch, first), show(zone, due), note))
    for zone, start, _, _ in PERIODS[1::4]:
        at = local(zone, start)
        rows.append(("whole", zone, show(zone, at), "-", "-", "-", show(zone, end_of_period(zone, at, WHOLE)), "the whole change"))
    header = ("what", "zone", "start", "days", "branch zone", "whole start", "end", "note")
    widths = [max(len(row[i]) for row in rows + [header]) for i in range(len(header) - 1)]
    lines = [
        "# Deadlines, written by clock_reference.py, which shares no code with the server.",
        "# period: a number of civil days from an instant; the start day does not count, the end is 24:00 of the last day.",
        f"# step: a step's days, cut by the whole of {WHOLE} days from `whole start` less {RESERVE} day kept for recording,",
        "#       both counted in the zone of the branch. whole: the end of the whole change.",
    ]
    for row in [header] + rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)] + [row[-1]]
        lines.append(" | ".join(cells).rstrip())
    Path("tests/rules/clock.tbl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
