"""The checker's part on trades and standing: versions of trades, imports, and what is computed against the reference.

It looks at a dump (harness/dump.py); `bad(kind, text)` takes what does not fit.
"""
import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict

from . import policies, standing
from .creditproto import method_number
from .trading import civil

EVALUATE = 21  # kind of a timer
STANDING_CHANGED = 31
TRADES_IMPORTED, TRADE_CORRECTED, TRADE_CANCELLED, CRITERION_MET, CRITERION_GONE = 34, 35, 36, 37, 38
FOLLOWING = {CRITERION_MET, CRITERION_GONE}  # events that may follow from a step, beside its own
BY_IMPORT = method_number("trade_import_chunk")
BY_HAND = {method_number("trade_correct"): TRADE_CORRECTED, method_number("trade_cancel"): TRADE_CANCELLED}
DEMOTION, OVERRIDE, CORRECTION = 3, 4, 5  # causes of a standing
OK = 1
SYSTEM = 0
# result of an evaluation after an import -> the counter that it raises
COUNTERS = {2: "demoted", 3: "corrected", 4: "criteria"}


def known_trade(row):
    """A trade of a dump for the reference."""
    def day(text):
        return None if text is None else dt.date.fromisoformat(text)
    return standing.Trade(row["document"], row["amount"], day(row["issued"]), day(row["due"]), day(row["settled"]),
                          row["currency"], row["cancelled"])


def digest(rows):
    """Of what an import wrote of a customer's trades (PROTOCOL.md, payloads)."""
    def number(value):
        return value.to_bytes(8, "big", signed=True)

    def days(text):
        return -2**63 if text is None else (dt.date.fromisoformat(text) - dt.date(1970, 1, 1)).days
    out = hashlib.sha256()
    for row in sorted(rows, key=lambda r: (r["document"].encode(), r["version"])):
        document = row["document"].encode()
        out.update(number(len(document)) + document + number(row["version"]) + row["currency"].encode()
                   + b"".join(number(v) for v in (row["amount"], days(row["issued"]), days(row["due"]),
                                                  days(row["settled"]), row["cancelled"])))
    return out.hexdigest()


