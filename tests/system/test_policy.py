"""Versions of the policy: two hands, effect from an instant on, rolled back at once; running cases stay on theirs."""
import contextlib
import threading
from dataclasses import replace

import pytest

from harness import dump, paths, policies
from harness.creditproto import Refused, new_command_id
from harness.process import wait_until
from harness.standing import DAY, Policy
from harness.trading import civil

HQ_ZONE = "Asia/Shanghai"
TEXT = paths.POLICY.read_text(encoding="utf-8")
UNTESTED = policies.without(TEXT, "tests")


def changed(before, after, text=TEXT):
    """The default policy with one part of its text replaced."""
    assert text.count(before) == 1, (before, text.count(before))
    return text.replace(before, after)


def propose(connect, text, note="n"):
    """A proposal by the maker; its version."""
    return policies.proposed(connect("maker"), text, note)


def publish(connect, version, **more):
    """Its publication by the checker."""
    return connect("checker").do("policy_publish", version=version, **more)["policy"]


def in_force(connect):
    """The version in force."""
    return connect("maker").do("policy_show")["policy"]["version"]


@pytest.fixture
def proposed(connect):
    """proposed(text): a version that was proposed on what is in force."""
    return lambda text=changed("verify_days = 3;", "verify_days = 4;"): propose(connect, text)


@pytest.fixture
def published(connect):
    """published(text): a version in force; all of them are rolled back in the end."""
    made = []

    def publication(text):
        made.append(publish(connect, propose(connect, text))["version"])
        return made[-1]
    yield publication
    for version in reversed(made):
        with contextlib.suppress(Refused):
            connect("checker").do("policy_roll_back", version=version, reason="end of the test")


# ---- two hands ----

def test_the_first_version_is_that_of_the_start(connect):
    shown = connect("maker").do("policy_show", version=1)["policy"]
    assert (shown["state"], shown["proposed_by"], shown["published_by"], shown["text"]) == (
        "in_force", "system", "system", TEXT)


def test_proposed_by_one_published_by_another(connect, published):
    before = in_force(connect)
    version = propose(connect, changed("submit_days = 2;", "submit_days = 3;"), note="three days")
    shown = connect("checker").do("policy_show", version=version)["policy"]
    assert (shown["state"], shown["proposed_by"], shown["note"], shown["base_version"]) == (
        "proposed", "maker", "three days", before)
    assert in_force(connect) == before
    told = publish(connect, version)
    assert (told["state"], told["published_by"]) == ("in_force", "checker")
    assert in_force(connect) == version
    listed = connect("aud").do("policy_list")["policies"]
    assert [(p["version"], p["state"]) for p in listed[:2]] == [(version, "in_force"), (before, "superseded")]
    assert "text" not in listed[0]
    connect("checker").do("policy_roll_back", version=version, reason="back")
    assert in_force(connect) == before


def test_a_list_in_pages(connect, proposed):
    made = [proposed() for _ in range(3)]
    page = connect("aud").do("policy_list", limit=2)
    assert [p["version"] for p in page["policies"]] == made[:0:-1]
    page = connect("aud").do("policy_list", limit=2, before=page["next"])
    assert page["policies"][0]["version"] == made[0]


# ---- refusals: nothing is changed ----

def rows(pg):
    """What no refusal may change."""
    return dump.everything(pg.owner)


def refused(connect, pg, login, method, **fields):
    """The reason, with field; the database is as it was."""
    before = rows(pg)
    answer = connect(login).call(method, **fields)
    assert rows(pg) == before
    return answer.reason, answer.field


def test_who_proposed_it_does_not_publish_it(connect, pg):
    admin = connect("admin")
    admin.do("user_add", login="both", name="B", unit="HQ", job_level="manager",
             roles=["policy_maker", "policy_checker"], password="long enough")
    with connect.new() as both:
        both.login("both", "long enough")
        version = policies.proposed(both, TEXT + "\n// both\n")
        before = rows(pg)
        assert both.call("policy_publish", version=version).reason == "OWN_PROPOSAL"
        assert rows(pg) == before
    with pytest.raises(Exception, match="policy_four_eyes"), pg.owner.cursor() as cursor:
        cursor.execute("UPDATE creditd.policy_version SET published_by = proposed_by, published_at = 1, "
                       "effective_at = 1 WHERE version = %s", (version,))
    pg.owner.rollback()


