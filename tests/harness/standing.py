"""Standing as the regulation has it, in the tests' own form; it shares nothing with the server.

Written from the text: two sums over a rolling window, a floor for the fulfilment rate, bands of volume; what comes out
is compared with what is in force, once a day. Everything is counted by brute force, with fractions and dates.
"""
import calendar
import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

GRADES = ("green", "yellow", "red", "black")  # best to worst
ORDINARY = ("ordinary", None)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Trade:
    """One trade as it is known. Amounts are minor units."""
    document: str
    amount: int
    issued: dt.date
    due: dt.date
    settled: dt.date | None = None
    currency: str = "CNY"
    cancelled: bool = False

    @property
    def fulfilled(self):
        """Settled on or before the due date."""
        return self.settled is not None and self.settled <= self.due


@dataclass(frozen=True)
class Policy:
    """The values of a policy that standing needs. `bands`: (grade, from minor units), best first. `rates`: (currency,
    from date, value of one unit in the policy's currency). The scorecard is not among them but for how it combines."""
    currency: str = "CNY"
    window_months: int = 12
    bands: tuple = (("green", 100_000_00), ("yellow", 10_000_00), ("red", 1_000_00))
    below_lowest: str = "black"
    basis: str = "count"
    floor_bp: int = 7500
    rates: tuple = ()
    combine: str | None = "worse"  # of the scorecard beside these values: without an assessment, volume alone counts

    def text(self):
        """The groups of the policy file."""
        bands = ",\n".join(f'    {{ grade = "{g}"; from = "{amount_text(m)}"; }}' for g, m in self.bands)
        rates = ",\n".join(f'  {{ currency = "{c}"; from = "{d}"; rate = "{r}"; }}' for c, d, r in self.rates)
        return (f'volume = {{\n  currency = "{self.currency}";\n  window_months = {self.window_months};\n'
                f'  bands = (\n{bands}\n  );\n  below_lowest = "{self.below_lowest}";\n}};\n'
                f'fulfilment = {{\n  basis = "{self.basis}";\n  floor_bp = {self.floor_bp};\n}};\n'
                f'rates = (\n{rates}\n);\n')


def amount_text(minor):
    """"1234.50" for 123450."""
    return f"{minor // 100}.{minor % 100:02}"


# ---- the window ----

def months_before(day, months):
    """The same day of the month, that many months earlier; the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def window_first(policy, on):
    """First day of the window of a date."""
    return months_before(on, policy.window_months) + DAY


# ---- the function ----

@dataclass(frozen=True)
class Sums:
    """What is counted on a date, in the policy's currency."""
    volume: int = 0
    volume_trades: int = 0
    due: int = 0
    fulfilled: int = 0
    due_amount: int = 0
    fulfilled_amount: int = 0


