"""Customers, their trades and their standing through the protocol: what the tests of trades share.

`Trading` speaks for all users of a file's server. Days are civil dates of B11 and B12's region (Asia/Shanghai).
"""
import contextlib
import datetime as dt
import itertools
import json
import os
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from .creditproto import Refused
from .process import wait_until
from .standing import DAY, Trade

SECOND = 1_000_000
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
ZONE = "Asia/Shanghai"
CHUNK_MAX = 256
OPEN_STATES = ("submitted", "returned", "verified", "approved")
_numbers = itertools.count(1)


def instant(date, zone=ZONE, hour=0, minute=0):
    """Microseconds of a time of day in a zone."""
    at = dt.datetime.combine(date, dt.time(hour, minute), ZoneInfo(zone))
    return int((at - EPOCH) / dt.timedelta(microseconds=1))


def civil(at_us, zone=ZONE):
    """The civil date of an instant."""
    return (EPOCH + dt.timedelta(microseconds=at_us)).astimezone(ZoneInfo(zone)).date()


def period_end(zone, start_us, days):
    """24:00 of the last day: the start day does not count."""
    return instant(civil(start_us, zone) + (days + 1) * DAY, zone)


def row_of(customer, trade, branch="B11", **more):
    """The row of an import for a trade."""
    return {"branch": branch, "customer": customer, "document": trade.document, "amount_minor": trade.amount,
            "currency": trade.currency, "issued_on": trade.issued.isoformat(), "due_on": trade.due.isoformat(),
            "settled_on": trade.settled and trade.settled.isoformat(), "cancelled": trade.cancelled or None, **more}


def trade_of(shown):
    """A trade as an answer shows it to somebody who may see amounts."""
    day = dt.date.fromisoformat
    return Trade(shown["document"], shown["amount_minor"], day(shown["issued_on"]), day(shown["due_on"]),
                 day(shown["settled_on"]) if "settled_on" in shown else None, shown["currency"],
                 shown.get("cancelled", False))


