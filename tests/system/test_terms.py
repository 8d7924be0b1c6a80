"""What a grade brings and what takes it away: limits and measures, overrides by authority, demotions that are announced
and appealed against. The clock of the database is moved and nothing else happens."""
from harness import assessing, policies
from harness.standing import DAY, ORDINARY, Policy
from harness.trading import refused

MILLION = 1_000_000_00
GREEN = ["payment terms 60 days", "annual discount 2 %", "quarterly visit", "holiday gift"]
YELLOW = ["payment terms 45 days", "quarterly visit"]


def with_notice(apart, notice_days, appeal_days):
    """A server whose policy in force announces demotions."""
    trading = apart(Policy())
    text = policies.whole(Policy()).replace("notice_days = 0;", f"notice_days = {notice_days};").replace(
        "appeal_days = 0;", f"appeal_days = {appeal_days};")
    version = policies.proposed(trading.connect("maker"), text)
    trading.connect("checker").do("policy_publish", version=version)
    trading.settled()
    return trading


def names(shown, applied=False):
    """Measures of a customer that are applied, or not."""
    return [m["name"] for m in shown["customer"].get("measures", []) if m.get("applied", False) == applied]


def tasks(trading, login="sub11", **more):
    """Tasks that a user sees."""
    return trading.connect(login).do("task_list", purpose="test", **{"inbox": True, **more}).get("tasks", [])


def override(trading, number, grade, days, login="appb", reason="guarantee of the parent", **more):
    """Puts a grade in force by authority, for so many days after today."""
    until = (trading.today() + days * DAY).isoformat()
    return trading.connect(login).do("customer_override", customer=number, grade=grade, until=until, reason=reason,
                                     **more)


# ---- limits and measures ----

def test_the_limit_is_a_share_of_the_volume_within_its_bounds(trading):
    today = trading.today()
    for grade, volume, limit in (("green", MILLION, 500_000_00), ("green", 10 * MILLION, 3 * MILLION),
                                 ("green", 20 * MILLION, 5 * MILLION), ("black", 10 * MILLION, 0),
                                 ("yellow", 3 * MILLION, 600_000_00)):
        number = trading.customer(grade)
        trading.give(number, *trading.kept(1, volume, today - 40 * DAY, today - 10 * DAY))
        told = trading.show(number)["explanation"]
        assert told["limit_in_force_minor"] == limit
    number = trading.customer()
    trading.give(number, *trading.kept(1, 3 * MILLION, today - 40 * DAY, today - 10 * DAY))
    told = trading.show(number)["explanation"]
    assert "limit_in_force_minor" not in told and told["limit_minor"] == 600_000_00


def test_measures_become_tasks_are_applied_and_are_withdrawn(trading):
    number = trading.customer("yellow")
    assert names(trading.show(number)) == YELLOW
    assert trading.events(number, "standing_changed")[0]["payload"]["measures"] == YELLOW
    mine = [t for t in tasks(trading, kind="measure") if t["customer_number"] == number]
    assert [t["measure"] for t in mine] == YELLOW and {t["grade"] for t in mine} == {"yellow"}
    sub = trading.connect("sub11")
    shown = sub.do("measure_apply", customer=number, measure=YELLOW[1], note="visited on site")
    assert names(shown, True) == [YELLOW[1]] and names(shown) == [YELLOW[0]]
    assert trading.events(number, "measure_applied")[0]["payload"] == {
        "measure": YELLOW[1], "grade": "yellow", "note": "visited on site"}
    assert [t["measure"] for t in tasks(trading) if t["customer_number"] == number] == [YELLOW[0]]
    assert refused(lambda: sub.do("measure_apply", customer=number, measure=YELLOW[1])).reason == "NOTHING_TO_CHANGE"
    reply = refused(lambda: sub.do("measure_apply", customer=number, measure=GREEN[0]))
    assert reply.reason == "UNKNOWN_MEASURE" and reply.field == "measure"
    assert refused(lambda: sub.do("measure_apply", customer=number)).reason == "FIELD_REQUIRED"
    assert refused(lambda: trading.connect("sub12").do("measure_apply", customer=number,
                                                       measure=YELLOW[0])).reason == "NOT_FOUND"
    trading.bring(trading.apply(number, "green"), "recorded")
    assert names(trading.show(number)) == GREEN and names(trading.show(number), True) == []
    payload = trading.events(number, "standing_changed")[-1]["payload"]
    assert payload["measures"] == GREEN and payload["measures_withdrawn"] == [YELLOW[1]]


