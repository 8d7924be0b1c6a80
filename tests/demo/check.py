"""What others script against in the demo: profiles, accounts, open cases, names of JSON. Run after `make demo`:

    /usr/bin/python3 tests/demo/check.py

It ends with 0 when all holds. It starts the demo a second time, which must begin clean, and stops it at the end.
CREDITD_BUILD names the build folder.
"""
import datetime as dt
import json
import os
import pathlib
import subprocess
import sys
from zoneinfo import ZoneInfo

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(ROOT, os.environ.get("CREDITD_BUILD", "build")).resolve()
DEMO = BUILD / "demo"
PROFILES = ("branch", "clerk", "region", "hq", "cmo", "admin")
ABOVE_CLERK = {"supervisor", "manager", "director"}
APPLICATION = {"id", "state", "version", "customer_id", "from_grade", "to_grade", "off_criteria", "complete_by", "overdue"}
OPEN, DECIDED = APPLICATION | {"due_at"}, APPLICATION | {"decided_grade", "finding"}
# Known to the format, and without a value as long as no criterion is computed.
NOT_YET = {"criterion_met_on", "criterion_detected_at"}
CUSTOMER = {"id", "number", "name", "region", "branch", "stage", "tier", "grade"}
OPEN_STATES = {"submitted", "returned", "verified", "approved"}


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


def check_cases(branch):
    """One case is overdue, the last day of another is tomorrow where the branch is, one has come to its end."""
    zone = ZoneInfo(next(u["zone"] for u in data("admin", "org", "list") if u["code"] == branch))
    cases = data("branch", "application", "list")
    still_open = [a for a in cases if a["state"] in OPEN_STATES]
    assert all(OPEN <= a.keys() for a in still_open) and not any(NOT_YET & a.keys() for a in cases)
    assert len([a for a in still_open if a["overdue"]]) == 1, still_open
    tomorrow = dt.datetime.now(zone).date() + dt.timedelta(days=1)
    last_days = [(dt.datetime.fromisoformat(a["due_at"]) - dt.timedelta(microseconds=1)).astimezone(zone).date()
                 for a in still_open if not a["overdue"]]
    assert last_days.count(tomorrow) == 1, (last_days, tomorrow)
    recorded = [a for a in cases if a["state"] == "recorded"]
    assert recorded and all(DECIDED <= a.keys() for a in recorded), cases
    assert {a["id"] for a in still_open if a["state"] == "submitted"} <= {a["id"] for a in data("region", "inbox")}


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
    free = check_customers(branch)
    check_cases(branch)
    check_who_sees_what(free[0])
    return check_a_change(free[1])


def main():
    """Everything, twice, and the end."""
    assert (DEMO / "creditctl.conf").exists(), "the demo does not run: make demo"
    check_all()
    before, old = processes()
    make("demo")
    assert not any(map(runs, before)) and not old.exists(), "the first demo is still there"
    check_all()
    now, where = processes()
    assert all(map(runs, now))
    make("demo-stop")
    assert not any(map(runs, now)) and not where.exists() and not DEMO.exists(), "the demo did not stop"
    print("the demo is as promised")


if __name__ == "__main__":
    sys.exit(main())