@pytest.mark.parametrize(("login", "method", "reason"), [
    ("checker", "policy_propose", "ROLE_MISSING"), ("maker", "policy_publish", "ROLE_MISSING"),
    ("maker", "policy_roll_back", "ROLE_MISSING"), ("app", "policy_propose", "ROLE_MISSING"),
    ("sub11", "policy_show", "ROLE_MISSING"), ("admin", "policy_publish", "ADMINISTRATOR_ONLY_UNITS_AND_USERS")])
def test_who_may(connect, pg, login, method, reason):
    assert refused(connect, pg, login, method)[0] == reason


@pytest.mark.parametrize(("fields", "reason", "field"), [
    ({"text": TEXT}, "FIELD_REQUIRED", "note"),
    ({"note": "n"}, "FIELD_REQUIRED", "text"),
    ({"note": "n", "text": "x" * 65537}, "LIMIT_EXCEEDED", "text"),
    ({"note": "n" * 501, "text": TEXT}, "FIELD_TOO_LONG", "note"),
    ({"note": "n", "text": changed("verify_days = 3;", "verify_days = 0;")}, "POLICY_INVALID", "text"),
    ({"note": "n", "text": changed("clocks = {", "clock = {")}, "POLICY_INVALID", "text"),
    ({"note": "n", "text": TEXT.replace("\n", "\r\n")}, "FIELD_INVALID", "text"),
    ({"note": "n", "text": TEXT}, "FIELD_REQUIRED", "base_version"),
    ({"note": "n", "text": TEXT, "base_version": 0}, "STALE_VERSION", "base_version"),
    ({"note": "n", "text": TEXT, "base_version": 99}, "STALE_VERSION", "base_version")])
def test_a_proposal_that_is_no_policy(connect, pg, fields, reason, field):
    assert refused(connect, pg, "maker", "policy_propose", **fields) == (reason, field)


def test_the_message_names_line_and_key(connect):
    text = changed("verify_days = 3;", "verify_dais = 3;")
    line = text[:text.index("verify_dais")].count("\n") + 1
    answer = connect("maker").call("policy_check", text=text)
    assert answer.reason == "POLICY_INVALID"
    assert answer.arguments["message"].startswith(f"{line}: clocks.verify_dais: unknown key, the nearest is clocks.verify")


@pytest.mark.parametrize(("text", "what"), ids=range(7), argvalues=[
    (changed('"basic_info",', f'"{"é" * 300}", "{"é" * 300}",'), "verification.items"),
    (changed('"basic_info",', f'"x{"é" * 300}", "x{"é" * 300}",'), "verification.items"),
    (changed('"basic_info",', f'"{"照" * 150}", "{"照" * 150}",'), "verification.items"),
    ("a \"" + "x" * 60000 + "\"", "a text stands where no value can stand"),
    (" ".join(f"a{n} = 1;" for n in range(4000)), "there are too many names"),
    ("a = " + "(" * 40, "groups and lists stand in one another too deeply"),
    ('@include "policy.cfg"', "@include is not allowed")])
def test_hostile_texts(connect, text, what):
    """What libconfig would take long for, or keep for ever; and a message is never cut within a character."""
    answer = connect("maker").call("policy_check", text=text)
    assert answer.reason == "POLICY_INVALID" and what in answer.arguments["message"], answer
    propose = connect("maker").call("policy_propose", text=text, note="n", base_version=1)
    assert propose.reason == "POLICY_INVALID" and propose.arguments == answer.arguments


@pytest.mark.parametrize("method", ["policy_publish", "policy_roll_back"])
def test_a_version_that_is_not_there(connect, pg, method):
    assert refused(connect, pg, "checker", method, version=999) == ("NOT_FOUND", "version")
    assert refused(connect, pg, "checker", method) == ("FIELD_REQUIRED", "version")


def test_a_text_that_is_not_there(connect):
    assert connect("aud").call("policy_show", version=999).reason == "NOT_FOUND"
    assert connect("aud").call("policy_check", version=999).reason == "NOT_FOUND"


def test_states(connect, pg, published, proposed):
    version = published(changed("decide_days = 3;", "decide_days = 4;"))
    assert refused(connect, pg, "checker", "policy_publish", version=version) == ("STATE_CHANGED", "version")
    waiting = proposed()
    assert refused(connect, pg, "checker", "policy_roll_back", version=waiting, reason="r") == (
        "STATE_CHANGED", "version")
    assert refused(connect, pg, "checker", "policy_roll_back", version=version) == ("FIELD_REQUIRED", "reason")
    connect("checker").do("policy_roll_back", version=version, reason="r")
    assert refused(connect, pg, "checker", "policy_roll_back", version=version, reason="r") == (
        "STATE_CHANGED", "version")