def test_a_demotion_withdraws_every_measure(trading):
    today = trading.today()
    number = trading.customer("green")
    trading.connect("sub11").do("measure_apply", customer=number, measure=GREEN[0])
    trading.give(number, *trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY))
    assert trading.in_force(number) == ORDINARY
    assert "measures" not in trading.show(number)["customer"]
    payload = trading.events(number, "standing_changed")[-1]["payload"]
    assert payload["measures_withdrawn"] == [GREEN[0]] and "measures" not in payload


def test_tasks_of_others_are_not_told(trading):
    number = trading.customer("yellow")
    assert tasks(trading, "clerk11") == [] == tasks(trading, "ver1") == tasks(trading, "appb")
    assert number not in {t["customer_number"] for t in tasks(trading, "sub12")}
    assert number in {t["customer_number"] for t in tasks(trading, "ver1", inbox=False, limit=1000)}
    page, seen = None, []
    while page is None or "next" in page:
        page = trading.connect("sub11").do("task_list", purpose="test", limit=1,
                                           after=None if page is None else page["next"])
        seen += [(t["customer_number"], t.get("measure")) for t in page.get("tasks", [])]
    assert len(seen) == len(set(seen)) and {m for n, m in seen if n == number} == set(YELLOW)


# ---- overrides ----

def test_an_override_holds_until_its_day_is_over_and_ends_by_itself(apart):
    trading = apart(Policy())
    today = trading.today()
    number = trading.customer("red")
    trading.give(number, *trading.kept(2, 300_000_00, today - 40 * DAY, today - 10 * DAY))
    shown = override(trading, number, "green", 5)["customer"]
    assert (shown["grade"], shown["override_from"], shown["override_by"]) == ("green", "red", "appb")
    assert shown["override_until"] == (today + 5 * DAY).isoformat()
    assert number not in trading.criteria(), "nothing is to be applied for against authority"
    payload = trading.events(number, "standing_changed")[-1]["payload"]
    assert (payload["cause"], payload["until"], payload["reason"]) == (
        "override", (today + 5 * DAY).isoformat(), "guarantee of the parent")
    trading.go_to(today + 5 * DAY, hour=23)
    assert trading.in_force(number) == ("key", "green")
    trading.go_to(today + 6 * DAY, hour=0)
    assert trading.in_force(number) == ("key", "red")
    event = trading.events(number, "standing_changed")[-1]
    assert (event["actor"], event["payload"]["cause"], event["payload"]["valid_from"]) == (
        "system", "override", (today + 6 * DAY).isoformat())
    for on, grade in ((today + 5 * DAY, "green"), (today + 6 * DAY, "red")):
        assert trading.show(number, on=on.isoformat())["as_of"]["grade"] == grade


def test_an_override_keeps_whoever_is_below_the_floor_and_its_end_does_not(apart):
    trading = apart(Policy())
    today = trading.today()
    number = trading.customer("yellow")
    override(trading, number, "red", 3)
    trading.give(number, *trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY))
    assert trading.in_force(number) == ("key", "red"), "authority has put it there"
    trading.go_to(today + 4 * DAY)
    assert trading.in_force(number) == ORDINARY
    causes = [e["payload"]["cause"] for e in trading.events(number, "standing_changed")]
    assert causes == ["opening", "override", "override", "demotion"]


def test_an_override_of_one_who_was_never_evaluated_ends_too(apart):
    trading = apart(Policy())
    today = trading.today()
    number = trading.customer()
    override(trading, number, "red", 1)
    assert trading.in_force(number) == ("key", "red")
    trading.go_to(today + 2 * DAY)
    assert trading.in_force(number) == ORDINARY and number not in trading.criteria()


def test_an_override_is_ended_by_hand(trading):
    number = trading.customer("red")
    override(trading, number, "green", 30)
    trading.connect("appb").do("customer_override", customer=number, end=True, reason="withdrawn by the parent")
    trading.settled()
    assert trading.in_force(number) == ("key", "red")
    assert trading.events(number, "override_ended")[0]["payload"]["reason"] == "withdrawn by the parent"
    reply = refused(lambda: trading.connect("appb").do("customer_override", customer=number, end=True, reason="r"))
    assert reply.reason == "NOTHING_TO_CHANGE"