class Ledger:
    """One dump. `commands`: its command rows by id."""

    def __init__(self, dump, commands, bad):
        self.dump, self.commands, self.bad = dump, commands, bad
        self.policies = {}
        self.events_of = defaultdict(list)
        for event in dump["events"]:
            self.events_of[event["command"]].append(event)

    def versions(self):
        """Versions of a trade are 1, 2, 3 ... of one customer, each taking the place of the one before it."""
        past = defaultdict(list)
        for row in self.dump["past_trades"]:
            past[row["home"], row["document"]].append(row)
        for row in self.dump["trades"]:
            way = sorted(past.pop((row["home"], row["document"]), ()), key=lambda r: r["version"]) + [row]
            if [r["version"] for r in way] != list(range(1, len(way) + 1)):
                self.bad("trade_versions", f"{row['document']}: {[r['version'] for r in way]}")
            if len({r["customer"] for r in way}) > 1:
                self.bad("trade_versions", f"{row['document']} went from one customer to another")
            if any(a["superseded_at"] != b["recorded_at"] for a, b in zip(way, way[1:])):
                self.bad("trade_versions", f"{row['document']}: one version does not end where the next one begins")
            for version in way:
                self._command(version)
        for key in past:
            self.bad("trade_versions", f"{key}: past versions and no trade")

    def _command(self, row):
        """Every version was written by an accepted command: a chunk of its import, or by hand with an event."""
        command = self.commands.get(row["command"])
        if command is None or command["status"] != OK:
            self.bad("trade_without_command", f"{row['document']} version {row['version']}")
            return
        by_hand = BY_HAND.get(command["method"])
        if (command["method"] == BY_IMPORT) != bool(row["import"]) or not (by_hand or row["import"]):
            self.bad("trade_without_command", f"{row['document']} version {row['version']}: import {row['import']}, "
                                              f"method {command['method']}")
        elif by_hand and by_hand not in {e["kind"] for e in self.events_of[row["command"]]
                                         if (e["home"], e["customer"]) == (row["home"], row["customer"])}:
            self.bad("trade_without_event", f"{row['document']} version {row['version']}")

    def imports(self):
        """The counters of an import are those of its rows; one event per customer and import, when its end was
        seen."""
        of_import = defaultdict(list)
        touched = Counter()
        for row in self.dump["import_customers"]:
            of_import[row["import"]].append(row)
            touched[row["home"], row["customer"]] += row["result"] is not None
        for row in self.dump["imports"]:
            mine = of_import.pop(row["id"], [])
            results = Counter(COUNTERS.get(r["result"]) for r in mine)
            expected = {"customers": len(mine), "evaluated": sum(r["result"] is not None for r in mine),
                        **{name: results[name] for name in COUNTERS.values()}}
            told = {name: row[name] for name in expected}
            if told != expected:
                self.bad("import_counts", f"import {row['id']}: row {told}, customers {expected}")
            if row["finished_at"] is None and told["evaluated"]:
                self.bad("import_counts", f"import {row['id']}: evaluated before its end")
        for missing in of_import:
            self.bad("import_counts", f"import {missing} is not there")
        self._digests()
        told = Counter((e["home"], e["customer"]) for e in self.dump["events"] if e["kind"] == TRADES_IMPORTED)
        if told != +touched:
            self.bad("import_events", f"{dict(told - touched)} too many, {dict(touched - told)} missing")

    def _digests(self):
        """The event of an import tells what it wrote of the customer's trades, also where it was changed since."""
        written = defaultdict(list)
        for row in self.dump["trades"] + self.dump["past_trades"]:
            written[row["home"], row["customer"], row["import"]].append(row)
        for event in self.dump["events"]:
            if event["kind"] != TRADES_IMPORTED:
                continue
            payload = json.loads(event["payload"])
            rows = written[event["home"], event["customer"], int(payload["import"].split("-")[2])]
            expected = (sum(r["version"] == 1 for r in rows), sum(r["version"] > 1 for r in rows), digest(rows))
            if (payload["added"], payload["changed"], payload["digest"]) != expected:
                self.bad("import_digest", f"{event['home']}, {event['customer']}, seq {event['seq']}: {payload}")

    # ---- standing ----

    def _policy(self, version):
        if version not in self.policies:
            self.policies[version] = policies.read(self.dump["policies"][version])
        return self.policies[version]

    def _waits(self, key, row):
        """Is an evaluation of the customer under way or due?"""
        timer = self.dump["timers"].get((key[0], EVALUATE, key[1]))
        return row["imports_open"] > 0 or (timer is not None and timer["due_at"] <= self.dump["now"])

    def standings(self):
        """What is computed is what the reference computes; a key account is not below the floor; a demotion by the
        system stands in the customer's row as long as nothing came after it."""
        trades = defaultdict(list)
        for row in self.dump["trades"]:
            trades[row["home"], row["customer"]].append(known_trade(row))
        for key, row in self.dump["customers"].items():
            if self._waits(key, row):
                continue
            if row["policy"] is None:
                if trades[key]:
                    self.bad("not_evaluated", f"{key}: it has trades")
                continue
            policy = self._policy(row["policy"])
            today = civil(self.dump["now"], self.dump["units"][row["branch"]]["zone"])
            expected = computed_pair(policy, trades[key], today)
            if tuple(row["computed"]) != expected:
                self.bad("computed", f"{key} on {today}: row {row['computed']}, from scratch {expected}")
            if row["tier"] == "key" and expected[0] is None and not (row["overridden"] or row["noticed"]):
                self.bad("not_demoted", f"{key} is below the floor")
            # A criterion is about what lies beneath an emergency.
            urgent = row["override_ends_at"] is not None
            grade = row["override_from"] if urgent else row["grade"]
            differs = ((urgent or not row["overridden"])
                       and (expected[0] not in (None, grade) if grade is not None else expected[1]))
            if differs != (row["met_on"] is not None):
                self.bad("criterion", f"{key}: {row['tier']} {row['grade']}, computed {expected}, met {row['met_on']}")
        self._changes()

    def _changes(self):
        actors = {(e["home"], e["customer"], e["seq"]): e["actor"] for e in self.dump["events"]}
        demoted = {}
        for row in sorted(self.dump["standings"], key=lambda r: r["seq"]):
            key = row["home"], row["customer"]
            by_system = actors.get((*key, row["seq"])) == SYSTEM
            # An override begins by hand and ends by itself.
            if row["cause"] != OVERRIDE and by_system != (row["cause"] in (DEMOTION, CORRECTION)):
                self.bad("cause", f"{key} seq {row['seq']}: cause {row['cause']}, by the system: {by_system}")
            if row["cause"] != OVERRIDE:  # beneath which a demotion stays one
                demoted[key] = row["valid_from"] if row["cause"] == DEMOTION else None
        for key, row in self.dump["customers"].items():
            if row["demoted"][0] != demoted.get(key):
                self.bad("demotion", f"{key}: row {row['demoted']}, history {demoted.get(key)}")

    def all(self):
        """Every check."""
        self.versions()
        self.imports()
        self.standings()


def computed_pair(policy, trades, on):
    """(grade that a key account would have, would an ordinary customer be admitted?); below the floor (None, False)."""
    grade = standing.computed(policy, trades, on, "key")[1]
    return grade, standing.computed(policy, trades, on, "ordinary")[0] == "key"


def faults(dump):
    """What does not fit in a dump, as texts."""
    found = []
    commands = {c["id"]: c for c in dump["commands"]}
    Ledger(dump, commands, lambda kind, text: found.append(f"{kind}: {text}")).all()
    return found
