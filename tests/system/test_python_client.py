"""A client written from PROTOCOL.md and the .proto files alone plays the whole change (acceptance 9)."""
import itertools

import pytest

from harness import creditproto as wire
from harness.creditproto import Refused

_numbers = itertools.count(1)


@pytest.fixture
def customer(connect):
    """A fresh key account of B11 with the grade red."""
    number = f"P-{next(_numbers):03}"
    body = connect("app").do("customer_add", number=number, name="协议测试公司", branch="B11", opening_grade="red")
    return body["customer"]


def submit(connect, customer, grade="green"):
    return connect("sub11").do("application_submit", customer=customer["id"], to_grade=grade,
                               reason="good year")["application"]


def verify(connect, application, **fields):
    fields = {"finding": "confirmed", "opinion": "seen and checked", **fields}
    return connect("ver1").do("application_verify", application=application["id"], **fields)["application"]


def grade_of(connect, customer):
    return connect("aud").do("customer_show", customer=customer["id"], purpose="test")["customer"].get("grade")


def test_whole_change(connect, customer):
    application = submit(connect, customer)
    assert application["state"] == "submitted" and application["version"] == 1
    assert application["from_grade"] == "red" and application["to_grade"] == "green"
    assert application["off_criteria"] is True
    assert (application["turn_unit"], application["turn_role"]) == ("R1", "verifier")
    assert application["due_at_us"] <= application["complete_by_us"]
    assert grade_of(connect, customer) == "red"

    application = verify(connect, application)
    assert (application["state"], application["version"], application["finding"]) == ("verified", 2, "confirmed")
    assert application["turn_role"] == "approver"

    application = connect("app").do("application_approve", application=application["id"])["application"]
    assert (application["state"], application["decided_grade"]) == ("approved", "green")
    assert grade_of(connect, customer) == "red", "approved is not yet in force"

    application = connect("sub11").do("application_record", application=application["id"])["application"]
    assert (application["state"], application["version"]) == ("recorded", 4)
    assert "due_at_us" not in application and "turn_unit" not in application
    assert grade_of(connect, customer) == "green"

    entries = connect("ver1").do("application_history", application=application["id"])["entries"]
    steps = [(e["kind"], e["actor"], e["version"]) for e in entries if "version" in e]
    assert steps == [("submit", "sub11", 1), ("verify", "ver1", 2), ("approve", "app", 3), ("record", "sub11", 4)]
    assert [e["to_state"] for e in entries if "version" in e] == ["submitted", "verified", "approved", "recorded"]
    assert entries[0]["text"] == "good year" and entries[1]["text"] == "seen and checked"


def test_return_and_resubmit(connect, customer):
    application = submit(connect, customer, "yellow")
    returned = connect("ver1").do("application_return", application=application["id"], reason="figures are missing")
    assert returned["application"]["state"] == "returned"
    again = connect("sub11b").do("application_resubmit", application=application["id"], to_grade="green",
                                 reason="figures added")["application"]
    assert (again["state"], again["to_grade"], again["version"]) == ("submitted", "green", 3)
    verify(connect, application)
    back = connect("appb").do("application_return", application=application["id"], reason="explain more")["application"]
    assert (back["state"], back["turn_role"]) == ("returned", "submitter")
    connect("sub11").do("application_resubmit", application=application["id"])
    verify(connect, application, finding="doubtful")
    connect("app").do("application_approve", application=application["id"])
    connect("sub11b").do("application_record", application=application["id"])
    assert grade_of(connect, customer) == "green"


def test_a_grade_between(connect, customer):
    application = submit(connect, customer, "green")
    verify(connect, application)
    decided = connect("app").do("application_approve", application=application["id"], grade="yellow",
                                reason="one step at a time")["application"]
    assert decided["decided_grade"] == "yellow" and decided["to_grade"] == "green"
    connect("sub11").do("application_record", application=application["id"])
    assert grade_of(connect, customer) == "yellow"