def test_an_override_needs_authority_reason_and_end(trading):
    number = trading.customer("red")
    today = trading.today()
    for login, fields, reason, field in (
            ("app", {}, "level_too_low", None), ("sub11", {}, "role_missing", None),
            ("appb", {"reason": " "}, "reason_required", "reason"), ("appb", {"grade": "red"}, "same_grade", "grade"),
            ("appb", {"until": None}, "field_required", "until"), ("appb", {"until": "soon"}, "field_invalid", "until"),
            ("appb", {"until": (today - DAY).isoformat()}, "override_until", "until"),
            ("appb", {"until": (today + 91 * DAY).isoformat()}, "override_until", "until")):
        asked = {"customer": number, "grade": "green", "until": today.isoformat(), "reason": "r", **fields}
        reply = refused(lambda a=asked, who=login: trading.connect(who).do("customer_override", **a))
        assert (reply.reason, reply.field) == (reason.upper(), field), fields
    trading.apply(number, "green")
    assert refused(lambda: override(trading, number, "green", 1)).reason == "OPEN_APPLICATION_EXISTS"
    other = trading.customer("red")
    override(trading, other, "green", 90)
    assert refused(lambda: override(trading, other, "yellow", 1)).reason == "OVERRIDE_IN_FORCE"


def test_a_recorded_application_takes_the_place_of_an_override(apart):
    trading = apart(Policy())
    today = trading.today()
    number = trading.customer("red")
    override(trading, number, "green", 2)
    trading.bring(trading.apply(number, "yellow"), "recorded")
    assert trading.in_force(number) == ("key", "yellow")
    assert "override_until" not in trading.show(number)["customer"]
    trading.go_to(today + 4 * DAY)
    assert trading.in_force(number) == ("key", "yellow")


# ---- notice and appeal ----

def test_a_demotion_is_announced_appealed_against_and_done_when_the_notice_is_over(apart):
    trading = with_notice(apart, 10, 4)
    today = trading.today()
    number = trading.customer("yellow")
    trading.give(number, *trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY))
    shown = trading.show(number)["customer"]
    assert (shown["grade"], shown["noticed_on"], shown["demote_on"]) == (
        "yellow", today.isoformat(), (today + 10 * DAY).isoformat())
    payload = trading.events(number, "demotion_noticed")[0]["payload"]
    assert (payload["due"], payload["fulfilled"], payload["demote_on"]) == (1, 0, (today + 10 * DAY).isoformat())
    mine = [t for t in tasks(trading, kind="appeal") if t["customer_number"] == number]
    assert [t["due_on"] for t in mine] == [(today + 4 * DAY).isoformat()]
    trading.go_to(today + 4 * DAY, hour=23)
    sub = trading.connect("sub11")
    assert refused(lambda: sub.do("customer_appeal", customer=number)).reason == "REASON_REQUIRED"
    shown = sub.do("customer_appeal", customer=number, reason="paid by the bank, see statement")["customer"]
    assert shown["appealed_by"] == "sub11"
    assert refused(lambda: sub.do("customer_appeal", customer=number, reason="r")).reason == "NOTHING_TO_CHANGE"
    assert not [t for t in tasks(trading, kind="appeal") if t["customer_number"] == number]
    trading.go_to(today + 10 * DAY, hour=23)
    assert trading.in_force(number) == ("key", "yellow")
    trading.go_to(today + 11 * DAY, hour=0)
    assert trading.in_force(number) == ORDINARY


def test_late_data_withdraws_a_notice_and_a_new_one_begins_anew(apart):
    trading = with_notice(apart, 10, 10)
    today = trading.today()
    number = trading.customer("yellow")
    late = trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY)
    trading.give(number, *late)
    trading.go_to(today + 5 * DAY)
    trading.connect("sub11").do("trade_correct", customer=number, document=late[0].document, reason="bank statement",
                                settled_on=late[0].due.isoformat())
    trading.settled()
    shown = trading.show(number)["customer"]
    assert shown["grade"] == "yellow" and "noticed_on" not in shown
    assert len(trading.events(number, "notice_withdrawn")) == 1
    trading.give(number, *trading.missed(2, MILLION, today - 40 * DAY, today - 9 * DAY))
    assert trading.show(number)["customer"]["noticed_on"] == (today + 5 * DAY).isoformat()
    trading.go_to(today + 15 * DAY)
    assert trading.in_force(number) == ("key", "yellow")
    trading.go_to(today + 16 * DAY)
    assert trading.in_force(number) == ORDINARY


