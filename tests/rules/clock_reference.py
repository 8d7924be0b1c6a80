#!/usr/bin/env python3
"""Writes tests/rules/clock.tbl and tests/rules/more_time.tbl: deadlines computed without any code of this project.

The end of a period is found by looking at every minute: it is the first one at which the calendar of the zone shows a
date later than the last day; which day is the last is found by walking the calendar. Run from the root of the repository: python3 tests/rules/clock_reference.py
"""
import csv
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


HOLIDAYS = {date.fromisoformat(row["day"]): row["kind"] == "workday"
            for row in csv.DictReader(Path("tests/rules/holidays.csv").open(encoding="utf-8"))}
DAY = timedelta(days=1)


def working(day: date) -> bool:
    return HOLIDAYS.get(day, day.isoweekday() <= 5)


def last_day(counting: str, start: date, days: int) -> date:
    """The last day of a period: by looking at every day after the start."""
    day, counted = start, 0
    while counted < days:
        day += DAY
        counted += counting != "working" or working(day)
    while counting == "moved" and days > 0 and not working(day):
        day += DAY
    return day


def day_before(counting: str, last: date, days: int) -> date:
    """So many days before the last one, as they are counted."""
    day, counted = last, 0
    while counted < days:
        day -= DAY
        counted += counting != "working" or working(day)
    while counting == "moved" and days > 0 and not working(day):
        day -= DAY
    return day


def end_of_day(zone: str, day: date) -> datetime:
    """24:00 of a day."""
    return end_of_period(zone, datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)), 0)


def due(counting: str, zone: str, start: datetime, days: int, branch: str, whole: datetime) -> datetime:
    """Of a step: its own end, or the end of the whole less the reserve."""
    step = last_day(counting, start.astimezone(ZoneInfo(zone)).date(), days)
    end = last_day(counting, whole.astimezone(ZoneInfo(branch)).date(), WHOLE)
    return min(end_of_day(zone, step), end_of_day(branch, day_before(counting, end, RESERVE)))


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


# (zone, local start, what it shows): each with several numbers of days, moved and in working days
AROUND_HOLIDAYS = [
    (SH, "2026-09-18T16:00:00", "Friday; Sunday is made up, the next Friday is a holiday"),
    (SH, "2026-09-24T09:00:00", "Thursday before a holiday and a weekend"),
    (SH, "2026-09-30T23:59:59", "the eve of a week of holidays"),
    (SH, "2026-10-03T10:00:00", "started on a Saturday within them"),
    (SH, "2026-10-08T08:00:00", "the first day after them; Saturday is made up"),
    (SH, "2026-12-31T17:00:00", "over New Year"),
    (SH, "2027-02-04T12:00:00", "the eve of the spring festival"),
    (SH, "2028-02-27T12:00:00", "a Sunday; the leap day is a holiday"),
    (KG, "2026-09-30T22:30:00", "Urumqi, where Shanghai is in the holidays already"),
    (NY, "2026-10-30T12:00:00", "a day of 25 hours inside, no holidays"),
    (NY, "2026-03-06T12:00:00", "a day of 23 hours inside"),
    (LON, "2026-10-23T12:00:00", "summer time ends on the Sunday"),
]
COUNTED = (0, 1, 2, 3, 5, 7, 10)
# (step zone, local start of the step, days, branch zone, local start of the whole, what it shows)
STEPS_AROUND = [
    (SH, "2026-09-28T09:00:00", VERIFY, SH, "2026-09-28T09:00:00", "the step ends in the holidays"),
    (SH, "2026-09-21T09:00:00", VERIFY, SH, "2026-09-21T09:00:00", "ends before the first holiday"),
    (SH, "2026-10-08T09:00:00", DECIDE, SH, "2026-09-28T09:00:00", "after the holidays, late in the whole"),
    (SH, "2026-10-09T09:00:00", 7, SH, "2026-09-28T09:00:00", "an extension to seven days, cut by the whole"),
    (SH, "2026-10-01T09:00:00", DECIDE, SH, "2026-09-21T09:00:00", "the whole ends in the holidays"),
    (SH, "2026-10-02T09:00:00", SUBMIT, SH, "2026-09-22T09:00:00", "returned within them"),
    (SH, "2027-02-03T09:00:00", DECIDE, KG, "2027-02-01T22:30:00", "branch in Urumqi, over the spring festival"),
    (KG, "2027-02-03T22:30:00", VERIFY, SH, "2027-02-01T09:00:00", "the other way round"),
    (NY, "2026-10-30T12:00:00", VERIFY, LON, "2026-10-29T17:00:00", "summer time ends at the region only"),
    (LON, "2026-10-23T12:00:00", DECIDE, NY, "2026-10-20T07:00:00", "and at HQ"),
    (SH, "2026-12-29T09:00:00", DECIDE, SH, "2026-12-24T09:00:00", "over New Year"),
    (SH, "2028-02-25T09:00:00", VERIFY, SH, "2028-02-25T09:00:00", "over the leap day"),
]


