"""Standing as server/RULES.md and deploy/policy.cfg tell it: score, combination, what comes out, lift and moves.

Written from these two texts and from nothing of the server, with whole numbers and fractions. Amounts are minor units, a
score and the numbers of the scorecard are counted in 1/10,000.
"""
import calendar
import datetime as dt
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

GRADES = ("green", "yellow", "red", "black")  # best to worst
ORDINARY = None  # the grade of an ordinary customer, who stands below black
RANK = {grade: len(GRADES) - place for place, grade in enumerate(GRADES)} | {ORDINARY: 0}
ONE = 10_000  # a point of a score, a unit of a number of the scorecard, the whole in basis points


@dataclass(frozen=True)
class Factor:
    """`rows`: (choice, or the number from which on the row counts, None in the last one; points)."""
    name: str
    input: str
    weight_bp: int
    optional: bool
    rows: tuple


@dataclass(frozen=True)
class Scorecard:
    """`bands`: (grade, from), best first."""
    combine: str
    valid_months: int
    bands: tuple
    below_lowest: str
    factors: tuple


@dataclass(frozen=True)
class Policy:
    """`bands` as of the scorecard; `rates`: (currency, first day, minor units of `currency` that one of the other is)."""
    currency: str
    window_months: int
    bands: tuple
    below_lowest: str
    basis: str
    floor_bp: int
    rates: tuple = ()
    scorecard: Scorecard | None = None


class Trade(NamedTuple):
    """One trade as it is known."""
    currency: str
    amount: int
    issued: dt.date
    due: dt.date
    settled: dt.date | None
    cancelled: bool


class Sums(NamedTuple):
    """What is counted on a date."""
    volume: int = 0
    volume_trades: int = 0
    due: int = 0
    fulfilled: int = 0
    due_amount: int = 0
    fulfilled_amount: int = 0
    not_converted: int = 0


class Lift(NamedTuple):
    """A way to a grade: the volume that is missing, the trades or the amount to be fulfilled, and the score; of a first
    score it is all of it, and may be 0."""
    grade: str
    volume: int = 0
    fulfilled: int = 0
    fulfilled_amount: int = 0
    score: int = 0
    first_score: bool = False


class Move(NamedTuple):
    """A factor, the row of its table that the value would fall into, what the score gains, and whether that is enough."""
    factor: str
    row: int
    gain: int
    enough: bool


# ---- window and sums ----

def months_later(day, months):
    """The same day of the month, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def window_first(policy, on):
    """The window is from this day to the date, both included."""
    return months_later(on, -policy.window_months) + dt.timedelta(days=1)


def converted(policy, trade):
    """The amount in the policy's currency; None: there is no rate."""
    if trade.currency == policy.currency:
        return trade.amount
    dated = sorted((since, rate) for currency, since, rate in policy.rates if currency == trade.currency)
    if not dated:
        return None
    rate = ([rate for since, rate in dated if since <= trade.issued] or [dated[0][1]])[-1]
    return int(trade.amount * rate + Fraction(1, 2))


def sums(policy, trades, on):
    """Volume, and what was due and fulfilled, in the window of a date."""
    first = window_first(policy, on)
    volume, due, fulfilled, not_converted = [], [], [], 0
    for trade in trades:
        in_volume = not trade.cancelled and first <= trade.issued <= on
        is_due = not trade.cancelled and first <= trade.due < on
        amount = converted(policy, trade)
        if amount is None:
            not_converted += in_volume or is_due
            continue
        if in_volume:
            volume.append(amount)
        if is_due:
            due.append(amount)
            if trade.settled is not None and trade.settled <= trade.due:
                fulfilled.append(amount)
    return Sums(sum(volume), len(volume), len(due), len(fulfilled), sum(due), sum(fulfilled), not_converted)


def rate_of(policy, counted):
    """(fulfilled, due) by the policy's basis."""
    if policy.basis == "count":
        return counted.fulfilled, counted.due
    return counted.fulfilled_amount, counted.due_amount


def rate_bp(policy, counted):
    """In basis points, rounded down; None: nothing was due."""
    fulfilled, due = rate_of(policy, counted)
    return fulfilled * ONE // due if due else None


def below_floor(policy, counted):
    """Strictly; where nothing was due, nothing is."""
    fulfilled, due = rate_of(policy, counted)
    return due > 0 and Fraction(fulfilled, due) < Fraction(policy.floor_bp, ONE)