def test_an_override_answers_an_appeal_and_the_notice_is_over_when_it_ends(apart):
    trading = with_notice(apart, 3, 1)
    today = trading.today()
    number = trading.customer("yellow")
    trading.give(number, *trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY))
    override(trading, number, "red", 20)
    trading.go_to(today + 20 * DAY)
    assert trading.in_force(number) == ("key", "red")
    trading.go_to(today + 21 * DAY)
    assert trading.in_force(number) == ORDINARY


def test_an_appeal_needs_a_notice_and_its_days(apart):
    trading = with_notice(apart, 10, 2)
    today = trading.today()
    number = trading.customer("yellow")
    sub = trading.connect("sub11")
    assert refused(lambda: sub.do("customer_appeal", customer=number, reason="r")).reason == "NO_NOTICE"
    trading.give(number, *trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY))
    assert refused(lambda: trading.connect("appb").do("customer_appeal", customer=number,
                                                      reason="r")).reason == "ROLE_MISSING"
    trading.go_to(today + 3 * DAY)
    reply = refused(lambda: sub.do("customer_appeal", customer=number, reason="r"))
    assert reply.reason == "APPEAL_TOO_LATE"


def test_a_recorded_grade_does_not_stop_a_notice(apart):
    trading = with_notice(apart, 5, 0)
    today = trading.today()
    number = trading.customer("yellow")
    trading.give(number, *trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY))
    trading.go_to(today + 2 * DAY)
    trading.bring(trading.apply(number, "red"), "recorded")
    trading.settled()
    assert trading.in_force(number) == ("key", "red")
    trading.go_to(today + 6 * DAY)
    assert trading.in_force(number) == ORDINARY


# ---- what one does to the other ----

def test_a_demotion_beneath_an_override_is_taken_back_after_it(apart):
    """Late data come while HQ bridges the time with an override."""
    trading = apart(Policy())
    today = trading.today()
    number = trading.customer("yellow")
    late = trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY)
    trading.give(number, *late)
    assert trading.in_force(number) == ORDINARY
    override(trading, number, "red", 3)
    trading.connect("sub11").do("trade_correct", customer=number, document=late[0].document, reason="bank statement",
                                settled_on=late[0].due.isoformat())
    trading.settled()
    assert trading.in_force(number) == ("key", "red")
    trading.go_to(today + 4 * DAY)
    assert trading.in_force(number) == ("key", "yellow")
    causes = [e["payload"]["cause"] for e in trading.events(number, "standing_changed")]
    assert causes == ["opening", "demotion", "override", "override", "correction"]


def test_a_policy_without_bands_ends_a_notice(apart):
    trading = with_notice(apart, 3, 1)
    today = trading.today()
    number = trading.customer("yellow")
    trading.give(number, *trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY))
    text = policies.whole(Policy())
    bare = text[:text.index("// The scorecard, the second standard")].split("volume = {")[0]
    trading.rows("""INSERT INTO policy_version (version, text, proposed_at, base_version, published_by, published_at, effective_at)
                    SELECT max(version) + 1, %s, business_now(), max(version), 0, business_now(), business_now()
                    FROM policy_version RETURNING 1""", bare)
    trading.rows("UPDATE reference_epoch SET epoch = epoch + 1 RETURNING 1")
    trading.owner.commit()
    trading.go_to(today + 5 * DAY)
    shown = trading.show(number)["customer"]
    assert shown["grade"] == "yellow" and "noticed_on" not in shown
    assert len(trading.events(number, "notice_withdrawn")) == 1
    assert trading.rows("SELECT count(*) FROM timer WHERE kind = 21") == [(0,)]
    version = policies.proposed(trading.connect("maker"), policies.whole(Policy()))
    trading.connect("checker").do("policy_publish", version=version)
    trading.settled()
    assert trading.in_force(number) == ORDINARY