def around_holidays() -> list:
    rows = []
    for counting in ("moved", "working"):
        for zone, start, note in AROUND_HOLIDAYS:
            at = local(zone, start)
            first = at.date()
            for days in COUNTED:
                end = end_of_day(zone, last_day(counting, first, days))
                rows.append((f"period {counting}", zone, show(zone, at), str(days), "-", "-", show(zone, end), note))
            whole = end_of_day(zone, last_day(counting, first, WHOLE))
            rows.append((f"whole {counting}", zone, show(zone, at), "-", "-", "-", show(zone, whole), note))
        for zone, start, days, branch, whole, note in STEPS_AROUND:
            at, first = local(zone, start), local(branch, whole)
            rows.append((f"step {counting}", zone, show(zone, at), str(days), branch, show(branch, first),
                         show(zone, due(counting, zone, at, days, branch, first)), note))
    return rows


# What HQ has in all with an extension, and for how long a case may wait for the customer.
EXTENDED, PAUSE = 7, 5
HOUR = timedelta(hours=1)


def counted(counting: str, after: date, until: date) -> int:
    """Days after one day, up to another, that count."""
    days = [after + n * DAY for n in range(1, (until - after).days + 1)]
    return sum(counting != "working" or working(day) for day in days)


def longer(counting: str, step: date, whole: date, paused: int) -> tuple:
    """The last days of step and whole, all of one zone, when the clock stood still for so many days."""
    if paused == 0:
        return step, whole
    later = last_day(counting, whole, paused)
    latest = day_before(counting, later, RESERVE)
    if step == day_before(counting, whole, RESERVE):
        return latest, later
    return min(last_day(counting, step, paused), latest), later


def due_paused(counting: str, start: datetime, days: int, whole: datetime, pauses: list) -> tuple:
    """Ends of step and whole with pauses of so many days."""
    end = last_day(counting, whole.date(), WHOLE)
    step = min(last_day(counting, start.date(), days), day_before(counting, end, RESERVE))
    for paused in pauses:
        step, end = longer(counting, step, end, paused)
    return end_of_day(SH, step), end_of_day(SH, end)


def extensions() -> list:
    """HQ's step began on the third day of the whole; it is asked for four days more, at each hour of the budget."""
    rows = []
    for counting, first in (("natural", "2026-11-23T14:05:00"), ("working", "2026-09-21T14:05:00"),
                            ("moved", "2026-09-21T14:05:00")):
        whole = local(SH, first)
        start = whole + 2 * DAY + 3 * HOUR
        for hour in range(0, 24 * 9, 1 if counting == "natural" else 5):
            at = start + hour * HOUR
            for days in (4,) if hour % 7 else (1, 4, 30):
                now, latest = (due(counting, SH, start, n, SH, whole) for n in (DECIDE, EXTENDED))
                asked = due(counting, SH, start, min(EXTENDED, DECIDE + days), SH, whole)
                end = "none" if latest <= now or asked <= now or asked <= at else show(SH, asked)
                rows.append(("extend", counting, show(SH, whole), show(SH, start), show(SH, at), str(days), "-", end, "-"))
    return rows


def pauses() -> list:
    """The region's step: paused so many hours after its start, resumed so many hours later."""
    rows = []
    for counting, first in (("natural", "2026-11-23T14:05:00"), ("natural", "2028-02-26T23:59:59"),
                            ("working", "2026-09-17T14:05:00"), ("moved", "2026-09-28T09:00:00")):
        start = local(SH, first)
        for after in (0, 9, 30):
            for hours in (0, 1, 10, 15, 24, 38, 60, 90, 119, 130, 200):
                at, until = start + after * HOUR, start + (after + hours) * HOUR
                days = min(PAUSE, counted(counting, at.date(), until.date()))
                end, whole = due_paused(counting, start, VERIFY, start, [days])
                rows.append(("pause", counting, show(SH, start), show(SH, start), show(SH, at), "-", show(SH, until),
                             show(SH, end), show(SH, whole)))
    return rows + late_pauses() + two_pauses()