# ---- score ----

NUMBER_MAX = 100_000_000_000 * ONE
NUMBER = re.compile(r"[+-]?([0-9]+)(?:\.([0-9]{1,4}))?")


def number(text):
    """A number with at most four decimals that is not too large, in 1/10,000; None: it is none."""
    found = NUMBER.fullmatch(text)
    if found is None:
        return None
    whole, decimals = found.groups()
    exact = int(whole) * ONE + int((decimals or "").ljust(4, "0"))
    if exact > NUMBER_MAX:
        return None
    return -exact if text.startswith("-") else exact


def entered(factor, text):
    """The number, ratio or word that a value is; None: it is none of the factor's input."""
    if factor.input in ("choice", "yes_no"):
        return text if any(text == choice for choice, _ in factor.rows) else None
    if factor.input == "number":
        exact = number(text)
        return None if exact is None else Fraction(exact)
    over, _, under = text.partition("/")
    over, under = number(over), number(under)
    if over is None or under is None or under <= 0:
        return None
    return Fraction(over * ONE, under)


def row_of(factor, text):
    """The place of the row that a value falls into; None: it is none of the factor's input."""
    value = entered(factor, text)
    if value is None:
        return None
    if isinstance(value, str):
        return [choice for choice, _ in factor.rows].index(value)
    return next(i for i, (since, _) in enumerate(factor.rows) if since is None or value >= since)


def parts(card, values):
    """What each factor gives to the score, by its name; None: there is no valid score."""
    given = {}
    for factor in card.factors:
        if factor.name in values:
            row = row_of(factor, values[factor.name])
            if row is None:
                return None
            given[factor.name] = factor.rows[row][1] * factor.weight_bp
        elif factor.optional:
            given[factor.name] = 0
        else:
            return None
    return given


def score_of(card, values):
    """In 1/10,000 of a point; None: there is no valid one."""
    given = parts(card, values)
    return None if given is None else sum(given.values())


def counted_score(policy, assessments, on):
    """(values, score) that count on a date, of assessments (day, values) in their order; None: none does."""
    made = [(day, values) for day, values in assessments if day <= on]
    if policy.scorecard is None or not made:
        return None
    day, values = made[-1]
    if on > months_later(day, policy.scorecard.valid_months):
        return None
    score = score_of(policy.scorecard, values)
    return None if score is None else (values, score)


# ---- combination, and what comes out ----

def banded(standard, value):
    """(grade, is it in a band?) of a volume or of a score."""
    for grade, since in standard.bands:
        if value >= since:
            return grade, True
    return standard.below_lowest, False


def combined(policy, volume, score):
    """(grade, is it in a band?)"""
    of_volume = banded(policy, volume)
    if score is None or policy.scorecard.combine == "volume":
        return of_volume
    of_score = banded(policy.scorecard, score)
    if policy.scorecard.combine == "score":
        return of_score
    if policy.scorecard.combine == "worse":
        return min(of_volume[0], of_score[0], key=RANK.get), of_volume[1] and of_score[1]
    # The better one; where the grades are the same, the one that is in a band.
    return max(of_volume, of_score, key=lambda one: (RANK[one[0]], one[1]))


def comes_out(policy, counted, score, tier):
    """The grade of a key account, or ORDINARY."""
    if below_floor(policy, counted):
        return ORDINARY
    grade, in_band = combined(policy, counted.volume, score)
    return grade if tier == "key" or in_band else ORDINARY


# ---- lift ----