def test_the_days_of_appeal_are_those_of_the_notice(apart):
    trading = with_notice(apart, 10, 5)
    today = trading.today()
    number = trading.customer("yellow")
    trading.give(number, *trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY))
    version = policies.proposed(trading.connect("maker"), policies.whole(Policy()))
    trading.connect("checker").do("policy_publish", version=version)
    trading.settled()
    trading.go_to(today + 5 * DAY)
    assert [t["due_on"] for t in tasks(trading, kind="appeal")] == [(today + 5 * DAY).isoformat()]
    trading.connect("sub11").do("customer_appeal", customer=number, reason="r")


def test_a_record_ends_an_override_of_one_who_was_never_evaluated(apart):
    trading = apart(Policy())
    today = trading.today()
    number = trading.customer("red")
    override(trading, number, "green", 2)
    trading.bring(trading.apply(number, "yellow"), "recorded")
    trading.go_to(today + 4 * DAY)
    assert trading.in_force(number) == ("key", "yellow") and number not in trading.criteria()


def test_an_override_ends_by_hand_under_a_policy_that_has_none(apart):
    trading = apart(Policy())
    number = trading.customer("red")
    override(trading, number, "green", 30)
    text = policies.whole(Policy())
    start = text.index("override = {")
    version = policies.proposed(trading.connect("maker"), text[:start] + text[text.index("};", start) + 2:])
    trading.connect("checker").do("policy_publish", version=version)
    assert refused(lambda: override(trading, trading.customer("red"), "green", 1)).reason == "NO_OVERRIDE"
    trading.connect("app").do("customer_override", customer=number, end=True, reason="r")
    trading.settled()
    assert trading.in_force(number) == ("key", "red")


def newcomer(trading, login):
    """A new supervisor of B11; a connection."""
    trading.connect("admin").do("user_add", login=login, name="M", unit="B11", job_level="supervisor",
                                roles=["submitter"], password="long enough")
    client = trading.connect.new()
    client.login(login, "long enough")
    return client


def test_the_maker_does_not_override(trading):
    """Neither whoever assessed the customer, nor whoever appealed, though he is a director at HQ by now."""
    until = (trading.today() + DAY).isoformat()
    number = trading.customer("red")
    client = newcomer(trading, "maker11")
    client.do("assessment_enter", **assessing.request(assessing.form(client), number, trading.today()))
    trading.connect("admin").do("user_grant", login="maker11", unit="HQ", revoke=["submitter"], grant=["approver"],
                                job_level="director")
    reply = client.call("customer_override", customer=number, grade="green", until=until, reason="r")
    assert reply.reason == "OWN_ASSESSMENT"
    client.do("customer_override", customer=trading.customer("red"), grade="green", until=until, reason="r")
    client.close()


def test_whoever_appealed_does_not_override(apart):
    trading = with_notice(apart, 10, 5)
    today = trading.today()
    number = trading.customer("yellow")
    trading.give(number, *trading.missed(1, MILLION, today - 40 * DAY, today - 10 * DAY))
    trading.connect("sub11b").do("customer_appeal", customer=number, reason="r")
    trading.connect("admin").do("user_grant", login="sub11b", unit="HQ", revoke=["submitter"], grant=["approver"],
                                job_level="director")
    assert refused(lambda: override(trading, number, "red", 1, "sub11b")).reason == "OWN_APPEAL"


def test_limits_of_a_past_date_are_those_of_its_grade(apart):
    trading = apart(Policy())
    today = trading.today()
    number = trading.customer("yellow")
    trading.give(number, *trading.kept(1, 10 * MILLION, today - 40 * DAY, today - 10 * DAY))
    trading.go_to(today + 3 * DAY)
    trading.bring(trading.apply(number, "green"), "recorded")
    assert trading.show(number)["explanation"]["limit_in_force_minor"] == 3 * MILLION
    then = trading.show(number, on=(today + DAY).isoformat())
    assert then["as_of"]["grade"] == "yellow" and then["explanation"]["limit_in_force_minor"] == 2 * MILLION


def test_a_clerk_reads_no_notice_off_the_history(trading):
    number = trading.customer("yellow")
    trading.connect("sub11").do("measure_apply", customer=number, measure=YELLOW[0])
    kinds = [e["kind"] for e in trading.connect("clerk11").do("customer_history", customer=number,
                                                              purpose="t")["events"]]
    assert "measure_applied" not in kinds and "customer_added" in kinds
