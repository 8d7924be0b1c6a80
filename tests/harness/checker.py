"""The history checker: what clients were told against what the database holds.

It takes the clients' journals (harness/journal.py) and a dump (harness/dump.py), knows the published rules from
harness/model.py and harness/walk.py and the chain's layout from harness/chain.py, and nothing of the server. `check`
gives violations; none means: every acknowledged command is there exactly once, as it was sent and as it was answered,
nothing is there that nobody sent, nothing was refused without a state that explains it, every history is a path of the
table taken by people who may, and the chains verify.
"""
import argparse
import hashlib
import json
import pathlib
from collections import Counter, defaultdict
from dataclasses import dataclass

from . import chain, journal, ledger, model
from .creditproto import METHODS, as_dict, base_pb2, method_number
from .walk import STANDING_CHANGED, SYSTEM, Refusals, Walk, key_of, public_id

STEP_METHODS = {method_number("application_" + s): s for s in model.STEPS if s not in (None, "lapse", "sign")}
# Refused before the load: not stored.
NOT_STORED = {"MALFORMED", "UNKNOWN_METHOD", "UPGRADE_NEEDED", "NOT_LOGGED_IN", "SESSION_EXPIRED", "ID_REUSED"}
STATUS_OK, STATUS_REJECTED = 1, 2
SHOW = method_number("application_show")


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
        self.walk = None
        self.users = {u["login"]: u for u in dump["users"].values()}
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
        events = [e for e in self.events_of.get(row["id"], ()) if e["kind"] not in ledger.FOLLOWING]
        kinds = sorted(e["kind"] for e in events)
        step = STEP_METHODS.get(row["method"])
        if row["status"] != STATUS_OK or step is None:
            return
        expected = [model.STEPS.index(step)] + ([STANDING_CHANGED] if step == "record" else [])
        missing, over = Counter(expected) - Counter(kinds), Counter(kinds) - Counter(expected)
        if missing:
            self.bad("accepted_without_event", f"{step} {row['id'].hex()}: events {kinds}")
        if over:
            self.bad("doubled_effect", f"{step} {row['id'].hex()}: events {kinds}")
        for event in events:
            told = event["home"], public_id("A", event["home"], event["application"])
            if (row["home"], row["entity"]) != told or event["kind"] == expected[0] != STANDING_CHANGED and \
                    row["version"] != event["version"]:
                self.bad("event_differs", f"{step} {row['id'].hex()}: row {row['entity']} version {row['version']}, "
                                          f"event {told} version {event['version']}")

    def answers(self):
        """What was answered is what is stored; what is stored was sent."""
        known = set()
        for op in self.operations:
            known.add(op["id"])
            self._outcome_after_retries(op)
            answer = journal.definite(op)
            if answer is None:
                self.bad("unresolved", f"{op['id'].hex()} never got a definite answer")
                continue
            self._same_answers(op)
            if answer["reason"] in NOT_STORED:
                self._not_stored(op, answer)
            else:
                self._stored_as_answered(op, answer, self.users[op["login"]]["id"])
        if self.before is not None:
            for command, row in self.commands.items():
                if command not in known and command not in self.before and row["user"] != SYSTEM:
                    self.bad("foreign_command", f"{command.hex()} was never sent")

    def _same_answers(self, op):
        seen = {(r["status"], r["reason"], r["entity"], r["version"]) for r in op["results"]
                if r["status"] in journal.DEFINITE and r["reason"] not in NOT_STORED}
        if len(seen) > 1:
            self.bad("answers_differ", f"{op['id'].hex()}: {sorted(map(str, seen))}")

    def _not_stored(self, op, answer):
        """Refused before the load: the first answer of all, and nothing is there. Every id of a journal is new."""
        if answer["reason"] == "ID_REUSED":
            self.bad("id_reused", f"{op['id'].hex()} of {op['login']} was used by nobody else")
        in_doubt = op["lost"] or any(r["status"] == "unknown" for r in op["results"])
        if op["id"] in self.commands and not in_doubt:
            self.bad("refused_but_stored", f"{answer['reason']} {op['id'].hex()} is there")

    def _outcome_after_retries(self, op):
        """RETRY means that nothing was done: as long as nothing else came back, the id is not known."""
        doubt = min([*op["lost"], *(r["at"] for r in op["results"] if r["status"] == "unknown")], default=float("inf"))
        told = next((r for r in op["results"] if r["status"] != "retry"), None)
        if told is None:
            done = op["results"] and op["id"] in self.commands and doubt == float("inf")
        else:
            done = told["via"] == "outcome" and told["at"] < doubt
        if done:
            self.bad("retry_but_done", f"{op['id'].hex()} was answered RETRY and is known")

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

    # ---- requests ----

    def requests(self):
        """What was accepted was done as it was asked; what was refused could be refused like that."""
        times, accepted, refused = {}, [], []
        for op in self.operations:
            answer, step = journal.definite(op), STEP_METHODS.get(op["method"])
            if answer is None or step is None:
                continue
            if answer["status"] == "ok":
                times[op["id"]] = op["sent_at"], answer["at"]
                accepted.append((op, step))
            elif answer["reason"] not in NOT_STORED:
                refused.append((op, step, answer))
        for op, step in accepted:
            kind = model.STEPS.index(step)
            for event in self.events_of.get(op["id"], ()):
                if event["kind"] == kind:
                    self._done_as_asked(step, request_of(op), event)
        refusals = Refusals(self.dump, self.walk.passages, times)
        for op, step, answer in refused:
            window = op["sent_at"], answer["at"]
            if not refusals.possible(step, request_of(op), self.users[op["login"]], answer, window):
                self.bad("impossible_refusal", f"{step} {op['id'].hex()} of {op['login']}: {answer['reason']} "
                                               f"{answer['arguments']}")

    def _done_as_asked(self, step, request, event):
        told, asked = json.loads(event["payload"]), as_dict(request)
        text = "opinion" if step == "verify" else "reason"
        expected = {text: asked.get(text)}
        if step in ("submit", "resubmit") and "to_grade" in asked:
            expected["to_grade"] = asked["to_grade"]
        elif step == "verify":
            expected["finding"] = asked["finding"]
        elif step == "approve":
            expected["decided_grade"] = asked.get("grade", told.get("to_grade"))
        done = {name: told.get(name) for name in expected}
        if done != expected:
            self.bad("other_than_asked", f"{step} {event['command'].hex()}: asked {expected}, done {done}")
        if step == "submit":
            row = self.dump["customers"].get((event["home"], event["customer"]), {})
            if request.customer not in (row.get("number"), public_id("C", event["home"], event["customer"])):
                self.bad("foreign_customer", f"{event['command'].hex()}: asked {request.customer}, done {row}")
        elif request.application != public_id("A", event["home"], event["application"]):
            self.bad("other_than_asked", f"{step} {event['command'].hex()}: asked {request.application}, "
                                         f"done {event['application']}")
        elif request.if_version and request.if_version != event["version"] - 1:
            self.bad("if_version", f"{step} {event['command'].hex()}: asked for {request.if_version}, "
                                   f"done after {event['version'] - 1}")

    def asked_reads(self):
        """Every answer shows a version that was there with its state, and with grades it left its audit row."""
        written = Counter((row["user"], tuple(key)) for row in self.dump["read_audit"] if row["method"] == SHOW
                          for key in row["customers"])
        answered = Counter()
        for read in self.reads:
            key = key_of(read["application"])
            passage = self.walk.passages.get(key)
            states = {case.version: case.state for case in passage.cases} if passage else {}
            if states.get(read["version"]) != read["state"]:
                self.bad("wrong_read", f"{read['application']}: version {read['version']} was shown as {read['state']}, "
                                       f"it is {states.get(read['version'])}")
            if read["grades"] and key in self.dump["applications"]:
                customer = key[0], self.dump["applications"][key]["customer"]
                answered[self.users[read["login"]]["id"], customer] += 1
        for (user, customer), times in (answered - written).items():
            self.bad("read_without_audit", f"{times} reads of {customer} by user {user}")

    # ---- chains ----

    def chains(self):
        """Every chain verifies and is a way along the table (harness/walk.py); its head stands in its customer (or the
        organisation)."""
        found = chain.chains(self.dump["events"])
        self.walk = Walk(self.dump, self.commands, self.bad)
        self.walk.all(found)
        heads = dict(self.dump["heads"])
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
        self.requests()
        self.rows()
        ledger.Ledger(self.dump, self.commands, self.bad).all()
        self.real_time()
        self.asked_reads()
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
        answers["answer_lost"] += bool(op["lost"])
    return {"operations": len(operations), "reads": len(reads), **answers}


def request_of(operation):
    """The decoded request of an operation."""
    name = "application_" + STEP_METHODS[operation["method"]]
    return METHODS[name][0].FromString(operation["body"])


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
