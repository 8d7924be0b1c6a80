"""The history checker is checked: a good history passes, and every kind of planted error is named (acceptance 5)."""
import copy
import json
import random

import pytest

from harness import chain, checker, dump, journal, load, model, walk
from harness.process import wait_until

SEED = 51
ENOUGH = 250


@pytest.fixture(scope="module")
def history(run, server, connect, tokens, pg):
    """(operations, reads, dump, ids of the commands before) of a short load without any fault, after a deadline was
    missed."""
    late = connect("sub11").do("application_submit", customer="K11-06", to_grade="green", reason="r")["application"]
    connect("admin").do("clock_advance", by_us=late["due_at_us"] - connect("aud").do("server_status")["now_us"] + 1)
    wait_until(lambda: [e for e in dump.take(pg.owner)["events"] if e["kind"] == walk.DEADLINE_MISSED], 10, "the note")
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
    reads.append({"application": answer["entity"], "version": 1, "state": "submitted", "grades": False, "login": "aud",
                  "sent_at": answer["at"] + 1, "at": answer["at"] + 2})


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


# ---- what was asked, answered and done ----

def answered_otherwise(operations, reason):
    """Somebody was refused before anything was stored, and yet it was done."""
    step = an_acked_step(operations)
    step["results"] = [{**step["results"][0], "status": "rejected", "reason": reason, "entity": None, "version": None}]


def refused_but_stored(operations, reads, held):
    answered_otherwise(operations, "NOT_LOGGED_IN")


def id_reused(operations, reads, held):
    answered_otherwise(operations, "ID_REUSED")


def row_of(held, operation):
    return next(c for c in held["commands"] if c["id"] == operation["id"])


def another_application(operations, reads, held):
    """Answer and command row tell another application than the event."""
    step = an_acked_step(operations, "verify")
    row = row_of(held, step)
    row["entity"] = step["results"][0]["entity"] = row["entity"] + "9"


def another_version(operations, reads, held):
    step = an_acked_step(operations, "verify")
    row = row_of(held, step)
    row["version"] += 1
    for result in step["results"]:
        result["version"] = row["version"]


def another_home(operations, reads, held):
    row_of(held, an_acked_step(operations))["home"] += 1


def tell(held, event, **changes):
    """Other words in an event, and a chain that fits."""
    event["payload"] = json.dumps({**json.loads(event["payload"]), **changes})
    rehash(held, event)


def other_than(grade):
    return "green" if grade != "green" else "black"


def another_grade_asked(operations, reads, held):
    event = event_of(held, an_acked_step(operations, "submit"))
    tell(held, event, to_grade=other_than(json.loads(event["payload"])["to_grade"]))


def another_opinion(operations, reads, held):
    tell(held, event_of(held, an_acked_step(operations, "verify")), opinion="never seen")


def another_finding(operations, reads, held):
    event = event_of(held, an_acked_step(operations, "verify"))
    tell(held, event, finding="doubtful" if json.loads(event["payload"])["finding"] == "confirmed" else "confirmed")


def another_reason(operations, reads, held):
    tell(held, event_of(held, an_acked_step(operations, "return")), reason="because")


def another_decision(operations, reads, held):
    event = event_of(held, an_acked_step(operations, "approve"))
    tell(held, event, decided_grade=other_than(json.loads(event["payload"])["decided_grade"]))


def another_grade_in_force(operations, reads, held):
    """Recorded otherwise than decided: event, history and customer agree with each other."""
    event = event_of(held, an_acked_step(operations, "record", last=True), walk.STANDING_CHANGED)
    row = next(s for s in held["standings"] if (s["customer"], s["seq"]) == (event["customer"], event["seq"]))
    row["grade"] = other_than(row["grade"])
    held["customers"][event["home"], event["customer"]]["grade"] = row["grade"]
    tell(held, event, grade=row["grade"])


def another_customer(operations, reads, held):
    key, row = next(iter(held["applications"].items()))
    row["customer"] = next(c for home, c in held["customers"] if home == key[0] and c != row["customer"])


def the_request_of_another_customer(operations, reads, held):
    """The events of a customer whose number is another than the one that was asked for."""
    event = event_of(held, an_acked_step(operations, "submit"))
    held["customers"][event["home"], event["customer"]]["number"] = "K99-99"


def a_version_that_was_not_asked(operations, reads, held):
    step = next(o for o in operations if (a := journal.definite(o)) and a["status"] == "ok"
                and checker.STEP_METHODS[o["method"]] != "submit" and checker.request_of(o).if_version)
    request = checker.request_of(step)
    request.if_version += 1
    step["body"] = request.SerializeToString()


def a_refusal(operations, reason):
    return next(o for o in operations if (a := journal.definite(o)) and a["reason"] == reason)


def refused_in_no_state(operations, reads, held):
    step = a_refusal(operations, "STATE_CHANGED")
    journal.definite(step)["arguments"]["state"] = "lapsed"


def refused_too_late(operations, reads, held):
    """For a state that had long ended when the command was sent."""
    step = next(o for o in operations if (a := journal.definite(o)) and a["reason"] == "STATE_CHANGED"
                and held["applications"][walk.key_of(checker.request_of(o).application)]["state"]
                != a["arguments"]["state"])
    step["sent_at"] = max(journal.definite(o)["at"] for o in operations) + 1
    journal.definite(step)["at"] = step["sent_at"] + 1