def converted(policy, trade):
    """The amount in the policy's currency, half a minor unit rounded up; None: there is no rate."""
    if trade.currency == policy.currency:
        return trade.amount
    dated = sorted((since, rate) for currency, since, rate in policy.rates if currency == trade.currency)
    if not dated:
        return None
    rate = ([r for since, r in dated if since <= trade.issued] or [dated[0][1]])[-1]
    return int((trade.amount * Fraction(Decimal(str(rate))) + Fraction(1, 2)) // 1)


def is_due(policy, trade, on):
    """Does it count for the rate: due within the window, and before the date?"""
    return not trade.cancelled and window_first(policy, on) <= trade.due < on


def sums(policy, trades, on):
    """Volume and fulfilment on a date."""
    first, out = window_first(policy, on), Sums()
    for trade in trades:
        amount = converted(policy, trade)
        if trade.cancelled or amount is None:
            continue
        if first <= trade.issued <= on:
            out = replace(out, volume=out.volume + amount, volume_trades=out.volume_trades + 1)
        if is_due(policy, trade, on):
            kept = trade.fulfilled
            out = replace(out, due=out.due + 1, due_amount=out.due_amount + amount, fulfilled=out.fulfilled + kept,
                          fulfilled_amount=out.fulfilled_amount + amount * kept)
    return out


def rate(policy, counted):
    """The contract fulfilment rate as a fraction; None: nothing was due."""
    part, whole = ((counted.fulfilled, counted.due) if policy.basis == "count" else
                   (counted.fulfilled_amount, counted.due_amount))
    return Fraction(part, whole) if whole else None


def rate_bp(policy, counted):
    """In basis points, rounded down."""
    value = rate(policy, counted)
    return None if value is None else int(value * 10_000)


def below_floor(policy, counted):
    """Strictly below it."""
    value = rate(policy, counted)
    return value is not None and value < Fraction(policy.floor_bp, 10_000)


def band(policy, volume):
    """Grade of a volume; None: below the lowest band."""
    return next((grade for grade, least in policy.bands if volume >= least), None)


def judged(policy, counted, tier):
    """(tier, grade) that comes out of the sums for a customer of that tier."""
    if below_floor(policy, counted):
        return ORDINARY
    grade = band(policy, counted.volume)
    if tier == "key":
        return "key", grade or policy.below_lowest
    return ("key", grade) if grade else ORDINARY


def computed(policy, trades, on, tier):
    """The function from scratch."""
    return judged(policy, sums(policy, trades, on), tier)


def met_on(policy, trades, on, tier, since=None):
    """Since when, without a break, the same comes out; not before the date since which the standing is in force, nor
    before the window."""
    first = max(filter(None, (since, window_first(policy, on))))
    day, result = on, computed(policy, trades, on, tier)
    while day - DAY >= first and computed(policy, trades, day - DAY, tier) == result:
        day -= DAY
    return day


def next_on(policy, trades, on):
    """The first later date on which something else comes out for either tier by time alone; None: none."""
    def both(day):
        return [computed(policy, trades, day, tier) for tier in ("key", "ordinary")]
    last = max((max(t.issued, t.due) for t in trades), default=on)
    end = months_before(last, -policy.window_months) + 32 * DAY
    day, result = on + DAY, both(on)
    while day <= end:
        if both(day) != result:
            return day
        day += DAY
    return None


def lift(policy, counted, tier):
    """What is missing for one grade better than what comes out: (grade, volume, fulfilled trades, fulfilled amount);
    None: none is better. Below the floor the next grade is that of the volume, else that of the lowest band."""
    came, grade = judged(policy, counted, tier)
    better = [g for g, _ in policy.bands if came == "ordinary" or GRADES.index(g) < GRADES.index(grade)]
    if not better:
        return None
    target = better[-1]
    if came == "ordinary" and (own := band(policy, counted.volume) or (policy.below_lowest if tier == "key" else None)):
        target = own
    least = dict(policy.bands).get(target, 0)
    trades = amount = 0
    if below_floor(policy, counted):
        floor = Fraction(policy.floor_bp, 10_000)
        while policy.basis == "count" and Fraction(counted.fulfilled + trades, counted.due + trades) < floor:
            trades += 1
        if policy.basis == "amount":
            amount = ceiling((floor * counted.due_amount - counted.fulfilled_amount) / (1 - floor))
    return target, max(0, least - counted.volume), trades, amount


def ceiling(value):
    """The least whole number that is not below it."""
    return int(-(-value // 1))


# ---- what is in force over time ----

@dataclass(frozen=True)
class Row:
    """One row of a standing history; `recorded` is the civil date on which it was written."""
    seq: int
    valid_from: dt.date
    recorded: dt.date
    tier: str
    grade: str | None
    cause: str


def as_of(history, on, known):
    """(tier, grade, cause) that applied on a date as known at the end of another; before the first row: ordinary."""
    found = [r for r in history if r.recorded <= known and r.valid_from <= on]
    last = max(found, key=lambda r: r.seq, default=None)
    return (*ORDINARY, None) if last is None else (last.tier, last.grade, last.cause)


@dataclass
class Account:
    """A customer whose standing is kept by evaluating once a day. `story`: (date, what) of all that happened."""
    tier: str = "ordinary"
    grade: str | None = None
    since: dt.date | None = None
    trades: dict = field(default_factory=dict)  # by document
    criterion: tuple | None = None  # (tier, grade) computed, met_on, detected
    demoted: tuple | None = None  # date, grade before, policy
    history: list = field(default_factory=list)
    story: list = field(default_factory=list)

    @classmethod
    def opened(cls, grade, on):
        """A customer who brought a grade along (None: an ordinary one)."""
        account = cls()
        if grade is not None:
            account.put("key", grade, on, on, "opening")
        return account

    def put(self, tier, grade, valid_from, today, cause):
        """Another standing in force."""
        self.tier, self.grade, self.since = tier, grade, valid_from
        self.demoted = None
        self.history.append(Row(len(self.history) + 1, valid_from, today, tier, grade, cause))

    def learn(self, *trades):
        """Trades that became known, or known better."""
        self.trades.update({t.document: t for t in trades})

    def _correct(self, today):
        """Takes a demotion back for which the rate was not below the floor after all."""
        if self.demoted is None:
            return
        date, grade, policy = self.demoted
        days = [date + n * DAY for n in range((today - date).days + 1)]
        if not any(below_floor(policy, sums(policy, self.trades.values(), day)) for day in days):
            self.put("key", grade, date, today, "correction")
            self.story.append((today, "correction"))

    def evaluate(self, policy, today):
        """What follows on that day."""
        trades = list(self.trades.values())
        if not trades:
            return
        self._correct(today)
        came = computed(policy, trades, today, self.tier)
        if self.tier == "key" and came == ORDINARY:
            before = self.grade
            self.put(*ORDINARY, today, today, "demotion")
            self.demoted = today, before, policy
            self.story.append((today, "demotion"))
            came = computed(policy, trades, today, self.tier)
        self._compare(policy, came, today)

    def _compare(self, policy, came, today):
        if came == (self.tier, self.grade):
            if self.criterion is not None:
                self.story.append((today, "criterion_gone"))
            self.criterion = None
        elif self.criterion is None or self.criterion[0] != came:  # one takes the place of another
            met = met_on(policy, self.trades.values(), today, self.tier, self.since)
            self.criterion = came, met, today
            self.story.append((today, "criterion_met"))


# ---- what is told of it ----

def explained(policy, trades, on, tier):
    """The numbers that an explanation must give, by its fields; what is absent or nothing is left out. `counted` is the
    set of (document, fulfilled) behind the rate."""
    counted = sums(policy, trades, on)
    came, grade = judged(policy, counted, tier)
    better, volume, fulfilled, amount = lift(policy, counted, tier) or (None, 0, 0, 0)
    later = next_on(policy, trades, on)
    out = {
        "on": on.isoformat(), "window_from": window_first(policy, on).isoformat(), "currency": policy.currency,
        "volume_minor": counted.volume, "volume_trades": counted.volume_trades, "basis": policy.basis,
        "due": counted.due, "fulfilled": counted.fulfilled, "due_minor": counted.due_amount,
        "fulfilled_minor": counted.fulfilled_amount, "floor_bp": policy.floor_bp,
        "below_floor": below_floor(policy, counted), "band": band(policy, counted.volume), "tier": came, "grade": grade,
        "lift_grade": better, "lift_volume_minor": volume, "lift_fulfilled": fulfilled,
        "lift_fulfilled_minor": amount, "next_on": later and later.isoformat(), "combine": policy.combine,
        "counted": {(t.document, t.fulfilled) for t in trades
                    if is_due(policy, t, on) and converted(policy, t) is not None}}
    return {**{k: v for k, v in out.items() if v}, **({"rate_bp": rate_bp(policy, counted)} if counted.due else {})}


def told(explanation):
    """An explanation as an answer has it, in the same form."""
    counted = {(c["document"], c.get("fulfilled", False)) for c in explanation.get("counted", ())}
    out = {k: v for k, v in {**explanation, "counted": counted}.items()
           if v and k not in ("policy_version", "not_converted", "counted_more", "limit_minor", "limit_in_force_minor")}
    return {**out, "rate_bp": explanation["rate_bp"]} if "rate_bp" in explanation else out
