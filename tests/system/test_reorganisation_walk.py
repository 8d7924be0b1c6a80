"""Cases that run while routes change, units split, move, are merged and closed, and people go: a long random walk over two servers. In the
end nothing is stuck, and what was written on the way is as it was. CREDITD_WALK_ROUNDS and CREDITD_WALKS make it longer."""
import itertools
import os
import random
import re

import pytest

from harness import dump, policies
from harness.standing import Policy
from test_delegation import TEXTS, explained
from test_reorganisation import OPEN, history, kept, people_of, verified

POLICY = Policy()
ROUNDS = int(os.environ.get("CREDITD_WALK_ROUNDS", "450"))
WALKS = int(os.environ.get("CREDITD_WALKS", "3"))
STEPS = {"submitted": ["verify", "verify", "return", "claim", "pause", "recall"],
         "verified": ["approve", "approve", "reject", "return", "return_to_region", "return_to_node", "claim", "pause", "recall"],
         "returned": ["resubmit", "resubmit", "withdraw", "claim", "pause"], "approved": ["record", "record", "claim"]}
ROUTES = ['{ name = "verify"; step = "verify"; need = 2; }, { name = "decide"; step = "decide"; }',
          '{ name = "verify"; step = "verify"; }, { name = "again"; step = "verify"; }, { name = "decide"; step = "decide"; }',
          '{ name = "first"; step = "verify"; }, { name = "verify"; step = "verify"; }, { name = "again"; step = "verify"; }, '
          '{ name = "decide"; step = "decide"; }',
          '{ name = "verify"; step = "verify"; }, { name = "decide"; step = "decide"; all = true; }',
          '{ name = "head"; step = "verify"; role = "submitter"; }, { name = "verify"; step = "verify"; }, '
          '{ name = "wide"; step = "decide"; jump_from = 2; }, { name = "decide"; step = "decide"; need = 2; }',
          '{ name = "verify"; step = "verify"; }, { name = "small"; step = "decide"; automatic = true; jump_to = 1; }, '
          '{ name = "cmo"; step = "decide"; role = "cmo"; }, { name = "decide"; step = "decide"; }',
          '{ name = "own"; step = "verify"; own_manager = true; }, { name = "verify"; step = "verify"; }, { name = "decide"; step = "decide"; }']
NEXT = {"submitted": "verify", "verified": "approve", "returned": "resubmit", "approved": "record"}
FIELDS = {**TEXTS, "pause": {"waits_for": "a paper"}, "return_to_region": {"reason": "r"},
          "return_to_node": {"reason": "r", "node": "again"}}
ROLE = {"branch": "submitter", "region": "verifier", "hq": "approver"}
# What may be refused on such a walk; anything else is a fault.
REFUSED = {"NOT_FOUND", "NOT_YOUR_UNIT", "OWN_CASE", "TIED_TO_HAND", "STATE_CHANGED", "ALREADY_DECIDED", "CLAIMED", "CANNOT_ACT",
           "PAUSED", "NO_PAUSE_LEFT", "OVERDUE", "NOTHING_TO_CHANGE", "UNIT_NOT_EMPTY", "UNIT_CLOSED", "BAD_PARENT", "ROLE_MISSING",
           "OPEN_APPLICATION_EXISTS", "SAME_GRADE", "FIELD_INVALID", "ROLE_NOT_FOR_LEVEL", "USER_DISABLED", "ABOVE_AUTHORITY",
           "NOT_SUPERVISOR", "NOT_DELEGATED", "LEVELS_DIFFER", "LEVEL_TOO_LOW", "ALREADY_SIGNED", "COUNTERSIGNERS_MISSING",
           "OPINION_AWAITED", "NO_OPINION_ASKED", "CANNOT_ASSIST", "NOT_ASKED", "TOO_FEW_OTHERS", "NOT_NAMED", "NOT_MANAGER",
           "TIED_TO_HAND", "OWN_ASSESSMENT", "TOO_MANY_STEPS", "TOO_MANY_HANDS", "TOO_MANY_SIGNERS", "TOO_MANY_COUNTERSIGNERS",
           "TOO_MANY_DELEGATIONS", "NOT_LAST_STEP", "UNKNOWN_NODE"}


