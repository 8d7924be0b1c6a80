"""What others script against in the demo: profiles, accounts, open cases, standing, names of JSON. What is computed
from the invoices is compared with a computation of its own over their file. Run after `make demo`:

    /usr/bin/python3 tests/demo/check.py

It ends with 0 when all holds. It starts the demo a second time, which must begin clean, runs there what README says can
be run, and stops it at the end.
CREDITD_BUILD names the build folder.
"""
import csv
import datetime as dt
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple
from zoneinfo import ZoneInfo

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(ROOT, os.environ.get("CREDITD_BUILD", "build")).resolve()
DEMO = BUILD / "demo"
PROFILES = ("branch", "branch2", "clerk", "region", "region2", "hq", "hq2", "hq3", "cmo", "auditor", "admin")
ABOVE_CLERK = {"supervisor", "manager", "director"}
APPLICATION = {"id", "state", "version", "customer_id", "from_grade", "to_grade", "off_criteria", "complete_by", "overdue"}
OPEN, DECIDED = APPLICATION | {"due_at"}, APPLICATION | {"decided_grade", "finding"}
ADMISSION = DECIDED - {"from_grade"}  # of an ordinary customer, who has none
# Of a case that answers a criterion.
CRITERION = {"criterion_met_on", "criterion_detected_at"}
TASK = CRITERION | {"customer_id", "customer_number", "to_grade", "due_at", "overdue"}
CUSTOMER = {"id", "number", "name", "region", "branch", "stage", "tier", "grade"}
OPEN_STATES = {"submitted", "returned", "verified", "approved"}
# The demo's policy: bands of volume in CNY, best first, what is below them, and the floor of the rate (by count).
POLICY = (ROOT / "deploy" / "policy.cfg").read_text(encoding="utf-8")
BANDS = [(grade, float(least)) for grade, least in re.findall(r'grade = "(\w+)"; +from = "([0-9.]+)"',
                                                                 POLICY.partition("\nscorecard = ")[0])]
BELOW_BANDS, FLOOR, WINDOW_YEARS = "black", 0.75, 1
LEAST_TRADES = 3000  # the demo promises some thousands


def run(*words, code=0):
    """creditctl with the demo's profiles; (stdout, stderr)."""
    done = subprocess.run([BUILD / "creditctl", *words], capture_output=True, text=True, encoding="utf-8", check=False,
                          env={**os.environ, "CREDITCTL_CONFIG": str(DEMO / "creditctl.conf")}, timeout=60)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def data(profile, *words):
    """What it prints as JSON."""
    return json.loads(run("-p", profile, *words, "-o", "json")[0])


def error(profile, *words, code):
    """The error object of a refusal that prints nothing else."""
    out, said = run("-p", profile, *words, "-o", "json", code=code)
    assert out == "", out
    return json.loads(said.strip().splitlines()[-1])


