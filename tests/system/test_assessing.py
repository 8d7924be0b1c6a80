"""Assessments from outside: what the answers to odd requests hold, and who judges a case that rests on one."""
import pytest

from harness import assessing, paths, policies
from harness.process import wait_until

TEXT = paths.POLICY.read_text(encoding="utf-8")
LONG = ["𠀀" * 40, "用" * 40, "信" * 40]  # of four and of three bytes


def with_choices(*choices):
    """The default policy, where the operator is one of these."""
    rows = ", ".join(f'{{ choice = "{c}"; points = {10 * n}; }}' for n, c in enumerate(choices))
    before, _, rest = TEXT.partition('{ name = "operator"')
    head, _, rest = rest.partition("points = (")
    text = before + '{ name = "operator"' + head + f"points = ( {rows} ); }}" + rest[rest.index("); }") + len("); }"):]
    return policies.without(text, "tests")


def all_optional():
    """The default policy, where no factor has to have a value and nothing asks for documents."""
    text = policies.without(policies.without(TEXT, "tests"), "reviews").replace("optional = true;", "")
    kinds = ", ".join(f'{{ kind = "{kind}"; evidence = [ ]; }}' for kind in ("admission", "change", "periodic"))
    return text.replace("; input =", "; optional = true; input =") + f"reviews = ( {kinds} );\n"


def test_the_longest_choice_is_a_value(trading):
    number = trading.customer("red")
    with policies.in_force(trading.connect, with_choices(*LONG)):
        for choice in LONG:
            entered = assessing.enter(trading, number, operator=choice)
            assert next(f["value"] for f in entered["factors"] if f["factor"] == "operator") == choice


def test_a_refused_value_tells_whole_choices(trading):
    with policies.in_force(trading.connect, with_choices(*LONG)):
        reply = assessing.call(trading, trading.customer("red"), operator="nobody")
        assert (reply.reason, reply.field) == ("FACTOR_VALUE", "values")
        assert reply.arguments == {"factor": "operator", "value": "nobody", "rule": f"one of {LONG[0]}, ..."}


@pytest.mark.parametrize("name", ["staff\nfactor=collateral", "staff\x1b[2J", "staff\u202e"])
def test_an_unclean_name_is_not_repeated(trading, name):
    number = trading.customer("red")
    reply = assessing.call(trading, number, **{name: "1"})
    assert (reply.reason, reply.field, reply.arguments) == ("UNKNOWN_FACTOR", "values", {})
    reply = assessing.call(trading, number, documents={"x": assessing.document(name, trading.today())})
    assert (reply.reason, reply.field, reply.arguments) == ("UNKNOWN_EVIDENCE", "documents", {})


def test_without_any_value_it_is_none(trading):
    number = trading.customer("red")
    with policies.in_force(trading.connect, all_optional()):
        reply = assessing.call(trading, number)
        assert (reply.reason, reply.field) == ("FIELD_INVALID", "values")
        entered = assessing.enter(trading, number, staff="7")
        assert [f["factor"] for f in entered["factors"] if "value" in f] == ["staff"]


def test_who_assessed_does_not_judge(trading):
    """Moved to the region since, he is barred from the case of the customer whom he assessed."""
    number, admin = trading.customer("red"), trading.connect("admin")
    admin.do("user_add", login="mover", name="M", unit="B11", job_level="supervisor", roles=["submitter"],
             password="long enough")
    branch = trading.connect.new()
    branch.login("mover", "long enough")
    fields = assessing.request(assessing.form(branch), number, trading.today())
    branch.do("assessment_enter", **fields)
    branch.close()
    application = trading.apply(number, "green")["id"]
    admin.do("user_grant", login="mover", unit="R1", grant=["verifier"], revoke=["submitter"])
    region = trading.connect.new()
    region.login("mover", "long enough")
    for method, more in (("application_verify", {"finding": "confirmed", "opinion": "o"}),
                         ("application_return", {"reason": "r"})):
        assert region.call(method, application=application, **more).reason == "OWN_ASSESSMENT"
    region.close()
    trading.bring({"id": application}, "verified")


def test_the_first_assessor_does_not_judge_after_a_second(trading):
    """The case was submitted on his score; another one has entered the same values since."""
    number, admin = trading.customer("red"), trading.connect("admin")
    admin.do("user_add", login="first", name="F", unit="B11", job_level="supervisor", roles=["submitter"],
             password="long enough")
    first = trading.connect.new()
    first.login("first", "long enough")
    first.do("assessment_enter", **assessing.request(assessing.form(first), number, trading.today()))
    case = trading.bring(trading.apply(number, "green"), "verified")
    assessing.enter(trading, number)
    admin.do("user_grant", login="first", unit="HQ", grant=["approver"], revoke=["submitter"])
    for method, more in (("application_approve", {}), ("application_reject", {"reason": "r"}),
                         ("application_return", {"reason": "r"})):
        assert first.call(method, application=case["id"], **more).reason == "OWN_ASSESSMENT", method
    first.close()


def test_a_policy_that_scores_alone_evaluates_whoever_was_assessed(trading):
    """An assessment of a customer without trades is evaluated when a policy comes into force under which it makes a grade."""
    number = trading.customer("red")
    assessing.enter(trading, number)
    trading.settled()
    assert number not in trading.criteria()
    with policies.in_force(trading.connect, policies.without(TEXT, "tests").replace('combine = "worse"',
                                                                                   'combine = "better"')):
        wait_until(lambda: number in trading.criteria(), 30, "the criterion")