def refused_for_a_closed_case(operations, reads, held):
    step = a_refusal(operations, "OPEN_APPLICATION_EXISTS")
    answer = journal.definite(step)
    answer["arguments"]["application"] = next(
        walk.public_id("A", *key) for key, row in held["applications"].items()
        if held["customers"][key[0], row["customer"]]["number"] != checker.request_of(step).customer)


def retry_and_known(operations, reads, held):
    step = an_acked_step(operations)
    answer = step["results"][0]
    step["results"] = [{**answer, "status": "retry", "at": answer["at"] - 1}, {**answer, "via": "outcome"}]


def only_retry_and_there(operations, reads, held):
    step = an_acked_step(operations)
    step["results"] = [{**step["results"][0], "status": "retry"}]


def read_of_a_version_to_come(operations, reads, held):
    reads[0]["version"] = 99


def read_of_another_state(operations, reads, held):
    reads[0]["state"] = "recorded" if reads[0]["state"] != "recorded" else "approved"


def read_without_audit(operations, reads, held):
    read = next(r for r in reads if r["grades"])
    key = walk.key_of(read["application"])
    customer = key[0], held["applications"][key]["customer"]
    held["read_audit"] = [row for row in held["read_audit"] if customer not in row["customers"]]


def verified_by_who_entered_it(operations, reads, held):
    step = an_acked_step(operations, "verify")
    event = event_of(held, step)
    event["actor"] = next(e["actor"] for e in held["events"]
                          if e["application"] == event["application"] and e["kind"] == 1)
    row_of(held, step)["user"] = event["actor"]
    rehash(held, event)


def two_open_for_a_while(operations, reads, held):
    """The next case was submitted before the one before it had ended; both have ended since."""
    for events in chain.chains(held["events"]).values():
        for first, second in zip(events, events[1:]):
            if first["application"] and second["kind"] == 1 and model.STATES[first["to_state"]] in model.CLOSED:
                first["seq"], second["seq"] = second["seq"], first["seq"]
                first["at"], second["at"] = second["at"], first["at"]
                rehash(held, first)
                return
    raise AssertionError("no customer had two cases")


def the_deadline(held):
    return next(e for e in held["events"] if e["kind"] == walk.DEADLINE_MISSED)


def deadline_noted_by_a_person(operations, reads, held):
    event = the_deadline(held)
    event["actor"] = next(u["id"] for u in held["users"].values() if u["login"] == "ver1")
    rehash(held, event)


def deadline_noted_too_early(operations, reads, held):
    event = the_deadline(held)
    event["at"] = json.loads(event["payload"])["due_before_us"] - 1
    rehash(held, event)


def deadline_noted_twice(operations, reads, held):
    event = the_deadline(held)
    held["events"].append({**event, "seq": 10_000})
    rehash(held, event)


def an_open_case(held):
    return next((home, walk.DEADLINE_MISSED, number)
                for (home, number), row in held["applications"].items() if row["timer"] is not None)


def timer_of_another_instant(operations, reads, held):
    held["timers"][an_open_case(held)]["due_at"] += 1


def open_case_without_timer(operations, reads, held):
    del held["timers"][an_open_case(held)]


def timer_of_a_closed_case(operations, reads, held):
    (home, number), row = next((k, r) for k, r in held["applications"].items() if r["state"] in model.CLOSED)
    held["timers"][home, walk.DEADLINE_MISSED, number] = {"customer": row["customer"], "timer": bytes(16), "due_at": 1}


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
    refused_but_stored: {"refused_but_stored"},
    id_reused: {"id_reused", "refused_but_stored"},
    another_application: {"event_differs"},
    another_version: {"event_differs"},
    another_home: {"event_differs"},
    another_grade_asked: {"other_than_asked"},
    another_opinion: {"other_than_asked"},
    another_finding: {"other_than_asked"},
    another_reason: {"other_than_asked"},
    another_decision: {"other_than_asked"},
    another_grade_in_force: {"standing"},
    another_customer: {"foreign_customer"},
    the_request_of_another_customer: {"foreign_customer"},
    a_version_that_was_not_asked: {"if_version"},
    refused_in_no_state: {"impossible_refusal"},
    refused_too_late: {"impossible_refusal"},
    refused_for_a_closed_case: {"impossible_refusal"},
    retry_and_known: {"retry_but_done"},
    only_retry_and_there: {"retry_but_done"},
    read_of_a_version_to_come: {"wrong_read"},
    read_of_another_state: {"wrong_read"},
    read_without_audit: {"read_without_audit"},
    verified_by_who_entered_it: {"four_eyes"},
    two_open_for_a_while: {"open_application"},
    deadline_noted_by_a_person: {"forged_actor"},
    deadline_noted_too_early: {"timer"},
    deadline_noted_twice: {"timer"},
    timer_of_another_instant: {"timer"},
    open_case_without_timer: {"timer"},
    timer_of_a_closed_case: {"timer"},
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