class Walk:
    """The people and units as they are, and what may come next."""

    def __init__(self, trading, other, seed):
        self.trading, self.servers, self.random = trading, [trading.server, other], random.Random(seed)
        self.kills = self.routes = 0
        self.tokens, self.clients, self.numbers = dict(trading.tokens), {}, itertools.count(1)
        self.cases, self.told = {}, []
        for _ in range(6):
            self.add_user(self.random.choice(self.units("branch")))
        self.customers = [trading.customer(self.random.choice(("yellow", "red", None)), branch)
                          for branch in ("B11", "B12", "B21") for _ in range(5)]

    def close(self):
        for client in self.clients.values():
            client.close()

    def client(self, login):
        """A connection of his to one of the servers."""
        key = login, self.random.randrange(2)
        if key not in self.clients:
            self.clients[key] = self.servers[key[1]].client(self.tokens[login])
        return self.clients[key]

    def call(self, login, name, /, **fields):
        reply = self.client(login).call(name, **fields)
        assert reply.ok or reply.reason in REFUSED, (name, fields, reply)
        self.told.append((name, reply.reason))
        return reply

    # ---- what there is ----

    def all_units(self):
        return self.trading.connect("aud").do("unit_list")["units"]

    def units(self, level):
        return [u["code"] for u in self.all_units() if u["level"] == level and not u.get("closed")]

    def users(self):
        return [u for u in self.trading.connect("admin").do("user_list")["users"]
                if not u.get("disabled") and set(u.get("roles", [])) & set(ROLE.values())]

    def add_user(self, unit):
        """Somebody new with the role of his unit; gives the login."""
        login, level = f"w{next(self.numbers)}", next(u["level"] for u in self.all_units() if u["code"] == unit)
        self.trading.connect("admin").do("user_add", login=login, name=login, unit=unit, job_level="supervisor",
                                         roles=[ROLE[level]], password="long enough")
        with self.trading.server.client() as client:
            self.tokens[login] = client.login(login, "long enough")
        return login

    # ---- what happens ----

    def submit(self):
        shown_ = self.trading.show(self.random.choice(self.customers))["customer"]
        people = [u["login"] for u in self.users() if u["unit"] == shown_["branch"] and u["job_level"] != "clerk"]
        if people:
            reply = self.call(self.random.choice(people), "application_submit", customer=shown_["id"], reason="r",
                              to_grade=self.random.choice(("green", "yellow", "red")))
            if reply.ok:
                self.cases[reply.body["application"]["id"]] = reply.body["application"]

    def work(self):
        """Whoever can act does something; now and then somebody else tries."""
        case = self.random.choice(list(self.cases.values()) or [None])
        if case is None:
            return
        told = explained(self.trading, case)
        state, holders = told["application"]["state"], told.get("holders", [])
        if state not in OPEN:
            del self.cases[case["id"]]
            return
        if self.random.random() < 0.1 or not holders:
            holders = [u["login"] for u in self.users()]
        name = self.random.choice(STEPS[state])
        self.call(self.random.choice(holders), "application_" + name, application=case["id"], **FIELDS.get(name, {}))

    def countersign(self):
        case = self.random.choice(list(self.cases.values()) or [None])
        holders = explained(self.trading, case).get("holders", []) if case is not None else []
        if holders:
            self.call(self.random.choice(holders), "application_countersign", application=case["id"],
                      **{self.random.choice(("add", "add", "drop")): self.random.choice(self.users())["login"]})

    def assist(self):
        """Somebody is asked for his opinion, and gives it, or it is called back."""
        case = self.random.choice(list(self.cases.values()) or [None])
        told = explained(self.trading, case) if case is not None else {}
        asked, holders = told.get("application", {}).get("assistant"), told.get("holders", [])
        if asked and self.random.random() < 0.6:
            self.call(asked, "application_opinion", application=case["id"], opinion="o")
        elif holders:
            more = {} if asked else {"to": self.random.choice(self.users())["login"]}
            self.call(self.random.choice(holders), "application_assist", application=case["id"], reason="r", **more)

    def change_route(self):
        """Another route for the cases that come; now and then one that runs goes over to it."""
        text, count = re.subn(r"\nroute = \(.*?\);", f"\nroute = ( {self.random.choice(ROUTES)} );",
                              policies.whole(POLICY), flags=re.DOTALL)
        assert count == 1
        version = policies.proposed(self.trading.connect("maker"), text)
        self.trading.connect("checker").do("policy_publish", version=version)
        self.routes += 1
        for case in self.random.sample(list(self.cases), min(2, len(self.cases))):
            asked = {"application": case, "policy_version": version, "reason": "r"}
            if self.call("app", "application_policy", **asked).ok:
                self.call("appb", "application_policy", approve=True, **asked)

    def move_customer(self):
        branch = self.random.choice(self.units("branch"))
        self.call("app", "customer_move", customer=self.trading.show(self.random.choice(self.customers))["customer"]["id"],
                  branch=branch, reason="r")

    def name_manager(self):
        """A customer gets another manager; of one whose case waits for his own, rather one who could sign."""
        number, people = self.random.choice(self.customers), self.users()
        if self.cases and self.random.random() < 0.7:
            told = explained(self.trading, self.random.choice(list(self.cases.values())))
            number = told["application"]["customer_id"]
            people = [u for u in people if u["unit"] == told.get("turn_unit")] or people
        self.call("appb", "customer_edit", customer=number, manager=self.random.choice(people)["login"])

    def create(self):
        level = self.random.choice(("branch", "branch", "region"))
        parent = "HQ" if level == "region" else self.random.choice(self.units("region"))
        code = f"W{next(self.numbers)}"
        self.call("admin", "unit_create", code=code, name=code, level=level, parent=parent,
                  zone=self.random.choice((None, "Asia/Tokyo", "America/New_York", "Asia/Shanghai")))
        self.add_user(code)

    def move_unit(self):
        self.call("admin", "unit_move", code=self.random.choice(self.units("branch")),
                  parent=self.random.choice(self.units("region")))

    def merge(self):
        level = self.random.choice(("branch", "branch", "region"))
        units = self.units(level)
        if len(units) > 2:
            code, into = self.random.sample(units, 2)
            self.call("admin", "unit_merge", code=code, into=into, reason="r")
            if self.random.random() < 0.3:  # at once once more, before anybody has followed
                code = into
                into = self.random.choice([u for u in units if u != into])
                self.call("admin", "unit_merge", code=code, into=into, reason="r")

    def close_unit(self):
        self.call("admin", "unit_close", code=self.random.choice(self.units("branch") + self.units("region")))

    def people(self):
        """Somebody goes to another unit, leaves, or comes."""
        user, what = self.random.choice(self.users()), self.random.random()
        level = next(u["level"] for u in self.all_units() if u["code"] == user["unit"])
        if what < 0.5 and level != "hq":
            self.call("admin", "user_grant", login=user["login"], unit=self.random.choice(self.units(level)))
        elif what < 0.7 and level != "hq":
            self.call("admin", "user_disable", login=user["login"])
        else:
            self.add_user(self.random.choice(self.units("branch") + self.units("region")))

    def delegate(self):
        one, other = self.random.sample([u["login"] for u in self.users()], 2)
        until = self.trading.today().isoformat()
        self.call(one, "delegation_grant", substitute=other, until=until)

    def wait(self):
        self.trading.advance_to(self.trading.now() + self.random.randrange(1, 9) * 3_600_000_000)

    def kill(self):
        """The other server ends in the middle of whatever it does, and comes again."""
        self.trading.run.kill(self.servers[1])
        for key in [k for k in self.clients if k[1] == 1]:
            self.clients.pop(key).close()
        self.servers[1] = self.trading.run.start(self.trading.database, name=f"other-{self.kills}", clean=False)
        self.kills += 1

    def round(self):
        doings = [(self.submit, 5), (self.work, 12), (self.move_customer, 4), (self.create, 1), (self.move_unit, 2),
                  (self.merge, 1), (self.close_unit, 1), (self.people, 3), (self.delegate, 1), (self.wait, 1), (self.countersign, 2),
                  (self.assist, 2), (self.name_manager, 2), (self.change_route, 0.7), (self.kill, 0.4)]
        self.random.choices([d for d, _ in doings], [w for _, w in doings])[0]()

    # ---- in the end ----

    def open_cases(self):
        out, after = [], None
        while True:
            page = self.trading.connect("aud").do("application_list", open_only=True, purpose="t", after=after)
            out += page.get("applications", [])
            after = page.get("next")
            if after is None:
                return out

    def unreachable(self):
        """Open cases on which nobody can act, and which are not told as such; or whose turn is that of no open unit."""
        there = {u["code"] for u in self.all_units() if not u.get("closed")}
        told = {case["id"]: explained(self.trading, case) for case in self.open_cases()}
        return [i for i, t in told.items() if t["turn_unit"] not in there or not
                (t.get("holders") or t.get("barred") or t.get("nobody_holds_role"))]

    def finish_all(self):
        """New people everywhere, who have no hand in anything; delegations are over."""
        for unit in self.units("branch") * 2 + self.units("region") * 3 + ["HQ"] * 4:
            self.add_user(unit)
        self.trading.advance_to(self.trading.now() + 2 * 86_400_000_000)
        for case in self.open_cases():
            self.finish(case)

    def given_manager(self, told):
        """The case with a manager who can sign it, chosen by one who has no hand in it."""
        unit, case = told["turn_unit"], told["application"]
        reply = self.client(self.add_user("HQ")).call("customer_edit", customer=case["customer_id"], manager=self.add_user(unit))
        assert case["node"] == "own" and reply.ok, (told, reply)
        return explained(self.trading, case)

    def finish(self, case):
        """Whoever can act goes on with it, to the end."""
        for _ in range(60):
            told = explained(self.trading, case)
            state = told["application"]["state"]
            if state not in OPEN:
                break
            if "holders" not in told:  # it waits for the customer's own manager
                told = self.given_manager(told)
            login, name = told["holders"][0], NEXT[state]
            if "assistant" in told["application"]:
                self.client(login).do("application_assist", application=case["id"])
            reply = self.client(login).call("application_" + name, application=case["id"], **FIELDS.get(name, {}))
            assert reply.ok, (told, name, reply)
        assert state == "recorded", told


