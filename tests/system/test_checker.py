"""The history checker is checked: a good history passes, and every kind of planted error is named (acceptance 5)."""
import copy
import random

import pytest

from harness import chain, checker, dump, journal, load, model
from harness.process import wait_until

SEED = 51
ENOUGH = 250


@pytest.fixture(scope="module")
def history(run, server, tokens, pg):
    """(operations, reads, dump, ids of the commands before) of a short load without any fault."""
    seeded = {c["id"] for c in dump.take(pg.owner)["commands"]}
    customers = [f"K11-{n:02}" for n in range(1, 6)]
    directory = run.private_directory("checker")
    board = load.Board(customers)
    workers = load.run_workers(4, SEED, load.Target(server.port, server.ca, tokens), board, directory)
    wait_until(lambda: board.acknowledged >= ENOUGH or any(w.failure for w in workers), 30, "the load")
    load.finish(workers)
    operations, reads = journal.load(sorted(directory.glob("*.journal")))
    return operations, reads, dump.take(pg.owner), seeded


@pytest.fixture
def good(history):
    """A copy to spoil."""
    return copy.deepcopy(history)


def kinds(operations, reads, held, seeded):
    """Kinds of violations."""
    return {v.kind for v in checker.check(operations, reads, held, seeded)}


def test_a_good_history_passes(good):
    assert kinds(*good) == set()
    figures = checker.counts(good[0], good[1])
    assert figures["operations"] >= ENOUGH and figures["ok"] > 50 and figures["rejected"] > 10 and figures["reads"] > 5


# ---- planted errors ----

