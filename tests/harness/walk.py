"""A customer's chain walked as the published rules would: each step against harness/model.py, grades against each other
and the rows; and what was refused against the states that the walk has passed.
"""
import json
from collections import defaultdict

from . import model

STEP_KINDS = {n: name for n, name in enumerate(model.STEPS) if name}
DEADLINE_MISSED, CUSTOMER_ADDED, STANDING_CHANGED = 20, 30, 31
SUPERVISOR = 2
SYSTEM = 0  # the user that timers act as
OF_APPLICATION = 2  # cause of a standing


def public_id(letter, home, number):
    """"A-07-1024"."""
    return f"{letter}-{home:02}-{number}"


def key_of(identity):
    """(home, number) of a public id."""
    _, home, number = identity.split("-")
    return int(home), int(number)


class Passage:
    """What the walk knows of one application: a Case for each version, and what its events said."""

    def __init__(self):
        self.cases = [model.Case()]
        self.commands = [None]  # that led to each version
        self.from_grade = self.to_grade = self.decided_grade = self.finding = None
        self.due, self.noted = None, False  # end of the step that is waited for; was it written down as missed?


class Walk:
    """All chains of a dump. `bad(kind, text)` takes what does not fit; `passages`: (home, application) -> Passage."""

    def __init__(self, dump, commands, bad):
        self.dump, self.commands, self.bad = dump, commands, bad
        self.passages = {}
        self.standings = {(s["home"], s["customer"], s["seq"]): s for s in dump["standings"]}

    def all(self, chains):
        """Walks every customer's chain; then every row must be where its history ends."""
        for key, events in chains.items():
            if key != (0, 0):
                self._customer(key, events)
        for key, row in self.dump["applications"].items():
            if key not in self.passages:
                self.bad("application_without_events", f"{key}")
            else:
                self._row(key, row, self.passages[key])

    def _customer(self, key, events):
        grade, opened = None, set()
        for event in events:
            if event["kind"] in STEP_KINDS:
                self._step(key, event, grade, opened)
            elif event["kind"] == STANDING_CHANGED:
                grade = self._standing(key, event)
            elif event["kind"] == DEADLINE_MISSED:
                self._deadline(key, event)

    # ---- steps ----

    def _step(self, customer, event, grade, opened):
        key, step = (event["home"], event["application"]), STEP_KINDS[event["kind"]]
        row = self.dump["applications"].get(key)
        if row is None:
            self.bad("event_without_application", f"{key}")
            return
        if row["customer"] != customer[1]:
            self.bad("foreign_customer", f"{key}: an event in the chain of {customer[1]}, it is {row['customer']}'s")
        passage = self.passages.setdefault(key, Passage())
        before = passage.cases[-1]
        if event["version"] != before.version + 1:
            self.bad("version_gap", f"{key}: {step} has version {event['version']} after {before.version}")
        self._published(key, row, event, step, before)
        self._grades(key, passage, event, step, grade)
        state = model.STATES[event["to_state"]]
        after = model.moved(before, step, self._people(event), state)
        passage.cases.append(model.replace(after, application=public_id("A", *key), version=event["version"]))
        passage.commands.append(event["command"])
        passage.due, passage.noted = json.loads(event["payload"]).get("due_us"), False
        if step == "submit" and opened:
            self.bad("open_application", f"{key}: submitted while {sorted(opened)} of the same customer was open")
        (opened.discard if state in model.CLOSED else opened.add)(key)

    def _login(self, user):
        return self.dump["users"][user]["login"] if user in self.dump["users"] else f"user {user}"

    def _people(self, event):
        """Whoever took the step, and the one acted for."""
        acted_for = json.loads(event["payload"]).get("acted_for")
        return [self._login(user) for user in (event["actor"], acted_for) if user is not None]

    def _published(self, key, row, event, step, before):
        """Is the step in the table, taken by one who may?"""
        told = model.STATES[event["from_state"]], model.STATES[event["to_state"]]
        by = model.TABLE.get((before.state, step))
        if by is None or told[0] != before.state or told[1] not in by.values():
            self.bad("illegal_transition", f"{key}: {before.state} -{step}-> {told}")
        for person in self._people(event):
            if model.barred(before, person, step):
                self.bad("four_eyes", f"{key}: {step} by {person}, who entered or verified it")
        if step == "lapse":  # only ever by the server, with a demotion
            if event["actor"] != SYSTEM:
                self.bad("forged_actor", f"{key}: {step} by user {event['actor']}")
            return
        acted_for = json.loads(event["payload"]).get("acted_for")
        user = self.dump["users"].get(event["actor"] if acted_for is None else acted_for)
        if user is None or event["actor"] not in self.dump["users"]:
            self.bad("forged_actor", f"{key}: {step} by nobody ({event['actor']}, {acted_for})")
            return
        command = self.commands.get(event["command"])
        if command is not None and command["user"] != event["actor"]:
            self.bad("forged_actor", f"{key}: {step} by {event['actor']}, its command by {command['user']}")
        unit = self.dump["units"][user["unit"]]
        wanted = {"branch": row["branch"], "region": row["region"]}.get(unit["level"], user["unit"])
        allowed = any(level == unit["level"] and role in user["roles"] and to == told[1]
                      for (level, role), to in (by or {}).items())
        if by and (not allowed or user["unit"] != wanted or user["level"] < SUPERVISOR):
            self.bad("forged_actor", f"{key}: {step} by {user['login']}, who may not")

    def _grades(self, key, passage, event, step, in_force):
        """The grades that an event tells follow from those before it."""
        told = json.loads(event["payload"])
        if step == "submit":
            passage.from_grade, passage.to_grade = in_force, told.get("to_grade")
        elif step == "resubmit":
            passage.to_grade, passage.finding = told.get("to_grade"), None
        elif step in ("recall", "return_to_region"):
            passage.finding = None
        elif step == "verify":
            passage.finding = told.get("finding")
        elif step == "approve":
            passage.decided_grade = told.get("decided_grade")
            if not between(passage.from_grade, passage.to_grade, passage.decided_grade):
                self.bad("grades", f"{key}: {passage.decided_grade} was decided, which is not between")
        for name in ("from_grade", "to_grade", "decided_grade"):
            if step == "lapse" and name not in told:
                continue  # its evidence is that of the demotion
            if told.get(name) != getattr(passage, name):
                self.bad("grades", f"{key}: {step} tells {name} {told.get(name)}, it is {getattr(passage, name)}")

    def _row(self, key, row, passage):
        last = passage.cases[-1]
        before = passage.cases[-2].state
        told = (row["version"], row["came_from"], row["state"], row["from_grade"], row["to_grade"],
                row["decided_grade"], row["finding"])
        expected = (last.version, before, last.state, passage.from_grade, passage.to_grade, passage.decided_grade,
                    passage.finding)
        if told != expected:
            self.bad("row_differs", f"{key}: row {told}, history {expected}")
        timer = self.dump["timers"].get((key[0], DEADLINE_MISSED, key[1]))
        held = {"customer": row["customer"], "timer": row["timer"], "due_at": row["due_at"]}
        if timer != (None if last.state in model.CLOSED else held):
            self.bad("timer", f"{key}: {last.state}, {held}, its timer is {timer}")
        if row["due_at"] != passage.due or (row["timer"] is None) != (passage.due is None or passage.noted):
            self.bad("timer", f"{key}: {held}, its history says due {passage.due}, noted {passage.noted}")

    # ---- other events ----

    def _standing(self, customer, event):
        """A change of standing: as its row has it, and of a recorded application as that was decided."""
        told = json.loads(event["payload"])
        row = self.standings.get((*customer, event["seq"]))
        if row is None or row["grade"] != told.get("grade") or row["tier"] != told.get("tier"):
            self.bad("standing", f"{customer} seq {event['seq']}: event {told}, row {row}")
        elif event["application"]:
            passage = self.passages.get((event["home"], event["application"]))
            if passage is None or passage.decided_grade != row["grade"]:
                self.bad("standing", f"{customer} seq {event['seq']}: {row['grade']} in force, not what was decided")
            if (row["cause"], row["application"]) != (OF_APPLICATION, event["application"]):
                self.bad("standing", f"{customer} seq {event['seq']}: not of application {event['application']}")
        return told.get("grade")

    def _deadline(self, customer, event):
        """The note of a missed deadline: by the system, once, and not before the step was due."""
        passage = self.passages.get((event["home"], event["application"]), Passage())
        due = json.loads(event["payload"])["due_before_us"]
        if event["actor"] != SYSTEM:
            self.bad("forged_actor", f"{customer}: a deadline noted by user {event['actor']}")
        if due != passage.due or event["at"] < due or passage.noted:
            self.bad("timer", f"{customer}: {event['application']} noted at {event['at']} as due at {due}, the step is "
                              f"due at {passage.due}, noted before: {passage.noted}")
        passage.noted = True


