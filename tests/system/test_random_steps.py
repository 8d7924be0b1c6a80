"""Any sequence of steps by any of the people around one customer: each answer is the one that harness/model.py gives."""
import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import checker, dump, model
from harness.load import NEXT, fields_of
from harness.walk import between

PEOPLE = {"sub11": ("branch", "submitter"), "sub11b": ("branch", "submitter"), "ver1": ("region", "verifier"),
          "ver1b": ("region", "verifier"), "app": ("hq", "approver"), "appb": ("hq", "approver")}
STEPS = [s for s in model.STEPS if s not in (None, "lapse", "sign", "return_to_node")]
ROLES = {step: {role for (_, s), by in model.TABLE.items() if s == step for _, role in by} for step in STEPS}
for judged in ("verify", "return"):
    ROLES[judged].add("submitter")  # a route may have a node at the branch
GRADE = st.sampled_from(model.GRADES[1:])
_numbers = itertools.count(1)

# Mostly one of the steps that are to be expected in the state (a place in NEXT), else any by anybody.
MOVE = st.tuples(st.one_of(st.integers(0, 5), st.integers(0, 5), st.tuples(st.sampled_from(STEPS),
                                                                          st.sampled_from(sorted(PEOPLE)))),
                 GRADE, st.sampled_from([None, None, "current", "stale"]), st.booleans())


class Walker:
    """One customer, and the case that its open or last application is in by the model."""

    def __init__(self, connect):
        self.connect, self.number = connect, f"H-{next(_numbers):03}"
        connect("app").do("customer_add", number=self.number, name="任意公司", branch="B11", opening_grade="red")
        self.case, self.from_grade = model.Case(grade="red"), None

    def choose(self, what):
        """(step, login)"""
        if not isinstance(what, int):
            return what
        choices = NEXT[None if self.case.state in ("none", *model.CLOSED) else self.case.state]
        return choices[what % len(choices)]

    def request(self, step, grade, version, other_grade):
        """Fields of the step."""
        fields = fields_of(step, FIRST, self.number, self.case.application or "A-01-999999")
        if step == "submit":
            fields["to_grade"] = grade
        elif version is not None:
            fields["if_version"] = self.case.version + (1 if version == "stale" else 0) or None
        if step == "approve" and other_grade:
            fields.update(grade=grade, reason="another")
        return fields

    def expected(self, step, login, fields):
        """(reason, case afterwards) in the order in which the server looks: role, subject, version, state, person,
        fields."""
        level, role = PEOPLE[login]
        if role not in ROLES[step]:
            return "ROLE_MISSING", self.case
        if step != "submit" and self.case.application is None:
            return "NOT_FOUND", self.case
        if fields.get("if_version", self.case.version) not in (None, self.case.version):
            return "STALE_VERSION", self.case
        reason, after = model.take(self.case, step, login, level, role, fields.get("to_grade"))
        grade = fields.get("grade")
        if reason is None and grade is not None:
            if not between(self.from_grade, self.case.to_grade, grade):
                return "GRADE_NOT_BETWEEN", self.case
            after = model.replace(after, to_grade=grade)  # what will be recorded
        return reason, after

    def move(self, what, grade, version, other_grade):
        """One step, and its answer judged."""
        step, login = self.choose(what)
        fields = self.request(step, grade, version, other_grade)
        reason, after = self.expected(step, login, fields)
        reply = self.connect(login).call("application_" + step, **fields)
        assert reply.reason == reason, (step, login, fields, self.case, reply)
        if reason is not None:
            return
        if step == "submit":
            after, self.from_grade = model.replace(after, application=reply.entity), self.case.grade
        assert (reply.entity, reply.version) == (after.application, after.version), (self.case, reply)
        assert reply.body["application"]["state"] == after.state
        self.case = after


class FIRST:
    """A source of chance that always takes the first."""

    @staticmethod
    def choice(values):
        """The first."""
        return values[0]


def test_any_sequence_of_steps(connect, pg):
    reached = set()

    @settings(max_examples=40, deadline=None, derandomize=True, database=None,
              suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(MOVE, min_size=4, max_size=16))
    def play(moves):
        walker = Walker(connect)
        for move in moves:
            walker.move(*move)
            reached.add(walker.case.state)

    play()
    assert reached >= set(model.STATES) - {"none", "lapsed"}, "states that no sequence came to"
    assert checker.check([], [], dump.take(pg.owner)) == []
    assert dump.integrity(pg.owner) == []