def missing_for_the_floor(policy, counted):
    """Trades, or an amount, due and fulfilled, with which the rate reaches the floor; None: nothing does."""
    if not below_floor(policy, counted):
        return 0
    if policy.floor_bp == ONE:
        return None
    fulfilled, due = rate_of(policy, counted)
    # (fulfilled + more) / (due + more) = floor, rounded up. More than a sum can be, nobody fulfils.
    more = -((fulfilled * ONE - policy.floor_bp * due) // (ONE - policy.floor_bp))
    return more if more < 2**63 else None


def fulfilled_too(policy, counted, more):
    """With further trades, or a further amount, that were due and fulfilled."""
    if policy.basis == "count":
        return counted._replace(due=counted.due + more, fulfilled=counted.fulfilled + more)
    return counted._replace(due_amount=counted.due_amount + more,
                            fulfilled_amount=counted.fulfilled_amount + more)


def ways(policy, score):
    """What may have to rise: sets of "volume" and "score" that are needed together."""
    if policy.scorecard is None:
        return ({"volume"},)
    if score is None:
        return {"worse": ({"volume"},), "volume": ({"volume"},)}.get(policy.scorecard.combine,
                                                                    ({"volume"}, {"score"}))
    return {"worse": ({"volume", "score"},), "better": ({"volume"}, {"score"}), "score": ({"score"},),
            "volume": ({"volume"},)}[policy.scorecard.combine]


def least_for(standard, grade, tier):
    """From where on a standard gives the grade or a better one; None: it never does. What lies below the bands is enough
    for a key account only."""
    if tier == "key" and RANK[standard.below_lowest] >= RANK[grade]:
        return 0
    return next((since for other, since in reversed(standard.bands) if RANK[other] >= RANK[grade]), None)


def raised(policy, way, grade, tier, volume, score):
    """(volume, score) of the way to a grade, as little as it needs; None: it does not lead there. And the share that is
    missing of a way by one standard."""
    missing = []
    if "volume" in way:
        least = least_for(policy, grade, tier)
        if least is None:
            return None
        missing.append(Fraction(max(least - volume, 0), max(least, 1)))
        volume = max(volume, least)
    if "score" in way:
        least = least_for(policy.scorecard, grade, tier)
        if least is None:
            return None
        missing.append(Fraction(max(least - (score or 0), 0), max(least, 1)))
        score = max(score or 0, least)
    return volume, score, missing[0]


def can_come_out(policy, counted, score, tier):
    """The grades that ways can lead to."""
    out = set()
    for way in ways(policy, score):
        volumes = {counted.volume} | {since for _, since in policy.bands if "volume" in way and since > counted.volume}
        scores = {score}
        if "score" in way:
            scores |= {since for _, since in (*policy.scorecard.bands, (None, 0)) if score is None or since > score}
        out |= {comes_out(policy, counted._replace(volume=v), s, tier) for v in volumes for s in scores}
    return out


def lifts(policy, counted, score, tier):
    """What is missing for the next better grade, nearest first."""
    further = missing_for_the_floor(policy, counted)
    if further is None:
        return []
    part = "fulfilled" if policy.basis == "count" else "fulfilled_amount"
    reached = fulfilled_too(policy, counted, further)
    now = comes_out(policy, reached, score, tier)
    if further and now is not ORDINARY:
        return [Lift(now, **{part: further})]
    better = [grade for grade in can_come_out(policy, reached, score, tier) if RANK[grade] > RANK[now]]
    if not better:
        return []
    goal = min(better, key=RANK.get)
    out = []
    for way in ways(policy, score):
        to = raised(policy, way, goal, tier, counted.volume, score)
        if to is not None:
            volume, risen, share = to
            lift = Lift(comes_out(policy, reached._replace(volume=volume), risen, tier), volume=volume - counted.volume,
                        score=(risen or 0) - (score or 0), first_score=score is None and "score" in way)
            out.append((share, lift._replace(**{part: further})))
    return [lift for _, lift in sorted(out, key=lambda one: one[0])]


def applied(policy, counted, score, lift):
    """(sums, score) with all parts of a lift."""
    more = lift.fulfilled or lift.fulfilled_amount
    counted = fulfilled_too(policy, counted, more)._replace(volume=counted.volume + lift.volume)
    return counted, (score or 0) + lift.score if lift.score or lift.first_score else score


PARTS = ("volume", "fulfilled", "fulfilled_amount", "score")


def one_less(lift):
    """The lift with one unit less of one of its parts, for each part; and without its first score."""
    out = [lift._replace(**{part: getattr(lift, part) - 1}) for part in PARTS if getattr(lift, part)]
    return out + [lift._replace(score=0, first_score=False)] if lift.first_score else out


# ---- moves ----

def moves(card, values, missing):
    """Each factor's way to what is missing, nearest first."""
    given = parts(card, values)
    out = []
    for factor in card.factors:
        gains = [(points * factor.weight_bp - given[factor.name], row) for row, (_, points) in enumerate(factor.rows)]
        enough = [(gain, row) for gain, row in gains if gain >= missing]
        gain, row = min(enough) if enough else max(gains, key=lambda one: one[0])
        if gain > 0:
            out.append(Move(factor.name, row, gain, bool(enough)))
    return sorted(out, key=lambda move: (not move.enough, move.gain if move.enough else -move.gain))
