"""The published rules of an application in the tests' own form: the state table, who may take which step, four eyes.

It shares nothing with the server; tests compare answers, rows and the database's constraints with it.
"""
from dataclasses import dataclass, replace

STATES = ("none", "submitted", "returned", "verified", "approved", "recorded", "rejected", "withdrawn", "lapsed")
STEPS = (None, "submit", "verify", "return", "resubmit", "approve", "reject", "withdraw", "record", "lapse",
         "recall", "return_to_region", "sign", "return_to_node")
GRADES = (None, "green", "yellow", "red", "black")
FINDINGS = (None, "confirmed", "doubtful")
CLOSED = {"recorded", "rejected", "withdrawn", "lapsed"}

# (state before, step) -> {(unit level, role): state after}
TABLE = {
    ("none", "submit"): {("branch", "submitter"): "submitted"},
    ("submitted", "verify"): {("region", "verifier"): "verified"},
    ("submitted", "return"): {("region", "verifier"): "returned"},
    ("submitted", "withdraw"): {("branch", "submitter"): "withdrawn"},
    ("submitted", "recall"): {("branch", "submitter"): "returned"},
    ("verified", "recall"): {("region", "verifier"): "submitted"},
    ("verified", "return_to_region"): {("hq", "approver"): "submitted"},
    ("returned", "resubmit"): {("branch", "submitter"): "submitted"},
    ("returned", "withdraw"): {("branch", "submitter"): "withdrawn"},
    ("verified", "return"): {("hq", "approver"): "returned"},
    ("verified", "approve"): {("hq", "approver"): "approved"},
    ("verified", "reject"): {("hq", "approver"): "rejected"},
    ("verified", "withdraw"): {("branch", "submitter"): "withdrawn"},
    ("submitted", "sign"): {("region", "verifier"): "submitted"},
    ("submitted", "return_to_node"): {("region", "verifier"): "submitted"},
    ("verified", "sign"): {("hq", "approver"): "verified"},
    ("verified", "return_to_node"): {("hq", "approver"): "verified"},
    ("approved", "record"): {("branch", "submitter"): "recorded"},
    ("submitted", "lapse"): {("hq", "system"): "lapsed"},
    ("returned", "lapse"): {("hq", "system"): "lapsed"},
    ("verified", "lapse"): {("hq", "system"): "lapsed"},
    ("approved", "lapse"): {("hq", "system"): "lapsed"},
}
JUDGEMENTS = {"verify", "return", "return_to_region", "return_to_node", "approve", "reject"}
ENTERS = {"submit", "resubmit", "verify"}


def triples():
    """Every (came from, step, state) that a row of the database may hold."""
    return {(before, step, after) for (before, step), by in TABLE.items() for after in by.values()}


def possible(state, step):
    """Is the step in the table for that state, by whomever?"""
    return (state, step) in TABLE


@dataclass(frozen=True)
class Case:
    """A customer's open (or last) application, as the rules see it."""
    application: str = None
    state: str = "none"
    version: int = 0
    action: str = None  # the last step
    hands: frozenset = frozenset()
    submitted_by: str = None
    verified_by: frozenset = frozenset()  # who has only verified it, and those acted for then
    to_grade: str = None
    grade: str = None  # of the customer, in force


def barred(case, login, step):
    """Does four eyes keep this user from this step?"""
    if step not in JUDGEMENTS or login not in case.hands:
        return False
    again = case.state == "submitted" and login in case.verified_by
    return not again


def take(case, step, login, level, role, to_grade=None):
    """(reason or None, case after) of a step with complete fields, by a user of the customer's own branch, its region
    or HQ who holds the one role of that level. `to_grade`: what a submission asks for."""
    if step == "submit":
        if case.state not in ("none", *CLOSED):
            return "OPEN_APPLICATION_EXISTS", case
        if to_grade is not None and to_grade == case.grade:
            return "SAME_GRADE", case
        return None, Case(None, "submitted", 1, "submit", frozenset([login]), login, to_grade=to_grade, grade=case.grade)
    if not possible(case.state, step):
        decided = case.state == "approved" or case.state in CLOSED
        return ("ALREADY_DECIDED" if step in JUDGEMENTS and decided else "STATE_CHANGED"), case
    if step == "recall" and case.state == "submitted" and case.action not in ("submit", "resubmit"):
        return "NOT_LAST_STEP", case
    after = TABLE[case.state, step].get((level, role))
    if after is None:
        return "NOT_YOUR_UNIT", case
    if barred(case, login, step):
        return "OWN_CASE", case
    return None, moved(case, step, [login], after)


def moved(case, step, people, state):
    """The case after a step of somebody, and the one he acted for, that led to a state, whether he may or not."""
    hands = case.hands | set(people) if step in ENTERS else case.hands
    verified_by = case.verified_by
    if step == "verify":
        verified_by |= set(people) - case.hands
    elif step == "resubmit":
        verified_by -= set(people)
    grade = case.to_grade if step == "record" else case.grade
    return replace(case, state=state, action=step, version=case.version + 1, hands=hands, verified_by=verified_by, grade=grade)
