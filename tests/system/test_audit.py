"""The audit: chains are walked by the server and by a verifier of the tests' own; what somebody with all rights on the
database changes is found, and every answer with credit information has left its row."""
import contextlib

import pytest

from harness import chain, dump


@pytest.fixture(scope="module")
def history(connect):
    """A recorded change of K11-04: (customer id, application id)."""
    application = connect("sub11").do("application_submit", customer="K11-04", to_grade="red",
                                      reason="a reason")["application"]
    case = {"application": application["id"]}
    connect("ver1").do("application_verify", finding="confirmed", opinion="seen", **case)
    connect("app").do("application_approve", **case)
    connect("sub11").do("application_record", **case)
    return application["customer_id"], application["id"]


def key_of(identity):
    _, home, number = identity.split("-")
    return int(home), int(number)


def test_chains_verify_by_the_servers_walk_and_by_ours(cli, pg, history):
    held = dump.take(pg.owner)
    found = chain.chains(held["events"])
    assert {key: chain.first_fault(events) for key, events in found.items()} == dict.fromkeys(found)
    told = cli("aud", "audit", "verify").json
    assert told["chains"] == len(found) and told["events"] == len(held["events"])
    one = cli("aud", "audit", "verify", history[0]).json
    assert (one["chains"], one["events"]) == (1, len(found[key_of(history[0])]))


def first_fault(client, **fields):
    """(chain, seq, why) of the first event that does not fit, by the server's walk in pages; None when all fit."""
    after = None
    while True:
        page = client.do("audit_verify", after=after, **fields)
        if "bad_chain" in page:
            return page["bad_chain"], page.get("bad_seq"), page["bad_why"]
        after = page.get("next")
        if after is None:
            return None


@contextlib.contextmanager
def tampered(pg, *statements):
    """What a superuser changes, undone afterwards."""
    tables = ("event", "customer", "reference_head")
    with pg.owner.cursor() as cursor:
        cursor.execute("SET search_path = creditd")
        for table in tables:
            cursor.execute(f"CREATE TABLE public.kept_{table} AS SELECT * FROM {table}")
        try:
            for statement in statements:
                cursor.execute(statement)
                assert cursor.rowcount > 0, statement
            yield
        finally:
            for table in tables:
                cursor.execute(f"TRUNCATE {table}")
                cursor.execute(f"INSERT INTO {table} SELECT * FROM public.kept_{table}")
                cursor.execute(f"DROP TABLE public.kept_{table}")


WHERE = "WHERE home_id = {home} AND customer_id = {customer}"
TAMPERING = {
    "a payload changed": (["UPDATE event SET payload = '{{\"reason\":\"another\"}}' " + WHERE + " AND seq = 3"], 3,
                          "hash"),
    "an actor forged": (["UPDATE event SET actor = actor + 1 " + WHERE + " AND seq = 4"], 4, "hash"),
    "an instant moved": (["UPDATE event SET at = at + 1 " + WHERE + " AND seq = 2"], 2, "hash"),
    "a hash broken": (["UPDATE event SET hash = sha256(hash) " + WHERE + " AND seq = 3"], 3, "hash"),
    "an event deleted": (["DELETE FROM event " + WHERE + " AND seq = 4"], 5, "gap"),
    "the first event deleted": (["DELETE FROM event " + WHERE + " AND seq = 1"], 2, "gap"),
    "the tail cut": (["DELETE FROM event " + WHERE + " AND seq >= 6"], 6, "head"),
    "tail and head cut without the hash": (["DELETE FROM event " + WHERE + " AND seq >= 6",
                                            "UPDATE customer SET chain_seq = 5 " + WHERE], 5, "head"),
    "an event taken from another chain": (
        ["UPDATE event e SET hash_prev = o.hash_prev, hash = o.hash FROM event o " + WHERE.replace(
            "home_id", "e.home_id").replace("customer_id", "e.customer_id") +
         " AND e.seq = 1 AND o.home_id = e.home_id AND o.seq = 1 AND o.customer_id <> e.customer_id"], 1, "hash"),
    "all events of a customer deleted": (["DELETE FROM event " + WHERE], 1, "head"),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_is_found(connect, pg, history, kind):
    statements, seq, why = TAMPERING[kind]
    home, customer = key_of(history[0])
    with tampered(pg, *(s.format(home=home, customer=customer) for s in statements)):
        for fields in ({}, {"customer": history[0]}, {"limit": 5}):
            chain_id, bad_seq, bad_why = first_fault(connect("aud"), **fields)
            assert chain_id == history[0], "the chain is named"
            assert (bad_seq, bad_why) == (seq, why)
        assert dump.integrity(pg.owner) or why == "hash"
    assert first_fault(connect("aud")) is None


def test_creditctl_tells_it(cli, pg, history):
    home, customer = key_of(history[0])
    statement = TAMPERING["an actor forged"][0][0].format(home=home, customer=customer)
    with tampered(pg, statement):
        done = cli("aud", "audit", "verify", code=None)
        assert done.code == 1, done
        said = done.stdout + done.stderr
        assert history[0] in said and "hash" in said and "4" in said.replace(history[0], "")


def test_tampering_with_the_organisation_is_found(connect, pg):
    with tampered(pg, "UPDATE event SET payload = '{}' WHERE home_id = 0 AND seq = 2"):
        assert first_fault(connect("aud")) == ("organisation", 2, "hash")


def audit_rows(pg):
    with pg.owner.cursor() as cursor:
        cursor.execute("SELECT login, method, purpose, customer_home, creditd.read_audit.customer_id FROM "
                       "creditd.read_audit JOIN creditd.app_user USING (user_id) ORDER BY read_audit_id")
        return cursor.fetchall()


def test_every_answer_with_credit_information_is_recorded(connect, pg, history):
    home, customer = key_of(history[0])
    before = audit_rows(pg)
    connect("ver1b").do("customer_show", customer=history[0], purpose="annual review")
    connect("ver1b").do("application_show", application=history[1], purpose="a look")
    connect("ver1b").do("application_history", application=history[1], purpose="the way")
    connect("ver1b").do("customer_list", purpose="all of mine")
    added = audit_rows(pg)[len(before):]
    assert [(login, purpose) for login, _, purpose, *_ in added] == [
        ("ver1b", "annual review"), ("ver1b", "a look"), ("ver1b", "the way"), ("ver1b", "all of mine")]
    for _, _, _, homes, customers in added[:3]:
        assert (homes, customers) == ([home], [customer])
    assert len(added[3][4]) == len(connect("ver1b").do("customer_list")["customers"])


def test_answers_without_credit_information_leave_no_row(connect, pg, history):
    before = audit_rows(pg)
    connect("clerk11").do("customer_show", customer=history[0], purpose="curious")
    connect("clerk11").do("customer_list", purpose="curious")
    connect("admin").do("unit_list")
    assert connect("ver2").call("customer_show", customer=history[0], purpose="elsewhere").reason == "NOT_FOUND"
    assert audit_rows(pg) == before


def test_an_answer_waits_for_its_audit_row(run, database, tokens, pg):
    """When the row cannot be written the answer does not come."""
    server = run.start(database, "--failpoint", "read_audit_insert=error@1+", name="audit-fails", clean=False)
    before = audit_rows(pg)
    with server.client(tokens["sub11"]) as client:
        refused = client.call("customer_show", customer="K11-01", purpose="x")
        assert refused.status in ("rejected", "retry") and not refused.body, refused
    with server.client(tokens["clerk11"]) as client:
        assert client.do("customer_show", customer="K11-01")["customer"]["verdict"]
    run.finish(server)
    assert audit_rows(pg) == before