def found_in(value, name):
    """The first value of that name, however deep it stands; None: nowhere."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        if (found := found_in(item, name)) is not None:
            return found
    return None


@dataclass(frozen=True)
class Taken:
    """What became of an import: its last state, and the refusals by their row in the whole."""
    shown: dict
    refused: dict

    @property
    def id(self):
        """Public id of the import."""
        return self.shown["id"]

    def counts(self, *names):
        """Some of its counters."""
        return tuple(self.shown.get(n, 0) for n in names)


class Trading:
    """`connect(login)` gives connections; `owner`: a connection to the database as superuser."""

    def __init__(self, connect, owner):
        self.connect, self.owner = connect, owner

    # ---- time ----

    def now(self):
        """Business time."""
        return self.connect("aud").do("server_status")["now_us"]

    def today(self, zone=ZONE):
        """The civil date."""
        return civil(self.now(), zone)

    def advance_to(self, at_us):
        """Moves the clock forward to an instant, if it is not there."""
        by = at_us - self.now()
        if by > 0:
            self.connect("admin").do("clock_advance", by_us=by)

    def go_to(self, date, hour=12):
        """Moves the clock to an hour of a date, and waits for the evaluations that are due then."""
        self.advance_to(instant(date, hour=hour))
        self.settled()

    def begin_day(self):
        """Noon of a day to come, far from midnight in every zone of the tests but New York's; gives its date."""
        date = self.today() + DAY
        self.go_to(date)
        return date

    def settled(self, seconds=60):
        """Waits until no evaluation is due: neither by a timer, nor of an import that has ended, nor under an older
        policy."""
        wait_until(lambda: self.rows("""
            SELECT (SELECT count(*) FROM timer WHERE kind = 21 AND due_at <= business_now())
                 + (SELECT count(*) FROM trade_import WHERE finished_at IS NOT NULL AND evaluated < customers)
                 + (SELECT count(*) FROM customer
                    WHERE evaluated_policy <> (SELECT version FROM policy_version
                           WHERE rolled_back_at IS NULL AND effective_at <= business_now()
                           ORDER BY effective_at DESC, version DESC LIMIT 1))""")[0][0] == 0, seconds,
                   "the evaluations that are due")

    def noted(self, seconds=20):
        """Waits until every deadline that has passed is noted."""
        wait_until(lambda: self.rows("SELECT (SELECT count(*) FROM timer WHERE kind = 20 AND timer_id IS NOT NULL "
                                     "AND due_at <= business_now()) + (SELECT count(*) FROM customer "
                                     "WHERE criterion_answer = 1 AND criterion_due_at <= business_now())") == [(0,)],
                   seconds, "the notes of missed deadlines")

    def unfollowed(self):
        """How many customers have other units than the organisation gives them."""
        (count,), = self.rows("SELECT count(*) FROM customer c JOIN unit b ON b.unit_id = c.branch_id "
                              "WHERE b.closed OR b.parent_id <> c.region_id")
        return count

    def followed(self, seconds=60):
        """Waits until every customer has followed its branch."""
        wait_until(lambda: self.unfollowed() == 0, seconds, "the customers who follow their branches")

    def rows(self, statement, *values):
        """Rows of a statement on the database."""
        with self.owner.cursor() as cursor:
            cursor.execute("SET search_path = creditd")
            cursor.execute(statement, values)
            return cursor.fetchall()

    # ---- people ----

    @contextlib.contextmanager
    def another_approver(self):
        """One more at HQ, for as long as it lasts: an emergency wants a third to review it. Gives his login."""
        login = f"more{next(_numbers)}"
        self.connect("admin").do("user_add", login=login, name=login, unit="HQ", job_level="manager", roles=["approver"],
                                 password="a good password")
        try:
            yield login
        finally:
            self.connect("admin").do("user_disable", login=login)

    # ---- customers ----

    def customer(self, grade=None, branch="B11", hint="T"):
        """A new customer; with a grade a key account. Gives its number."""
        number = f"{hint}-{next(_numbers):04}"
        self.connect("app").do("customer_add", number=number, name=f"贸易公司 {number}", branch=branch, stage="existing",
                               opening_grade=grade)
        return number

    def show(self, number, login="aud", **more):
        """All of customer_show."""
        return self.connect(login).do("customer_show", customer=number, purpose="test", **more)

    def in_force(self, number):
        """(tier, grade) of a customer."""
        shown = self.show(number)["customer"]
        return shown["tier"], shown.get("grade")

    def events(self, number, *kinds):
        """Events of a customer's chain, with their payload decoded; of those kinds, or all."""
        out, after = [], None
        while True:
            page = self.connect("aud").do("customer_history", customer=number, purpose="test", after=after)
            out += page.get("events", [])
            after = page.get("next")
            if after is None:
                break
        return [{**e, "payload": json.loads(e["payload"])} for e in out if not kinds or e["kind"] in kinds]

    def criteria(self, login="sub11", **more):
        """Criteria that a user sees, by number of the customer; those in his inbox unless told otherwise."""
        out, after = {}, None
        while True:
            page = self.connect(login).do("criterion_list", purpose="test", after=after, **{"inbox": True, **more})
            out.update({c["customer_number"]: c for c in page.get("criteria", [])})
            after = page.get("next")
            if after is None:
                return out

    # ---- trades ----

    def document(self):
        """A number that no other trade has."""
        return f"{next(_numbers):08}"

    def trade(self, amount, issued, due, settled=None, **more):
        """A trade under a new document number; days are dates."""
        return Trade(self.document(), amount, issued, due, settled, **more)

    def kept(self, count, amount, issued, due, **more):
        """Trades that were all settled on their due date."""
        return [self.trade(amount, issued, due, due, **more) for _ in range(count)]

    def missed(self, count, amount, issued, due, **more):
        """Trades that were not settled at all."""
        return [self.trade(amount, issued, due, **more) for _ in range(count)]

    def begin(self, login="sub11", **fields):
        """Begins an import of a new file; gives its id."""
        fields = {"source": os.urandom(32), "name": "test.csv", **fields}
        return self.connect(login).do("trade_import_begin", **fields)["import"]["id"]

    def chunk(self, import_id, rows, login="sub11"):
        """Sends rows; gives the body of the answer."""
        return self.connect(login).do("trade_import_chunk", **{"import": import_id, "rows": rows})

    def finish(self, import_id, login="sub11"):
        """Ends an import and waits for the evaluation of what it has touched; gives its last state."""
        self.connect(login).do("trade_import_finish", **{"import": import_id})

        def done():
            shown = self.connect(login).do("trade_import_show", **{"import": import_id})["import"]
            return shown if shown.get("evaluated", 0) == shown.get("customers", 0) else None
        return wait_until(done, 60, f"the evaluation of {import_id}")

    def take(self, rows, login="sub11", size=CHUNK_MAX, **fields):
        """A whole import in chunks of `size` rows."""
        import_id = self.begin(login, **fields)
        refused = {}
        for start in range(0, len(rows), size):
            for one in self.chunk(import_id, rows[start:start + size], login).get("refused", []):
                refused[start + one.get("row", 0)] = one
        return Taken(self.finish(import_id, login), refused)

    def give(self, number, *trades, login="sub11", branch="B11"):
        """Imports trades of one customer, all of which must be taken."""
        taken = self.take([row_of(number, t, branch) for t in trades], login)
        assert not taken.refused, taken
        return taken

    def trades(self, number, login="aud"):
        """A customer's trades as they are known, by document."""
        out, after = {}, None
        while True:
            page = self.connect(login).do("trade_list", customer=number, purpose="test", after=after)
            out.update({t["document"]: t for t in page.get("trades", [])})
            after = page.get("next")
            if after is None:
                return out

    # ---- applications ----

    def apply(self, number, grade, reason="r", login="sub11"):
        """Submits; gives the application."""
        told = self.connect(login).do("application_submit", customer=number, to_grade=grade, reason=reason)
        return told["application"]

    def bring(self, application, state):
        """Brings a submitted application into another open state, or through to `recorded`."""
        case = {"application": application["id"]}
        if state == "returned":
            self.connect("ver1").do("application_return", reason="r", **case)
        if state in ("verified", "approved", "recorded"):
            self.connect("ver1").do("application_verify", finding="confirmed", opinion="o", **case)
        if state in ("approved", "recorded"):
            self.connect("app").do("application_approve", **case)
        if state == "recorded":
            self.connect("sub11").do("application_record", **case)
        return self.connect("aud").do("application_show", purpose="test", **case)["application"]


def refused(call):
    """The reply of a `do` that must be refused."""
    try:
        call()
    except Refused as error:
        return error.reply
    raise AssertionError("it was not refused")