def late_pauses() -> list:
    """The step began late in the whole, and ends with it less the reserve, or a day before."""
    rows = []
    for counting, first in (("natural", "2026-11-23T14:05:00"), ("working", "2026-09-17T14:05:00"), ("moved", "2026-09-24T09:00:00")):
        whole = local(SH, first)
        end = last_day(counting, whole.date(), WHOLE)
        for before in range(1, 7):
            start = end_of_day(SH, day_before(counting, end, RESERVE)).astimezone(ZoneInfo(SH)) - before * DAY + HOUR
            for hours in (0, 10, 30, 60, 119, 200):
                until = start + hours * HOUR
                days = min(PAUSE, counted(counting, start.date(), until.date()))
                due_at, whole_at = due_paused(counting, start, VERIFY, whole, [days])
                rows.append(("pause", counting, show(SH, whole), show(SH, start), show(SH, start), "-", show(SH, until),
                             show(SH, due_at), show(SH, whole_at)))
    return rows


def two_pauses() -> list:
    """After a first one of the same length a second one, of which the first left fewer days. `days`: between the two."""
    rows = []
    for counting, first in (("natural", "2026-11-23T14:05:00"), ("working", "2026-09-17T14:05:00"), ("moved", "2026-09-21T09:00:00")):
        start = local(SH, first)
        for between in (0, 1, 2):
            for hours in (0, 10, 30, 60, 90):
                first_until = start + hours * HOUR
                at = first_until + between * DAY
                until = at + hours * HOUR
                one = min(PAUSE, counted(counting, start.date(), first_until.date()))
                end, _ = due_paused(counting, start, VERIFY, start, [one])
                if one == PAUSE or at >= end:
                    continue
                two = min(PAUSE - one, counted(counting, at.date(), until.date()))
                end, whole = due_paused(counting, start, VERIFY, start, [one, two])
                rows.append(("pauses", counting, show(SH, start), show(SH, start), show(SH, at), str(between), show(SH, until),
                             show(SH, end), show(SH, whole)))
    return rows


def write(path: str, comments: list, header: tuple, rows: list) -> None:
    widths = [max(len(row[i]) for row in rows + [header]) for i in range(len(header) - 1)]
    lines = [f"# {comment}" for comment in comments]
    for row in [header] + rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)] + [row[-1]]
        lines.append(" | ".join(cells).rstrip())
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    rows = []
    for zone, start, days, note in PERIODS:
        at = local(zone, start)
        rows.append(("period", zone, show(zone, at), str(days), "-", "-", show(zone, end_of_period(zone, at, days)), note))
    for zone, start, days, branch, whole, note in STEPS:
        at, first = local(zone, start), local(branch, whole)
        end = min(end_of_period(zone, at, days), end_of_period(branch, first, WHOLE - RESERVE))
        rows.append(("step", zone, show(zone, at), str(days), branch, show(branch, first), show(zone, end), note))
    for zone, start, _, _ in PERIODS[1::4]:
        at = local(zone, start)
        rows.append(("whole", zone, show(zone, at), "-", "-", "-", show(zone, end_of_period(zone, at, WHOLE)), "the whole change"))
    rows += around_holidays()
    write("tests/rules/clock.tbl",
          ["Deadlines, written by clock_reference.py, which shares no code with the server.",
           "period: a number of civil days from an instant; the start day does not count, the end is 24:00 of the last day.",
           f"step: a step's days, cut by the whole of {WHOLE} days from `whole start` less {RESERVE} day kept for recording,",
           "      both counted in the zone of the branch. whole: the end of the whole change.",
           "moved, working: periods are counted so, by the days of holidays.csv, which HQ's calendar has."],
          ("what", "zone", "start", "days", "branch zone", "whole start", "end", "note"), rows)
    write("tests/rules/more_time.tbl",
          ["More time for a step, written by clock_reference.py, which shares no code with the server.",
           f"extend: HQ asks at `at` for `days` more than {DECIDE}, {EXTENDED} in all; end: of the step when it is granted, or none.",
           f"pause: the region's step stands still from `at` to `until`, {PAUSE} days at most; ends of step and whole after it.",
           "pauses: it did so before, as long, from the start of the step until `days` before `at`.",
           "All in Asia/Shanghai, with the days of holidays.csv."],
          ("what", "counting", "whole start", "step start", "at", "days", "until", "end", "whole end"),
          extensions() + pauses())


if __name__ == "__main__":
    main()