def make(target):
    """A target of the Makefile, with the build folder under test."""
    relative = os.path.relpath(BUILD, ROOT).removesuffix("-asan")
    flags = ["SANITIZE=1"] if BUILD.name.endswith("-asan") else []
    subprocess.run(["make", "-s", target, f"BUILD={relative}", *flags], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def processes():
    """Process ids of the demo's server and its PostgreSQL, and their folder."""
    where = pathlib.Path((DEMO / "where").read_text(encoding="utf-8").strip())
    ready = json.loads((where / "db" / "ready.json").read_text(encoding="utf-8"))
    return [ready["pid"], ready["postmaster_pid"]], where


def runs(pid):
    """Is the process there? One that has ended and waits for its parent is not."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


# ---- the invoices ----

class Computed(NamedTuple):
    """What comes out for a customer."""
    cents: int
    due: int
    fulfilled: int
    grade: str | None  # of a key account; None: to be none

    @property
    def below(self):
        """Is the rate below the floor?"""
        return self.due > 0 and self.fulfilled / self.due < FLOOR


def read_invoices():
    """{customer: [(cents, issued, due, settled or None)]} of the file that the demo imports."""
    def date(text):
        return dt.datetime.strptime(text, "%Y/%m/%d").date() if text else None
    found = {}
    with open(DEMO / "invoices.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["客户号"], []).append((
                round(float(row["金额"].replace(",", "")) * 100), date(row["开票日期"]), date(row["到期日"]),
                date(row["结清日期"])))
    return found


def compute(invoices, today, key):
    """The standing of a key account or an ordinary customer with those invoices on that day."""
    try:
        before = today.replace(year=today.year - WINDOW_YEARS)
    except ValueError:  # 29 February
        before = today.replace(year=today.year - WINDOW_YEARS, day=28)
    cents = sum(i[0] for i in invoices if before < i[1] <= today)
    due = [i for i in invoices if before < i[2] < today]
    fulfilled = [i for i in due if i[3] and i[3] <= i[2]]
    grade = next((g for g, least in BANDS if cents >= least * 100), BELOW_BANDS if key else None)
    computed = Computed(cents, len(due), len(fulfilled), grade)
    return computed._replace(grade=None) if computed.below else computed


# ---- what is checked ----

def check_profiles():
    """Every profile is logged in, as somebody of the right level."""
    people = {name: data(name, "auth", "status") for name in PROFILES}
    for name, person in people.items():
        assert (person["job_level"] in ABOVE_CLERK) == (name != "clerk"), (name, person)
    assert people["clerk"]["unit"] == people["branch"]["unit"]
    return people


def check_customers(branch):
    """Key accounts of the branch without an open case, by their documented names."""
    customers = data("branch", "customer", "list")
    assert isinstance(customers, list) and {c["branch"] for c in customers} == {branch}
    key = [c for c in customers if c["tier"] == "key"]
    assert all(CUSTOMER <= c.keys() for c in key), key[0]
    free = [c for c in key if "open_application_id" not in c]
    assert len(free) >= 5, f"{len(free)} key accounts without an open case"
    lines = run("-p", "branch", "customer", "list", "-o", "jsonl")[0].splitlines()
    assert [json.loads(line) for line in lines] == customers
    return free


def zone_of(branch):
    """The time zone of a unit."""
    return ZoneInfo(next(u["zone"] for u in data("admin", "org", "list") if u["code"] == branch))


def check_cases(zone):
    """One case is overdue, the last day of another is tomorrow where the branch is, one has come to its end."""
    cases = data("branch", "application", "list")
    still_open = [a for a in cases if a["state"] in OPEN_STATES]
    assert all(OPEN <= a.keys() for a in still_open)
    assert all((CRITERION & a.keys()) == (set() if a["off_criteria"] else CRITERION) for a in cases)
    assert len([a for a in still_open if a["overdue"]]) == 1, still_open
    tomorrow = dt.datetime.now(zone).date() + dt.timedelta(days=1)
    last_days = [(dt.datetime.fromisoformat(a["due_at"]) - dt.timedelta(microseconds=1)).astimezone(zone).date()
                 for a in still_open if not a["overdue"]]
    assert last_days.count(tomorrow) == 1, (last_days, tomorrow)
    recorded = [a for a in cases if a["state"] == "recorded"]
    assert all(ADMISSION <= a.keys() for a in recorded) and any(DECIDED <= a.keys() for a in recorded), cases
    assert {a["id"] for a in still_open if a["state"] == "submitted"} <= {a["id"] for a in data("region", "inbox")}


def check_trades(invoices):
    """The file has thousands of rows, and all of them are in: imported again it changes nothing."""
    told = data("hq", "trade", "import", str(DEMO / "invoices.csv"), "--mapping", str(ROOT / "deploy/demo/mapping.cfg"))
    rows = sum(map(len, invoices.values()))
    assert rows >= LEAST_TRADES
    assert (told["added"], told["changed"], told["refused"], told["unchanged"]) == (0, 0, 0, rows), told


def combined(grade, assessment):
    """The worse of the grade of the volume and that of the score, of the one customer who has one."""
    order = ["green", "yellow", "red", "black"]
    return grade if grade is None or assessment is None else max(grade, assessment["grade"], key=order.index)


def check_standing(invoices, today):
    """What the branch is told of each customer is what comes out of the file; gives {number: customer}."""
    tasks = {t["customer_number"]: t for t in data("branch", "inbox") if t["kind"] == "criterion"}
    shown = {c["number"]: data("branch", "customer", "show", c["number"]) for c in data("branch", "customer", "list")}
    kept = 0
    for number, customer in shown.items():
        if number not in invoices:
            assert number not in tasks and "explanation" not in customer, customer
            continue
        computed = compute(invoices[number], today, customer["tier"] == "key")
        told = customer["explanation"]
        assert (round(float(told["volume"]["amount"]) * 100), told["rate"]["due"]["trades"],
                told["rate"]["fulfilled"]["trades"]) == computed[:3], (number, computed, told)
        grade = combined(computed.grade, told.get("assessment"))
        assert told.get("grade") == grade and told["rate"]["below_floor"] == computed.below, (number, told)
        assert customer.get("grade") == grade or number in tasks or "open_application_id" in customer, number
        kept += customer["tier"] == "key" and number not in tasks
    assert kept > len(invoices.keys() & shown.keys()) / 2, "most keep their grade"
    for number, task in tasks.items():
        assert TASK <= task.keys() and task["overdue"] is False, task
        assert shown[number]["explanation"]["grade"] == shown[number]["criterion_grade"] == task["to_grade"], task
        assert shown[number].get("grade") == task.get("from_grade") != task["to_grade"], task
    assert tasks, "no criterion is in the inbox"
    assert sum("assessment" in c.get("explanation", {}) for c in shown.values()) == 1, "the assessed one"
    return shown


def check_demotions(invoices, shown, today):
    """The system has made key accounts ordinary, one of them yesterday, with the import, and one today, when a due date
    had passed; the event holds the evidence."""
    days = set()
    for number, customer in shown.items():
        last = data("branch", "customer", "history", number)[-1]
        payload = json.loads(last["payload"])
        if payload.get("cause") != "demotion":
            continue
        assert (last["kind"], last["actor"], customer["tier"]) == ("standing_changed", "system", "ordinary"), last
        on = dt.date.fromisoformat(payload["on"])
        then = compute(invoices[number], on, True)
        assert then.below and (payload["due"], payload["fulfilled"]) == (then.due, then.fulfilled), payload
        if on == today:
            assert not compute(invoices[number], on - dt.timedelta(days=1), True).below, number
        days.add(on)
    assert days == {today, today - dt.timedelta(days=1)}, days


def check_answers(shown):
    """A change of a grade and an admission were carried through all hands, each for what a criterion asked for."""
    recorded = [a for a in data("branch", "application", "list", "--state", "recorded") if not a["off_criteria"]]
    assert sorted("from_grade" in a for a in recorded) == [False, True], recorded
    for case in recorded:
        customer = shown[case["customer_number"]]
        grade = case["decided_grade"]
        # The one who was assessed after it has a band for the grade, and a score that is worse.
        came = customer["explanation"]["band" if "assessment" in customer["explanation"] else "grade"]
        assert (customer["tier"], customer["grade"], came) == ("key", grade, grade), case
        actors = [entry["actor"] for entry in data("branch", "application", "history", case["id"])]
        assert len(set(actors)) == 3, actors


def check_a_change(customer):
    """The documented command, and the verbs after it."""
    other = "yellow" if customer["grade"] == "green" else "green"
    case = data("branch", "application", "submit", customer["number"], "--to", other, "--reason", "as documented")
    assert (case["state"], case["version"], case["to_grade"]) == ("submitted", 1, other)
    identity = case["id"]
    data("region", "application", "verify", identity, "--finding", "confirmed", "--opinion", "seen", "--item",
         "licence=ok")
    data("hq", "application", "approve", identity)
    assert data("branch", "application", "record", identity)["state"] == "recorded"
    assert data("branch", "customer", "show", customer["number"])["grade"] == other
    return identity


def check_who_sees_what(customer):
    """A clerk sees no grade, an administrator decides nothing."""
    for words in (("customer", "show", customer["number"]), ("customer", "list"), ("application", "list")):
        shown = run("-p", "clerk", *words, "-o", "json")[0]
        assert "grade" not in shown and not any(g in shown for g in ("green", "yellow", '"red"', "black")), words
    for words in (("submit", customer["number"], "--to", "green", "--reason", "r"), ("approve", "A-01-1"), ("list",)):
        assert error("admin", "application", *words, code=5)["reason"] == "ADMINISTRATOR_ONLY_UNITS_AND_USERS"


def check_all():
    """The demo as it was started; gives the case that was added."""
    branch = check_profiles()["branch"]["unit"]
    zone, invoices = zone_of(branch), read_invoices()
    today = dt.datetime.now(zone).date()
    free = check_customers(branch)
    check_cases(zone)
    check_trades(invoices)
    shown = check_standing(invoices, today)
    check_demotions(invoices, shown, today)
    check_answers(shown)
    check_who_sees_what(free[0])
    return check_a_change(free[1])


# What README shows and the demo does not do: it has no end, or its policy announces no demotion.
NOT_RUN = ("--watch", "customer appeal")


def readme_commands():
    """The commands of its section on using it, as a script for bash that tells of each that fails."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Using it\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)
    lines = [line[4:] for block in blocks if "build/" in block for line in block.splitlines()
             if not any(words in line for words in NOT_RUN)]
    assert len(lines) > 60, len(lines)
    places = {"build": BUILD, "deploy": ROOT / "deploy"}
    script = re.sub(r"(?<![\w/])(build|deploy)/", lambda match: f"{places[match[1]]}/", "\n".join(lines))
    return f"trap 'echo \"$BASH_COMMAND\" >>failed' ERR\n{script}\ntouch ended\n"


def check_readme():
    """Every command of README's section on using it does what it shows, in its order."""
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(["bash", "-c", readme_commands()], cwd=place, stdin=subprocess.DEVNULL, check=False,
                              capture_output=True, text=True, encoding="utf-8", timeout=300)
        failed = pathlib.Path(place, "failed")
        assert not failed.exists(), failed.read_text(encoding="utf-8") + done.stderr
        assert pathlib.Path(place, "ended").exists(), done.stderr


def main():
    """Everything, twice, and the end."""
    assert (DEMO / "creditctl.conf").exists(), "the demo does not run: make demo"
    check_all()
    before, old = processes()
    make("demo")
    assert not any(map(runs, before)) and not old.exists(), "the first demo is still there"
    check_all()
    check_readme()
    now, where = processes()
    assert all(map(runs, now))
    make("demo-stop")
    assert not any(map(runs, now)) and not where.exists() and not DEMO.exists(), "the demo did not stop"
    print("the demo is as promised")


if __name__ == "__main__":
    sys.exit(main())
