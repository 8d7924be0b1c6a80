"""Months of generated work for the scoreboard: cases that are begun, moved on, sent back, stopped, extended, refused or
forgotten, some late; overrides, emergencies and their reviews; customers that move, units that are split, moved and merged
meanwhile; and days on which no server runs."""
import itertools
import random
from collections import deque

from .standing import DAY

DAY_US = 86_400_000_000
SUBMITTERS, VERIFIERS = ("sub11", "sub11b", "sub12", "sub21"), ("ver1", "ver2")
OPEN = ("submitted", "returned", "verified", "approved")
# What may be refused on the way, since something else came in between.
REFUSED = {"NO_TIME_LEFT", "OVERDUE", "NO_PAUSE_LEFT", "STATE_CHANGED", "NOT_LAST_STEP", "FIELD_INVALID"}


class Work:
    """`day()` does what is to be done today and leaves the clock where it is."""

    def __init__(self, trading, seed):
        self.trading, self.chance, self.cases = trading, random.Random(seed), []
        self.power, self.reviews = random.Random(seed + 1), []  # what is done by authority, apart from the cases
        self.ended = random.Random(seed + 2)  # criteria, by an override
        self.review_after = itertools.cycle((2, 6, 6, 400))  # days: in time, late, and forgotten
        self.known = deque()  # customers of some days ago: what is imported of them now may have been met before
        self.done = 0
        self.plan = {8: self.split, 17: self.stand_still, 20: self.move_branch, 27: self.stand_still,
                     30: self.merge_branch, 36: self.merge_region, 40: self.stand_still}

    def call(self, login, name, /, **fields):
        """A request that may come too late; anything else that is refused is a fault."""
        reply = self.trading.connect(login).call(name, **fields)
        assert reply.ok or reply.reason in REFUSED, (login, name, fields, reply)
        return reply

    # ---- who and where ----

    def branches(self):
        """Codes of the branches that are open."""
        return [c for c, in self.trading.rows("SELECT code FROM unit WHERE level = 3 AND NOT closed ORDER BY code")]

    def place(self, number):
        """Branch and region that look after a customer."""
        return self.trading.rows("SELECT b.code, r.code FROM customer c JOIN unit b ON b.unit_id = c.branch_id "
                                 "JOIN unit r ON r.unit_id = c.region_id WHERE number = %s", number)[0]

    def of_unit(self, code, logins):
        """The first of these people who belongs to a unit."""
        return self.trading.rows("SELECT min(login) FROM app_user JOIN unit USING (unit_id) "
                                 "WHERE code = %s AND login = ANY (%s)", code, list(logins))[0][0]

    def hands(self, number):
        """Who submits and who verifies for a customer today."""
        branch, region = self.place(number)
        return self.of_unit(branch, SUBMITTERS), self.of_unit(region, VERIFIERS)

    # ---- cases ----

    def begin(self):
        """A case; every second one because of a criterion, which the branch follows after some days."""
        self.known.append(self.trading.customer(self.chance.choice(("red", "yellow")), self.chance.choice(self.branches())))
        if len(self.known) < 14:
            return
        number, wait = self.known.popleft(), 0
        if self.chance.random() < .6:
            issued = self.trading.today() - self.chance.randrange(12, 30) * DAY
            self.trading.give(number, *self.trading.kept(3, 4_000_000_00, issued, issued + 10 * DAY),
                              login=self.hands(number)[0], branch=self.place(number)[0])
            self.trading.settled()
            wait = self.chance.choice((0, 1, 1, 2, 4))
        self.cases.append({"number": number, "next": self.trading.today() + wait * DAY, "id": None})

    def act(self, case):
        """One step of a case, of whichever hand it waits for."""
        submitter, verifier = self.hands(case["number"])
        if case["id"] is None:
            case["id"] = self.trading.apply(case["number"], "green", login=submitter)["id"]
            return
        shown = self.trading.connect("aud").do("application_show", application=case["id"], purpose="t")["application"]
        what, dice = {"application": case["id"]}, self.chance.random()
        if shown["state"] not in OPEN or dice > .95:
            case["next"] = None  # closed, or forgotten
        elif shown["state"] == "submitted":
            self.at_the_region(dice, submitter, verifier, shown, what)
        elif shown["state"] == "verified":
            self.at_hq(dice, verifier, shown, what)
        elif shown["state"] == "returned":
            self.call(submitter, "application_resubmit", **what)
        else:
            self.call(submitter, "application_record", **what)

    def at_the_region(self, dice, submitter, verifier, shown, what):
        """It is verified, or something else."""
        if dice < .12:
            self.call(verifier, "application_return", reason="r", **what)
        elif dice < .17:
            self.call(submitter, "application_recall", reason="r", **what)
        elif dice < .2:
            self.call(submitter, "application_withdraw", reason="r", **what)
        elif dice < .35 and "paused_at_us" not in shown:
            self.call(verifier, "application_pause", waits_for="a paper", **what)
        elif dice < .6 and "paused_at_us" in shown:
            self.call(verifier, "application_resume", **what)
        else:
            self.call(verifier, "application_verify", finding="confirmed", opinion="o", **what)

    def at_hq(self, dice, verifier, shown, what):
        """It is decided, or something else."""
        if dice < .1:
            self.call("app", "application_reject", reason="r", **what)
        elif dice < .2:
            self.call("app", "application_return", reason="r", **what)
        elif dice < .27:
            self.call("app", "application_return_to_region", reason="r", **what)
        elif dice < .32:
            self.call(verifier, "application_recall", reason="r", **what)
        elif dice < .5 and "extended_days" not in shown:
            if self.call("app", "extension_ask", days=2, reason="r", **what).ok:
                self.call("cmo", "extension_answer", grant=True, **what)
        elif dice < .6 and shown["from_grade"] == "red":
            self.call("app", "application_approve", grade="yellow", reason="r", **what)
        else:
            self.call("app", "application_approve", **what)

    # ---- by authority ----

    def by_authority(self):
        """Now and then an override, or an emergency, whose review is in time, late or forgotten; and an override where
        the branch has missed a criterion."""
        trading, today = self.trading, self.trading.today()
        self.override_missed(today)
        if self.power.random() < .6:
            fields = {"customer": trading.customer("red", self.power.choice(self.branches())), "grade": "green", "reason": "r"}
            if self.power.random() < .5:
                trading.connect("appb").do("customer_override", until=(today + 3 * DAY).isoformat(), **fields)
            else:
                trading.connect("appb").do("customer_emergency", minutes=60, **fields)
                self.reviews.append((fields["customer"], today + next(self.review_after) * DAY))
            if self.power.random() < .5:
                self.known.append(fields["customer"])
        for number, _ in [r for r in self.reviews if r[1] <= today]:
            trading.connect("app").do("customer_review", customer=number, opinion="o",
                                      finding=self.power.choice(("justified", "unjustified")))
        self.reviews = [r for r in self.reviews if r[1] > today]

    def override_missed(self, today):
        """Some of those whose end has passed, whether that has been noted by now or not. The branch has nothing to submit,
        then."""
        missed = self.trading.rows("SELECT number FROM customer WHERE criterion_due_at <= business_now() "
                                   "AND criterion_answer IN (1, 2) AND open_application_id IS NULL ORDER BY number")
        for number, in [m for m in missed if self.ended.random() < .3]:
            self.trading.connect("appb").do("customer_override", until=(today + 3 * DAY).isoformat(), customer=number,
                                            grade="green", reason="r")
            for case in self.cases:
                if case["number"] == number:
                    case["next"] = None

    # ---- moves ----

    def move(self, number=None, branch=None):
        """A customer goes to another branch, with its case."""
        movable = [c["number"] for c in self.cases if c["next"] is not None] + [r[0] for r in self.reviews] + list(self.known)
        number = number or self.power.choice(movable)
        branch = branch or self.power.choice([b for b in self.branches() if b != self.place(number)[0]])
        self.trading.connect("app").do("customer_move", customer=number, branch=branch, reason="r")

    def admin(self, name, /, **fields):
        """A change of the organisation, after which the customers have followed."""
        self.trading.connect("admin").do(name, **fields)
        self.trading.followed()

    def split(self):
        """A new branch takes some customers of B11."""
        self.admin("unit_create", code="B13", name="B13", level="branch", parent="R1", zone="Asia/Tokyo")
        self.admin("user_grant", login="sub11b", unit="B13")
        for number in {c["number"] for c in self.cases if c["next"] is not None and self.place(c["number"])[0] == "B11"}:
            self.move(number, "B13")

    def move_branch(self):
        """B12 goes to the other region."""
        self.admin("unit_move", code="B12", parent="R2")

    def merge_branch(self):
        """B13 goes back into B11."""
        self.admin("unit_merge", code="B13", into="B11", reason="r")

    def merge_region(self):
        """R2 goes into R1."""
        self.admin("unit_merge", code="R2", into="R1", reason="r")

    # ---- no server ----

    def stand_still(self):
        """Five days without a server; some deadlines of these are not noted even when one is started again."""
        trading = self.trading
        trading.run_stopped()
        with trading.owner.cursor() as cursor:
            cursor.execute("UPDATE creditd.timer SET due_at = due_at + %s WHERE kind = 20 AND timer_id IS NOT NULL "
                           "AND subject_id %% 2 = 0", (400 * DAY_US,))
            cursor.execute("UPDATE creditd.clock SET offset_us = offset_us + %s", (5 * DAY_US,))
        trading.run_again()

    def end(self):
        """What is still not noted, is."""
        self.trading.rows("UPDATE timer t SET due_at = a.due_at FROM application a WHERE t.kind = 20 "
                          "AND a.application_id = t.subject_id AND a.due_at <> t.due_at RETURNING 1")
        self.trading.settled()
        self.trading.noted()

    def day(self):
        """What is to be done today; the next step comes in some days, now and then much later."""
        self.done += 1
        self.plan.get(self.done, lambda: None)()
        self.by_authority()
        if self.known and self.power.random() < .6:
            self.move()
        for _ in range(self.chance.randrange(0, 6)):
            self.begin()
        for case in self.cases:
            if case["next"] is not None and case["next"] <= self.trading.today():
                self.act(case)
                if case["next"] is not None:
                    case["next"] += self.chance.choice((1, 1, 2, 3, 5)) * DAY