@pytest.mark.parametrize("seed", range(1, WALKS + 1))
def test_nothing_is_stuck(apart, seed):
    trading = apart(POLICY)
    other = trading.run.start(trading.database, name="other", clean=False)
    walk = Walk(trading, other, seed)
    past = history(trading)
    try:
        for n in range(ROUNDS):
            walk.round()
            if n % 90 == 89:
                now = history(trading)
                assert kept(past, now)
                past = now
        trading.followed()
        trading.settled()
        trading.noted()
        print(f"seed {seed}: {len(walk.told)} commands, {sum(r is None for _, r in walk.told)} accepted, "
              f"{len(past)} events, {len(walk.open_cases())} cases open, "
              f"{len(trading.rows('SELECT FROM event WHERE kind = 73'))} moves of cases, "
              f"{len(trading.rows('SELECT FROM event WHERE kind = 65'))} mergers, {walk.routes} routes, {walk.kills} kills, "
              f"{len(trading.rows('SELECT FROM event WHERE kind = 12'))} signatures, "
              f"{len(trading.rows('''SELECT FROM event WHERE kind = 12 AND payload ->> 'node' = 'own' '''))} of managers")
        assert trading.rows("SELECT count(*) FROM event WHERE kind = 73")[0][0] > 20
        assert trading.rows("SELECT count(*) FROM event WHERE kind = 12")[0][0] > 0
        assert walk.unreachable() == []
        assert all(not people_of(trading, u["code"]) for u in walk.all_units() if "merged_into" in u)
        walk.finish_all()
        assert walk.open_cases() == []
        assert kept(past, history(trading)) and verified(trading)
        assert dump.integrity(trading.owner) == []
    finally:
        walk.close()
        trading.run.finish(walk.servers[1])
