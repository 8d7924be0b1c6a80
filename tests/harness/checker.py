"""The history checker: what clients were told against what the database holds.

It takes the clients' journals (harness/journal.py) and a dump (harness/dump.py), knows the published rules from
harness/model.py and the chain's layout from harness/chain.py, and nothing of the server. `check` gives violations; none
means: every acknowledged command is there exactly once and as it was answered, nothing is there that nobody sent, every
history is a path of the table taken by people who may, and the chains verify.
"""
import argparse
import hashlib
import json
import pathlib
from collections import Counter, defaultdict
from dataclasses import dataclass

from . import chain, journal, model
from .creditproto import base_pb2, method_number

STEP_KINDS = {n: name for n, name in enumerate(model.STEPS) if name}
DEADLINE_MISSED, CUSTOMER_ADDED, STANDING_CHANGED = 20, 30, 31
STEP_METHODS = {method_number("application_" + s): s for s in model.STEPS if s and s != "lapse"}
# Refused before the load: not stored.
NOT_STORED = {"MALFORMED", "UNKNOWN_METHOD", "UPGRADE_NEEDED", "NOT_LOGGED_IN", "SESSION_EXPIRED", "ID_REUSED"}
STATUS_OK, STATUS_REJECTED = 1, 2
SUPERVISOR = 2
SYSTEM = 0  # the user that timers act as


@dataclass(frozen=True)
class Violation:
    """Something that must not be."""
    kind: str
    text: str

    def __str__(self):
        return f"{self.kind}: {self.text}"