def between(low, high, grade):
    """Is the grade on the way from one to the other, and not the one it starts from?"""
    if low is None:
        return grade == high
    place = [model.GRADES.index(g) if g in model.GRADES else 0 for g in (low, high, grade)]
    return min(place[:2]) <= place[2] <= max(place[:2]) and place[2] != place[0]


class Refusals:
    """Was there a state, between a command's first sending and its answer, in which it is refused like that?"""

    JUDGED = {"STATE_CHANGED", "NOT_LAST_STEP", "ALREADY_DECIDED", "NOT_YOUR_UNIT", "OWN_CASE", "TIED_TO_HAND", "OWN_ASSESSMENT"}

    def __init__(self, dump, passages, times):
        """`times`: command id -> (sent, answered) of what was accepted."""
        self.dump, self.passages, self.times = dump, passages, times
        self.of_customer = defaultdict(list)
        for key, row in dump["applications"].items():
            self.of_customer[key[0], row["customer"]].append(key)
        self.numbers = {row["number"]: key for key, row in dump["customers"].items()}

    def _while(self, key, window):
        """The cases of an application that may have been current at some time of the window."""
        passage = self.passages.get(key)
        if passage is None:
            return
        ends = [self.times.get(c, (float("-inf"), float("inf"))) for c in passage.commands]
        for n in range(1, len(passage.cases)):
            begins = ends[n][0]
            over = ends[n + 1][1] if n + 1 < len(ends) else float("inf")
            if begins <= window[1] and over >= window[0]:
                yield passage.cases[n]

    def customer_key(self, text):
        """Key of the customer that a request names by id or number; None: there is none."""
        return self.numbers.get(text) or (key_of(text) if text.startswith("C-") else None)

    def possible(self, step, request, user, answer, window):
        """False: no state explains the refusal. Reasons that are about fields alone are not judged here."""
        reason, told = answer["reason"], answer["arguments"]
        if reason == "OPEN_APPLICATION_EXISTS":
            key = key_of(told["application"])
            mine = self.of_customer.get(self.customer_key(request.customer), ())
            return step == "submit" and key in mine and any(
                case.state not in model.CLOSED for case in self._while(key, window))
        if step == "submit":
            return reason not in self.JUDGED
        cases = list(self._while(key_of(request.application), window))
        if reason == "STALE_VERSION":
            return any(case.version == int(told["current"]) != request.if_version for case in cases)
        if reason not in self.JUDGED:
            return True
        level = self.dump["units"][user["unit"]]["level"]
        return any(model.take(case, step, user["login"], level, role)[0] == reason
                   and told.get("state", case.state) == case.state for case in cases for role in user["roles"])