def test_the_last_one_stays(connect, pg):
    assert refused(connect, pg, "checker", "policy_roll_back", version=1, reason="r") == ("LAST_POLICY", "version")


def test_a_proposal_on_an_older_version(connect, pg, proposed, published):
    """It would take back what was published meanwhile, unseen."""
    old = proposed()
    published(changed("decide_days = 3;", "decide_days = 4;"))
    assert refused(connect, pg, "checker", "policy_publish", version=old) == ("STALE_VERSION", "version")


@pytest.mark.parametrize("on", ["2020-01-01", "2026-02-30", "soon"])
def test_no_date_to_begin(connect, pg, proposed, on):
    assert refused(connect, pg, "checker", "policy_publish", version=proposed(), effective_from=on) == (
        "FIELD_INVALID", "effective_from")


# ---- tests beside the policy ----

VECTORS = """
tests = ( { name = "much"; tier = "key"; volume = "5000000.00"; rate_bp = 9000; expect = "green"; },
          { name = "at the floor"; tier = "key"; volume = "2000000.00"; rate_bp = 7500; expect = "yellow"; },
          { name = "below it"; tier = "key"; volume = "2000000.00"; rate_bp = 7499; expect = "ordinary"; },
          { name = "nothing was due"; tier = "key"; volume = "0"; rate_bp = -1; expect = "black"; },
          { name = "not admitted"; tier = "ordinary"; volume = "499999.99"; rate_bp = 10000; expect = "ordinary"; } );
"""


def test_vectors_are_told(connect, proposed):
    version = proposed(UNTESTED + VECTORS.replace('rate_bp = 9000; expect = "green"', 'rate_bp = 9000; expect = "red"'))
    for source in ({"version": version}, {"text": UNTESTED + VECTORS.replace('"green"', '"red"')}):
        told = connect("maker").do("policy_check", **source)["vectors"]
        assert [(v["name"], v["expected"], v["given"]) for v in told[:2]] == [
            ("much", "red", "green"), ("at the floor", "yellow", "yellow")]
        assert [v["given"] for v in told[2:]] == ["ordinary", "black", "ordinary"]


def test_a_policy_that_fails_its_test_is_not_published(connect, pg, proposed):
    version = proposed(UNTESTED + VECTORS.replace('rate_bp = 7499; expect = "ordinary"', 'rate_bp = 7499; expect = "red"'))
    before = rows(pg)
    answer = connect("checker").call("policy_publish", version=version)
    assert (answer.reason, answer.arguments) == (
        "VECTOR_FAILED", {"vector": "below it", "given": "ordinary", "expected": "red"})
    assert rows(pg) == before


def test_a_policy_that_holds_its_tests_is_published(connect, published):
    assert in_force(connect) != published(UNTESTED + VECTORS) == in_force(connect)


# ---- effect ----