class Check:
    """One run over journals and dump."""

    def __init__(self, operations, reads, dump, before=None):
        self.operations, self.reads, self.dump = operations, reads, dump
        self.before = before
        self.violations = []
        self.commands = {}
        self.events_of = defaultdict(list)
        for event in dump["events"]:
            self.events_of[event["command"]].append(event)

    def bad(self, kind, text):
        """Notes a violation."""
        self.violations.append(Violation(kind, text))

    # ---- exactly once ----

    def command_rows(self):
        """Each id once; what was accepted left its events, what was refused none; no event without its command."""
        for row in self.dump["commands"]:
            if row["id"] in self.commands:
                self.bad("doubled_command", f"{row['id'].hex()} is there twice")
            self.commands[row["id"]] = row
        for row in self.commands.values():
            self._events_of_command(row)
        for command in self.events_of:
            row = self.commands.get(command)
            if row is None:
                self.bad("event_without_command", command.hex())
            elif row["status"] != STATUS_OK:
                self.bad("refused_but_done", command.hex())

    def _events_of_command(self, row):
        kinds = sorted(e["kind"] for e in self.events_of.get(row["id"], ()))
        step = STEP_METHODS.get(row["method"])
        if row["status"] != STATUS_OK or step is None:
            return
        expected = [model.STEPS.index(step)] + ([STANDING_CHANGED] if step == "record" else [])
        if kinds == expected:
            return
        missing, over = Counter(expected) - Counter(kinds), Counter(kinds) - Counter(expected)
        if missing:
            self.bad("accepted_without_event", f"{step} {row['id'].hex()}: events {kinds}")
        if over:
            self.bad("doubled_effect", f"{step} {row['id'].hex()}: events {kinds}")

    def answers(self):
        """What was answered is what is stored; what is stored was sent."""
        users = {u["login"]: u for u in self.dump["users"].values()}
        known = set()
        for op in self.operations:
            known.add(op["id"])
            answer = journal.definite(op)
            if answer is None:
                self.bad("unresolved", f"{op['id'].hex()} never got a definite answer")
                continue
            self._same_answers(op)
            if answer["reason"] not in NOT_STORED:
                self._stored_as_answered(op, answer, users[op["login"]]["id"])
        if self.before is not None:
            for command, row in self.commands.items():
                if command not in known and command not in self.before and row["user"] != SYSTEM:
                    self.bad("foreign_command", f"{command.hex()} was never sent")

    def _same_answers(self, op):
        seen = {(r["status"], r["reason"], r["entity"], r["version"]) for r in op["results"]
                if r["status"] in journal.DEFINITE and r["reason"] not in NOT_STORED}
        if len(seen) > 1:
            self.bad("answers_differ", f"{op['id'].hex()}: {sorted(map(str, seen))}")

    def _stored_as_answered(self, op, answer, user_id):
        row = self.commands.get(op["id"])
        if row is None:
            self.bad("lost_acknowledgement", f"{answer['status']} {op['id'].hex()} of {op['login']} is not there")
            return
        stored = ("ok" if row["status"] == STATUS_OK else "rejected", row["reason_name"], row["entity"] or None,
                  row["version"] or None)
        told = (answer["status"], answer["reason"], answer["entity"], answer["version"])
        if stored != told:
            self.bad("outcome_differs", f"{op['id'].hex()}: stored {stored}, answered {told}")
        if row["hash"] != hashlib.sha256(op["method"].to_bytes(2, "big") + op["body"]).digest():
            self.bad("request_hash", f"{op['id'].hex()}: stored hash is not that of the bytes sent")
        if row["user"] != user_id or row["method"] != op["method"]:
            self.bad("outcome_differs", f"{op['id'].hex()}: stored under user {row['user']}, method {row['method']}")

    # ---- chains ----

    def chains(self):
        """Every chain verifies, its head stands in its customer (or the organisation), every event is somebody's."""
        found = chain.chains(self.dump["events"])
        heads = {(0, 0): self.dump["head"]}
        heads.update({key: (row["chain_seq"], row["chain_hash"]) for key, row in self.dump["customers"].items()})
        for key, events in found.items():
            fault = chain.first_fault(events)
            if fault is not None:
                self.bad("broken_chain", f"{key} at {fault[0]}: {fault[1]}")
            if any(b["at"] < a["at"] for a, b in zip(events, events[1:])):
                self.bad("time_backwards", f"{key}")
        for key, head in heads.items():
            events = found.get(key)
            last = (events[-1]["seq"], events[-1]["hash"]) if events else (0, chain.START)
            if tuple(head) != last:
                self.bad("chain_head", f"{key}: head {head[0]}, last event {last[0]}")
        for key in found.keys() - heads.keys():
            self.bad("chain_head", f"{key}: events without a customer")

    # ---- histories ----

    def histories(self):
        """Each application's events are a path of the table, gapless in version, by people who may, by four eyes."""
        steps = defaultdict(list)
        for event in sorted(self.dump["events"], key=lambda e: (e["home"], e["customer"], e["seq"])):
            if event["kind"] in STEP_KINDS:
                steps[event["home"], event["application"]].append(event)
        for key, events in steps.items():
            row = self.dump["applications"].get(key)
            if row is None:
                self.bad("event_without_application", f"{key}")
            else:
                self._history(key, row, events)
        for key in self.dump["applications"].keys() - steps.keys():
            self.bad("application_without_events", f"{key}")

    def _history(self, key, row, events):
        state, version, hands = "none", 0, set()
        before = None
        for event in events:
            step = STEP_KINDS[event["kind"]]
            version += 1
            if event["version"] != version:
                self.bad("version_gap", f"{key}: {step} has version {event['version']} in place of {version}")
                version = event["version"]
            told = model.STATES[event["from_state"]], model.STATES[event["to_state"]]
            by = model.TABLE.get((state, step))
            if by is None or told[0] != state or told[1] not in by.values():
                self.bad("illegal_transition", f"{key}: {state} -{step}-> {told}")
            self._actor(key, row, event, step, told[1], by or {}, hands)
            if step in model.ENTERS:
                hands.add(event["actor"])
            before, state = state, told[1]
        last = STEP_KINDS[events[-1]["kind"]]
        if (row["version"], row["came_from"], row["action"], row["state"]) != (version, before, last, state):
            self.bad("row_differs", f"{key}: row {row['version']} {row['state']}, history {version} {state}")

    def _actor(self, key, row, event, step, after, by, hands):
        if step in ("approve", "reject") and event["actor"] in hands:
            self.bad("four_eyes", f"{key}: {step} by {event['actor']}, who entered or verified it")
        user = self.dump["users"].get(event["actor"])
        if user is None:
            self.bad("forged_actor", f"{key}: {step} by nobody ({event['actor']})")
            return
        command = self.commands.get(event["command"])
        if command is not None and command["user"] != event["actor"]:
            self.bad("forged_actor", f"{key}: {step} by {event['actor']}, its command by {command['user']}")
        unit = self.dump["units"][user["unit"]]
        wanted = {"branch": row["branch"], "region": row["region"]}.get(unit["level"], user["unit"])
        allowed = any(level == unit["level"] and role in user["roles"] and to == after
                      for (level, role), to in by.items())
        if by and (not allowed or user["unit"] != wanted or user["level"] < SUPERVISOR):
            self.bad("forged_actor", f"{key}: {step} by {user['login']}, who may not")

    # ---- rows ----

    def rows(self):
        """One open application per customer; the grade in force is the last of the standing history."""
        open_of = defaultdict(list)
        for (home, number), row in self.dump["applications"].items():
            if row["state"] not in model.CLOSED:
                open_of[home, row["customer"]].append(number)
        last = {}
        for standing in sorted(self.dump["standings"], key=lambda s: s["seq"]):
            last[standing["home"], standing["customer"]] = (standing["tier"], standing["grade"])
        for key, row in self.dump["customers"].items():
            if open_of[key] != ([row["open_application"]] if row["open_application"] else []):
                self.bad("open_application", f"{key}: {open_of[key]} open, the row says {row['open_application']}")
            if last.get(key, ("ordinary", None)) != (row["tier"], row["grade"]):
                self.bad("standing", f"{key}: {row['tier']} {row['grade']}, history {last.get(key)}")
        changed = Counter((e["home"], e["customer"], e["seq"]) for e in self.dump["events"]
                          if e["kind"] == STANDING_CHANGED)
        written = Counter((s["home"], s["customer"], s["seq"]) for s in self.dump["standings"])
        if changed != written:
            self.bad("standing", f"events and history rows differ: {dict(changed - written)} {dict(written - changed)}")

    # ---- real time ----

    def real_time(self):
        """What was answered before something else was sent lies before it: versions of one application rise."""
        per = defaultdict(list)
        for op in self.operations:
            answer = journal.definite(op)
            if answer and answer["status"] == "ok" and op["method"] in STEP_METHODS and answer["entity"]:
                per[answer["entity"]].append((op["sent_at"], answer["at"], answer["version"], True))
        for read in self.reads:
            per[read["application"]].append((read["sent_at"], read["at"], read["version"], False))
        for application, spans in per.items():
            versions = Counter(v for _, _, v, wrote in spans if wrote)
            for version, times in versions.items():
                if times > 1:
                    self.bad("doubled_version", f"{application}: version {version} was answered {times} times")
            answered = sorted((end, v) for _, end, v, _ in spans)
            place, newest = 0, 0
            for sent, _, version, wrote in sorted(spans):
                while place < len(answered) and answered[place][0] < sent:
                    newest = max(newest, answered[place][1])
                    place += 1
                if version < newest or (wrote and version == newest):
                    self.bad("real_time" if wrote else "stale_read",
                             f"{application}: version {version} after {newest} had been answered")

    def all(self):
        """Every check; the violations."""
        self.command_rows()
        self.answers()
        self.chains()
        self.histories()
        self.rows()
        self.real_time()
        return self.violations