def an_acked_step(operations, step=None, last=False):
    chosen = [o for o in operations if (a := journal.definite(o)) and a["status"] == "ok"
              and (step is None or checker.STEP_METHODS[o["method"]] == step)]
    return chosen[-1 if last else len(chosen) // 2]


def event_of(held, operation, kind=None):
    return next(e for e in held["events"] if e["command"] == operation["id"]
                and (kind is None or e["kind"] == kind))


def tops_of(held):
    """Seq of the last event of every chain."""
    tops = {}
    for event in held["events"]:
        key = event["home"], event["customer"]
        tops[key] = max(event["seq"], tops.get(key, 0))
    return tops


def rehash(held, event):
    """A forger who can hash: the chain fits again, heads included."""
    key = event["home"], event["customer"]
    events = chain.chains(held["events"])[key]
    chain.rehash(events)
    row = held["customers"][key]
    row["chain_seq"], row["chain_hash"] = events[-1]["seq"], events[-1]["hash"]


def dropped_acknowledgement(operations, reads, held):
    gone = an_acked_step(operations)
    held["commands"] = [c for c in held["commands"] if c["id"] != gone["id"]]


def dropped_command_and_events(operations, reads, held):
    """The transaction was lost as a whole: no command, no event, rows as before it; the chain fits."""
    tops = tops_of(held)
    gone, event = next((o, e) for o in reversed(operations) if (a := journal.definite(o)) and a["status"] == "ok"
                       and checker.STEP_METHODS[o["method"]] != "record"  # two events
                       and (e := event_of(held, o))["seq"] == tops[e["home"], e["customer"]])
    held["commands"] = [c for c in held["commands"] if c["id"] != gone["id"]]
    held["events"].remove(event)
    rehash(held, event)
    key, customer = (event["home"], event["application"]), held["customers"][event["home"], event["customer"]]
    before = max((e for e in held["events"] if e["application"] == event["application"] and e["kind"] < 10),
                 key=lambda e: e["seq"], default=None)
    if before is None:
        del held["applications"][key]
        customer["open_application"] = None
        return
    customer["open_application"] = event["application"]
    held["applications"][key].update(version=before["version"], came_from=model.STATES[before["from_state"]],
                                     action=model.STEPS[before["kind"]], state=model.STATES[before["to_state"]])


def doubled_command(operations, reads, held):
    held["commands"].append(dict(held["commands"][-1]))


def doubled_effect(operations, reads, held):
    event = event_of(held, an_acked_step(operations))
    held["events"].append({**event, "seq": 10_000})
    rehash(held, event)


def refused_but_done(operations, reads, held):
    refused = next(o for o in operations if (a := journal.definite(o)) and a["status"] == "rejected")
    event = event_of(held, an_acked_step(operations))
    event["command"] = refused["id"]
    rehash(held, event)


def forged_actor(operations, reads, held):
    event = event_of(held, an_acked_step(operations, "verify"))
    event["actor"] = next(u["id"] for u in held["users"].values() if u["login"] == "app")
    rehash(held, event)


def forged_actor_with_his_command(operations, reads, held):
    """Even the command row was changed to fit."""
    step = an_acked_step(operations, "verify")
    other = next(u["id"] for u in held["users"].values() if u["login"] == "ver2")
    event_of(held, step)["actor"] = other
    next(c for c in held["commands"] if c["id"] == step["id"])["user"] = other
    rehash(held, event_of(held, step))


def four_eyes(operations, reads, held):
    step = an_acked_step(operations, "approve")
    event = event_of(held, step)
    verifier = next(e["actor"] for e in held["events"] if e["application"] == event["application"] and e["kind"] == 2)
    event["actor"] = verifier
    next(c for c in held["commands"] if c["id"] == step["id"])["user"] = verifier
    rehash(held, event)


def broken_hash(operations, reads, held):
    event = event_of(held, an_acked_step(operations))
    event["hash"] = bytes([event["hash"][0] ^ 1]) + event["hash"][1:]


def changed_payload(operations, reads, held):
    event = event_of(held, an_acked_step(operations))
    event["payload"] = event["payload"].replace("load", "gift") + " "


def deleted_event(operations, reads, held):
    """One from the middle of a chain; the end of one is cut_tail."""
    tops = tops_of(held)
    inner = next(e for o in operations if (a := journal.definite(o)) and a["status"] == "ok"
                 and (e := event_of(held, o))["seq"] < tops[e["home"], e["customer"]])
    held["events"].remove(inner)


def cut_tail(operations, reads, held):
    event = event_of(held, an_acked_step(operations))
    held["events"] = [e for e in held["events"] if e["customer"] != event["customer"] or e["seq"] < event["seq"]]


def swapped_versions(operations, reads, held):
    step = next(e for e in held["events"] if e["kind"] == 2)
    before = next(e for e in held["events"] if e["application"] == step["application"]
                  and e["version"] == step["version"] - 1)
    step["version"], before["version"] = before["version"], step["version"]
    rehash(held, step)


def skipped_state(operations, reads, held):
    event = event_of(held, an_acked_step(operations, "verify"))
    event["to_state"] = model.STATES.index("approved")
    rehash(held, event)


def changed_outcome(operations, reads, held):
    row = next(c for c in held["commands"] if c["id"] == an_acked_step(operations)["id"])
    row["version"] += 1


def changed_request_hash(operations, reads, held):
    row = next(c for c in held["commands"] if c["id"] == an_acked_step(operations)["id"])
    row["hash"] = bytes(32)


def foreign_command(operations, reads, held):
    held["commands"].append({**held["commands"][-1], "id": bytes(range(16)), "status": 2, "reason": 41,
                             "reason_name": "STATE_CHANGED"})


def unresolved(operations, reads, held):
    an_acked_step(operations)["results"].clear()


def two_answers(operations, reads, held):
    step = an_acked_step(operations)
    step["results"].append({**step["results"][0], "version": 99})


def decided_twice(operations, reads, held):
    step = an_acked_step(operations)
    step["results"][0]["at"] = 0
    twin = copy.deepcopy(step)
    twin["id"] = bytes(range(16))
    operations.append(twin)


def real_time(operations, reads, held):
    """A later version was answered before the earlier one was sent."""
    by_entity = {}
    for operation in operations:
        answer = journal.definite(operation)
        if answer and answer["status"] == "ok":
            by_entity.setdefault(answer["entity"], []).append((answer["version"], operation))
    steps = sorted(next(s for s in by_entity.values() if len(s) > 2), key=lambda s: s[0])
    first, last = steps[0][1], steps[-1][1]
    first["sent_at"] = journal.definite(last)["at"] + 1
    journal.definite(first)["at"] = first["sent_at"] + 1


def stale_read(operations, reads, held):
    answer = journal.definite(an_acked_step(operations, "verify"))
    reads.append({"application": answer["entity"], "version": 1, "sent_at": answer["at"] + 1, "at": answer["at"] + 2})


def wrong_grade(operations, reads, held):
    key = next(k for k, row in held["customers"].items() if row["tier"] == "key")
    row = held["customers"][key]
    row["grade"] = "green" if row["grade"] != "green" else "black"


def two_open(operations, reads, held):
    key, row = next((k, r) for k, r in held["applications"].items() if r["state"] in model.CLOSED)
    row["state"] = "submitted"


def rolled_back_row(operations, reads, held):
    key, row = next((k, r) for k, r in held["applications"].items() if r["version"] > 1)
    row["version"] -= 1


MUTATIONS = {
    dropped_acknowledgement: {"lost_acknowledgement"},
    dropped_command_and_events: {"lost_acknowledgement"},
    doubled_command: {"doubled_command"},
    doubled_effect: {"doubled_effect"},
    refused_but_done: {"refused_but_done"},
    forged_actor: {"forged_actor"},
    forged_actor_with_his_command: {"forged_actor"},
    four_eyes: {"four_eyes"},
    broken_hash: {"broken_chain"},
    changed_payload: {"broken_chain"},
    deleted_event: {"broken_chain", "accepted_without_event"},
    cut_tail: {"chain_head", "accepted_without_event"},
    swapped_versions: {"version_gap"},
    skipped_state: {"illegal_transition"},
    changed_outcome: {"outcome_differs"},
    changed_request_hash: {"request_hash"},
    foreign_command: {"foreign_command"},
    unresolved: {"unresolved"},
    two_answers: {"answers_differ"},
    decided_twice: {"doubled_version", "lost_acknowledgement"},
    real_time: {"real_time"},
    stale_read: {"stale_read"},
    wrong_grade: {"standing"},
    two_open: {"open_application"},
    rolled_back_row: {"row_differs"},
}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.__name__)
def test_a_planted_error_is_named(good, mutation):
    operations, reads, held, seeded = good
    mutation(operations, reads, held)
    assert MUTATIONS[mutation] <= kinds(operations, reads, held, seeded)


def test_a_kept_run_can_be_replayed(good, tmp_path):
    held = good[2]
    dump.save(held, tmp_path / "dump.json")
    assert dump.load(tmp_path / "dump.json") == held


def test_random_bit_flips_in_events_are_found(good):
    operations, reads, held, seeded = good
    source = random.Random(SEED)
    for _ in range(30):
        event = source.choice(held["events"])
        name = source.choice(["hash", "hash_prev", "command", "payload", "at", "actor", "kind"])
        kept = event[name]
        if isinstance(kept, bytes):
            place = source.randrange(len(kept))
            event[name] = kept[:place] + bytes([kept[place] ^ 1 << source.randrange(8)]) + kept[place + 1:]
        else:
            event[name] = kept + " " if isinstance(kept, str) else kept + 1
        assert kinds(operations, reads, held, seeded), f"{name} of {event}"
        event[name] = kept
    assert not kinds(operations, reads, held, seeded)
