"""The scoreboard by a walk over the chains, event by event, from what RULES.md says of each count: a customer's units are
those that the events before have given it, a step's due instant the one that an event before has set. It shares nothing
with the server's query."""
import datetime as dt
import json
from collections import Counter, defaultdict

from .trading import civil, instant, period_end

STEPS = range(2, 12)  # that end a turn; 1 begins the first
JUDGED = {2: "verify", 3: "return", 5: "approve", 6: "reject", 11: "return_to_region"}
MISSED = {1: "verify_missed", 3: "decide_missed", 4: "record_missed"}  # by the state that waited; a resubmission has none


class Case:
    """A case as the events so far leave it."""

    def __init__(self, units, state, due):
        self.units, self.state, self.due, self.noted, self.open_miss = units, state, due, False, None

    def wait(self, state, due):
        """It waits for another step, or for the same one until later."""
        self.state, self.due, self.noted = state, due, False


class Walk:
    """One customer's chain. `count(month, units, name, by)` takes what it finds."""

    def __init__(self, home_region, zones, count, now):
        self.region, self.zones, self.count, self.now = home_region, zones, count, now
        self.units, self.cases = None, {}
        self.criterion, self.criterion_miss, self.emergency = None, None, None

    def take(self, at, kind, app, before, after, payload):
        """The next event."""
        month = month_of(at)
        if kind == 30:
            self.units = payload["branch"], self.region
        elif kind == 33:
            assert self.units == (payload["from"], payload["from_region"])
            self.units = payload["to"], payload["to_region"]
        elif kind in (37, 38):
            self.settle_criterion()
            self.criterion = {"due": payload["due_us"], "met_on": payload["met_on"], "answered": False} if kind == 37 else None
        elif kind == 81:
            self.miss_criterion(payload["due_before_us"], noted=True)
        elif kind == 1:
            self.submit(month, at, app, payload)
        elif kind in STEPS:
            self.step(month, at, kind, self.cases[app], before, after, payload)
        elif app in self.cases:
            self.beside(at, kind, self.cases[app], payload)
        self.authority(month, at, kind, payload)

    # ---- the submission ----

    def submit(self, month, at, app, payload):
        self.cases[app] = Case(self.units, 1, payload["due_us"])
        if self.criterion is None:
            return
        due = self.criterion["due"]
        met = instant(dt.date.fromisoformat(self.criterion["met_on"]), self.zones[self.units[0]])
        met_due = period_end(self.zones[self.units[0]], met, 2)
        self.count(month, self.units, "submitted")
        self.count(month, self.units, "submitted_in_time", at < due)
        self.count(month, self.units, "met")
        self.count(month, self.units, "met_in_time", at < met_due)
        self.count(month, self.units, "met_missed", met_due <= at < due)
        self.settle_criterion()
        if at >= due and not self.criterion["answered"]:
            self.miss_criterion(due, noted=False)
        self.criterion["answered"] = True

    def miss_criterion(self, due, noted):
        for name in ("submit_missed", "met_missed", "missed"):
            self.count(month_of(due - 1), self.units, name)
        if self.criterion is not None:
            self.criterion["answered"] = True
        if noted:
            self.criterion_miss = month_of(due - 1), self.units
            self.count(*self.criterion_miss, "overdue_now")

    def settle_criterion(self):
        """It is submitted, or no more."""
        if self.criterion_miss is not None:
            self.count(*self.criterion_miss, "overdue_now", -1)
            self.criterion_miss = None

    # ---- the case ----

    def step(self, month, at, kind, case, before, after, payload):
        assert case.state == before and self.units == case.units
        if kind in JUDGED and before in (1, 3):
            name = {1: "verified", 3: "decided"}[before]
            self.count(month, case.units, name)
            self.count(month, case.units, name + "_in_time", at < case.due)
        if kind == 8:
            self.count(month, case.units, "recorded")
            self.count(month, case.units, "recorded_in_time", at < case.due)
            self.criterion = None
        self.count(month, case.units, "returned", kind == 3)
        self.count(month, case.units, "reversed", kind == 6 or kind == 5 and payload["decided_grade"] != payload["to_grade"])
        self.end_wait(at, case)
        case.wait(after, payload.get("due_us"))

    def end_wait(self, at, case):
        """What the case has waited for is over: too late, and nobody has noted it?"""
        if at >= case.due and not case.noted:
            self.miss(case)
        self.settle(case)

    def miss(self, case):
        month = month_of(case.due - 1)
        self.count(month, case.units, "missed")
        if case.state in MISSED:
            self.count(month, case.units, MISSED[case.state])
        return month

    def settle(self, case):
        if case.open_miss is not None:
            self.count(*case.open_miss, "overdue_now", -1)
            case.open_miss = None

    def beside(self, at, kind, case, payload):
        """No step: the clock runs on, is moved, or has run out."""
        if kind == 20:
            self.settle(case)
            case.open_miss = self.miss(case), case.units
            case.noted = True
            self.count(*case.open_miss, "overdue_now")
        elif kind == 73:
            anew, due = "due_us" in payload, payload.get("due_us")
            if anew and due > at:
                self.end_wait(at, case)
                case.wait(case.state, due)
            elif anew:
                case.due = due
            case.units = payload["to"], payload["to_region"]
        elif kind in (24, 26, 27):
            if payload["due_us"] > at:
                self.settle(case)
                case.noted = False
            case.due = payload["due_us"]

    # ---- without a case ----

    def authority(self, month, at, kind, payload):
        if kind == 31 and payload["cause"] == "override" and "until" in payload:
            self.count(month, self.units, "overrides")
            self.settle_criterion()
            self.criterion = None
        elif kind == 31 and payload["cause"] == "override" and "ends_us" in payload:
            self.count(month, self.units, "emergencies")
            self.emergency = month, self.units, payload["review_due_us"]
        elif kind == 48:
            self.count(month, self.units, "reviews_unjustified", payload["finding"] == "unjustified")
            self.reviewed(at)

    def reviewed(self, at):
        """The review of the last emergency, or that there was none until now."""
        if self.emergency is not None:
            month, units, due = self.emergency
            self.count(month, units, "reviews_overdue", at >= due)
        self.emergency = None

    def end(self):
        """Nothing more has happened."""
        self.reviewed(self.now)


def month_of(at):
    """The month of an instant, HQ's."""
    return civil(at).isoformat()[:7]


def walked(trading):
    """(month, unit) -> counts."""
    zones = dict(trading.rows("SELECT code, zone FROM unit"))
    regions = dict(trading.rows("SELECT home_id, code FROM unit WHERE home_id IS NOT NULL"))
    chains, out, now = defaultdict(list), defaultdict(Counter), trading.now()

    def count(month, units, name, by=True):
        for unit in (*units, "HQ"):
            out[month, unit][name] += int(by)
    for home, customer, at, kind, app, before, after, payload in trading.rows(
            "SELECT home_id, customer_id, at, kind, application_id, from_state, to_state, payload::text FROM event "
            "WHERE home_id > 0 ORDER BY home_id, customer_id, seq"):
        chains[home, customer].append((at, kind, app, before, after, json.loads(payload)))
    for (home, _), events in chains.items():
        walk = Walk(regions[home], zones, count, now)
        for event in events:
            walk.take(*event)
        walk.end()
    return out