def check(operations, reads, dump, before=None):
    """Violations of a run. `before`: ids of the commands that were there when it began; every other one of a user must
    come from these journals. None: others may have been at work too."""
    return Check(operations, reads, dump, before).all()


def counts(operations, reads):
    """Figures of a run."""
    answers = Counter()
    for op in operations:
        answer = journal.definite(op)
        answers[answer["status"] if answer else "unresolved"] += 1
        answers["answered_retry"] += any(r["status"] == "retry" for r in op["results"])
        answers["answered_unknown"] += any(r["status"] == "unknown" for r in op["results"])
        answers["answer_lost"] += op["lost"] > 0
    return {"operations": len(operations), "reads": len(reads), **answers}


def reason_name(number):
    """Name of a stored reason, None for none."""
    return base_pb2.Reason.Name(number).removeprefix("REASON_") if number else None


def main():
    """Replays a kept run: journals and dump of a directory (check-fault leaves one when it fails)."""
    from . import dump as dumps
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("directory", type=pathlib.Path)
    directory = parser.parse_args().directory
    operations, reads = journal.load(sorted(directory.glob("*.journal")))
    held = dumps.load(directory / "dump.json")
    found = check(operations, reads, held, set(held.get("before", ())))
    print(json.dumps(counts(operations, reads)))
    for violation in found:
        print(violation)
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