def test_reject_and_withdraw(connect, customer):
    application = submit(connect, customer)
    verify(connect, application)
    rejected = connect("app").do("application_reject", application=application["id"], reason="too early")["application"]
    assert rejected["state"] == "rejected" and "decided_grade" not in rejected
    application = submit(connect, customer, "yellow")
    assert connect("sub11b").do("application_withdraw",
                                application=application["id"])["application"]["state"] == "withdrawn"
    assert grade_of(connect, customer) == "red"


def test_explain_names_whose_turn_it_is(connect, customer):
    application = submit(connect, customer)
    told = connect("sub11").do("application_explain", application=application["id"])
    assert set(told["waits_for"]) == {"verify", "return"}
    assert (told["turn_unit"], told["turn_role"]) == ("R1", "verifier")
    assert {"ver1", "ver1b"} <= set(told["holders"])
    assert not told.get("nobody_holds_role")


def test_same_bytes_give_the_same_outcome(connect, customer):
    client = connect("sub11")
    body = wire.encode("application_submit", {"customer": customer["id"], "to_grade": "green", "reason": "once"})
    first = client.wait(client.post_body("application_submit", body))
    again = client.wait(client.post_body("application_submit", body))
    assert first.ok and (again.status, again.entity, again.version) == ("ok", first.entity, first.version)
    other = connect("sub11b")
    stolen = other.wait(other.post_body("application_submit", body))
    assert stolen.reason == "ID_REUSED" and stolen.executed is False
    command_id = wire.METHODS["application_submit"][0].FromString(body).command_id
    outcome = client.do("outcome", command_id=command_id)
    assert outcome["known"] and outcome["outcome"]["entity_id"] == first.entity
    assert not other.do("outcome", command_id=command_id).get("known"), "another user's command"


def test_a_refusal_is_an_outcome_too(connect, customer):
    client = connect("sub11")
    body = wire.encode("application_submit", {"customer": customer["id"], "to_grade": "green"})
    first = client.wait(client.post_body("application_submit", body))
    assert (first.status, first.reason, first.field) == ("rejected", "REASON_REQUIRED", "reason")
    again = client.wait(client.post_body("application_submit", body))
    assert (again.status, again.reason, again.field) == (first.status, first.reason, first.field)


def test_version_guards_a_decision(connect, customer):
    application = submit(connect, customer)
    with pytest.raises(Refused) as refused:
        verify(connect, application, if_version=7)
    assert refused.value.reply.reason == "STALE_VERSION"
    assert refused.value.reply.arguments == {"given": "7", "current": "1"}
    assert verify(connect, application, if_version=1)["version"] == 2


def test_pipelined_requests_are_all_answered(server, tokens):
    with server.client(tokens["sub11"]) as client:
        ids = [client.reserve("whoami") for _ in range(300)]
        client.send_bytes(b"".join(wire.frame(wire.method_number("whoami"), i, b"") for i in ids))
        assert all(client.wait(i).body["login"] == "sub11" for i in ids)


def test_pages_of_a_list(connect):
    client = connect("app")
    everything = [c["id"] for c in client.do("customer_list", purpose="test")["customers"]]
    paged, after = [], None
    while True:
        page = client.do("customer_list", purpose="test", limit=4, after=after)
        paged += [c["id"] for c in page.get("customers", [])]
        after = page.get("next")
        if after is None:
            break
    assert paged == everything and len(paged) == len(set(paged)) > 4


def test_ping_and_hello(server):
    with server.client(greet=False) as client:
        refused = client.call("whoami")
        assert (refused.status, refused.reason) == ("rejected", "UPGRADE_NEEDED")
        too_new = client.call("hello", protocol_min=2, protocol_max=9)
        assert too_new.reason == "UPGRADE_NEEDED"
        hello = client.do("hello", protocol_min=1, protocol_max=4, client="test")
        assert hello["protocol"] == 1 and hello["test_clock"] is True
        assert client.ping()