def test_a_running_case_stays_on_its_version(connect, published):
    submit = {"to_grade": "green", "reason": "r"}
    old = connect("sub11").do("application_submit", customer="K11-01", **submit)["application"]
    published(changed("verify_days = 3;", "verify_days = 5;"))
    new = connect("sub11").do("application_submit", customer="K11-02", **submit)["application"]
    days = [(a["due_at_us"] - a["submitted_at_us"]) // 86_400_000_000 for a in (old, new)]
    assert days == [3, 5]
    again = connect("ver1").do("application_return", application=old["id"], reason="r")["application"]
    again = connect("sub11").do("application_resubmit", application=again["id"])["application"]
    assert (again["due_at_us"] - again["submitted_at_us"]) // 86_400_000_000 == 3


def test_from_a_date_on(apart):
    """From 00:00 of the day at HQ on it is the one in force, and customers are evaluated under it."""
    trading = apart(Policy())
    connect, day = trading.connect, trading.today() + 2 * DAY
    number = trading.customer("yellow")

    def computed(number):
        return trading.rows("SELECT evaluated_policy, computed_grade FROM customer WHERE number = %s", number)
    trading.give(number, trading.trade(3_000_000_00, trading.today() - 60 * DAY, trading.today() - 30 * DAY,
                                       trading.today() - 40 * DAY))
    trading.settled()
    before = in_force(connect)
    text = policies.whole(replace(trading.policy, bands=(("red", 1_00),)))
    told = publish(connect, propose(connect, text), effective_from=day.isoformat())
    assert told["state"] == "waiting" and civil(told["effective_at_us"], HQ_ZONE) == day
    trading.advance_to(told["effective_at_us"] - 5_000_000)
    assert in_force(connect) == before
    assert computed(number) == [(before, 1)]
    trading.advance_to(told["effective_at_us"])
    assert in_force(connect) == told["version"]
    wait_until(lambda: computed(number) == [(told["version"], 3)], 30, "the evaluation under the new one")
    connect("checker").do("policy_roll_back", version=told["version"], reason="back")
    wait_until(lambda: computed(number) == [(before, 1)], 30, "the evaluation under the old one")


def test_one_that_waits_is_taken_back(connect, proposed):
    before, version = in_force(connect), proposed()
    publish(connect, version, effective_from="2099-01-01")
    told = connect("checker").do("policy_roll_back", version=version, reason="too soon")["policy"]
    assert (told["state"], told["rollback_reason"]) == ("rolled_back", "too soon")
    assert in_force(connect) == before


def test_none_waits_over_another(connect, pg, proposed, published):
    """One that waits would later take back what was published after it."""
    waits = proposed()
    publish(connect, waits, effective_from="2098-01-01")
    later = proposed(changed("decide_days = 3;", "decide_days = 4;"))
    for fields in ({}, {"effective_from": "2097-12-31"}):
        assert refused(connect, pg, "checker", "policy_publish", version=later, **fields) == (
            "FIELD_INVALID", "effective_from")
    publish(connect, later, effective_from="2098-01-01")
    for version in (later, waits):
        connect("checker").do("policy_roll_back", version=version, reason="end")


def test_a_rollback_takes_back_what_the_version_decided(apart):
    """Demoted under a floor that was not meant, and back in force when it is rolled back."""
    trading = apart(Policy())
    connect, today = trading.connect, trading.today()
    number = trading.customer("green")
    trading.give(number, *trading.kept(76, 3_000_00, today - 60 * DAY, today - 30 * DAY),
                 *trading.missed(24, 3_000_00, today - 60 * DAY, today - 30 * DAY))
    trading.settled()
    assert trading.in_force(number) == ("key", "green")
    version = propose(connect, policies.whole(replace(trading.policy, floor_bp=8000)))
    publish(connect, version)
    wait_until(lambda: trading.in_force(number) == ("ordinary", None), 30, "the demotion")
    connect("checker").do("policy_roll_back", version=version, reason="meant for another year")
    wait_until(lambda: trading.in_force(number) == ("key", "green"), 30, "the correction")
    assert [e["payload"]["cause"] for e in trading.events(number, "standing_changed")] == [
        "opening", "demotion", "correction"]


# ---- the record ----

def test_events_stand_in_a_chain_of_their_own(connect, pg, published):
    version = published(changed("whole_days = 10;", "whole_days = 12;"))
    connect("checker").do("policy_roll_back", version=version, reason="why not")
    with pg.owner.cursor() as cursor:
        cursor.execute("SELECT kind, version, payload ->> 'reason' FROM creditd.event WHERE home_id = 0 AND "
                       "customer_id = 1 AND version = %s ORDER BY seq", (version,))
        assert cursor.fetchall() == [(58, version, None), (59, version, None), (60, version, "why not")]
    pg.owner.rollback()
    assert dump.integrity(pg.owner) == []
    assert connect("aud").do("audit_verify")["chains"] > 2


@pytest.mark.parametrize("change", ["text = text || ' '", "base_version = 0", "proposed_by = 1",
                                    "published_by = 1, published_at = 1, effective_at = 1"])
def test_a_row_changed_in_the_database_is_found(connect, pg, proposed, change):
    version = proposed()
    pg.owner.autocommit = False
    try:
        with pg.owner.cursor() as cursor:
            cursor.execute(f"UPDATE creditd.policy_version SET {change} WHERE version = %s", (version,))
        assert {kind for kind, *_ in dump.integrity(pg.owner)} == {"policy version"}
    finally:
        pg.owner.rollback()
        pg.owner.autocommit = True


def test_sent_again_it_is_one(connect):
    fields = {"command_id": new_command_id(), "text": TEXT, "note": "twice", "base_version": in_force(connect)}
    first, second = (connect("maker").do("policy_propose", **fields), connect("maker").call("policy_propose", **fields))
    assert second.ok and second.entity == str(first["policy"]["version"])


def test_two_servers_publish_at_once(run, server, database, tokens):
    """Both proposals stand on the same version: one of them is published, the other one is out of date."""
    other = run.start(database)
    with server.client(tokens["maker"]) as maker:
        made = [policies.proposed(maker, TEXT + f"\n// {n}\n") for n in range(2)]
    found, barrier = [], threading.Barrier(2)

    def race(one, version):
        with one.client(tokens["checker"]) as client:
            barrier.wait()
            answer = client.call("policy_publish", version=version)
            found.append((answer.status, answer.reason))
    threads = [threading.Thread(target=race, args=pair) for pair in zip((server, other), made)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in found) == ["ok", "rejected"]
    assert "STALE_VERSION" in [reason for _, reason in found]
    with other.client(tokens["maker"]) as one, server.client(tokens["maker"]) as two:
        assert one.do("policy_show")["policy"] == two.do("policy_show")["policy"]
    run.finish(other)


# ---- creditctl ----

@pytest.fixture
def draft(tmp_path):
    """draft(text): a file of it."""
    def write(text):
        path = tmp_path / "draft.cfg"
        path.write_text(text, encoding="utf-8")
        return path
    return write


def test_a_change_with_creditctl(cli, draft, connect):
    text = cli("maker", "policy", "show", output="table").stdout
    assert text == connect("maker").do("policy_show")["policy"]["text"]
    path = draft(changed("verify_days = 3;", "verify_days = 4;", text).replace('from = "500000.00"', 'from = "400000.00"'))
    assert cli("maker", "policy", "diff", path).json == [
        {"key": "clocks.verify_days", "before": 3, "after": 4},
        {"key": "volume.bands[3].from", "before": "500000.00", "after": "400000.00"}]
    assert cli("maker", "policy", "check", path).json == {"valid": True, "tests": 7}
    told = cli("maker", "policy", "test", path, code=7)
    assert told.error["reason"] == "VECTOR_FAILED"
    assert [v["name"] for v in told.json if not v["ok"]] == ["below all bands", "not admitted"]
    path = draft(changed("verify_days = 3;", "verify_days = 4;", text))
    assert cli("maker", "policy", "test", path).code == 0
    made = cli("maker", "policy", "propose", path, "--note", "four days", "--base", in_force(connect)).json
    assert (made["state"], made["note"]) == ("proposed", "four days")
    version = str(made["version"])
    assert cli("maker", "policy", "publish", version, code=5).error["reason"] == "ROLE_MISSING"
    put = cli("checker", "policy", "publish", version).json
    assert put["state"] == "in_force" and put["published_by"] == "checker"
    assert cli("maker", "policy", "diff", str(made["base_version"]), version).json == [
        {"key": "clocks.verify_days", "before": 3, "after": 4}]
    listed = cli("aud", "policy", "list").json
    assert (listed[0]["version"], listed[0]["state"]) == (made["version"], "in_force")
    back = cli("checker", "policy", "rollback", version, "--reason", "three are enough").json
    assert (back["state"], back["rollback_reason"]) == ("rolled_back", "three are enough")


def test_an_error_names_the_file_and_the_line(cli, draft):
    path = draft(changed("verify_days = 3;", "verify_days = 0;"))
    line = TEXT[:TEXT.index("verify_days = 3;")].count("\n") + 1
    for words in (("check", path), ("propose", path, "--note", "n", "--base", 1), ("check", path, "--lang", "zh_CN")):
        error = cli("maker", "policy", *words, code=7).error
        assert (error["reason"], error["field"]) == ("POLICY_INVALID", "text")
        assert f"{line}: clocks.verify_days" in error["message"]
        assert error["hint"].startswith(f"{path}:{line}: clocks.verify_days")


@pytest.mark.parametrize(("words", "code", "reason"), [
    (("show", "seven"), 2, "USAGE"), (("show", "999"), 3, "NOT_FOUND"), (("check", "nowhere.cfg"), 2, "FILE"),
    (("publish", "999"), 5, "ROLE_MISSING"), (("diff", "999"), 3, "NOT_FOUND"), (("publish", "0"), 2, "USAGE"),
    (("rollback", "x", "--reason", "r"), 2, "USAGE"), (("diff", "0"), 2, "FILE")])
def test_creditctl_refuses(cli, words, code, reason):
    assert cli("maker", "policy", *words, code=code).error["reason"] == reason


def test_line_ends_of_other_systems_and_what_only_looks_alike(cli, draft):
    text = changed("floor_bp = 7500;", 'floor_bp = 7500; // @include "x"').replace("\n", "\r\n")
    assert cli("maker", "policy", "check", draft(text)).json["valid"]
    assert cli("maker", "policy", "diff", draft(text)).json == []
    assert cli("maker", "policy", "diff", draft(changed("verify_days = 3;", 'verify_days = "3";'))).json == [
        {"key": "clocks.verify_days", "before": 3, "after": "3"}]
