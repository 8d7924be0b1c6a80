"""Random policies and customers for test_reference.py, and both in the words of the judge.

What is rare by chance is made often here: sums and scores at the `from` of a band and a unit beside it, rates at the
floor, days at the edges of the window and of a score's validity, values that do not fit their factor.
"""
import datetime as dt
import json
from dataclasses import replace
from fractions import Fraction

from . import reference
from .reference import GRADES, ONE, Factor, Policy, Scorecard, Trade

DECIMALS = {"CNY": 2, "USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}  # of the minor unit, by ISO 4217
AMOUNT_MAX = 10**15  # of one trade
FLOORS = (1, 2500, 5000, 6667, 7500, 7500, 8000, 9000, 9999, ONE, ONE)
CHOICES = ("A", "B", "C", "no arrears", "short arrears", "steady", "a=b", "1", "无拖欠", "行业排名前十且近三年无任何拖欠记录的重点企业客户")
# None of them is a value of any factor.
MISFITS = ("maybe", "Yes", "12,5", "1.00001", "1e3", "5.", ".5", "--1", "1/0", "1/-2", "1/", "/1", "1/2/3", "3/x",
           "NaN", " ", "100000000000.0001", "100000000000.0001/1")
DAY = dt.timedelta(days=1)


# ---- policies ----

def random_date(rng):
    """Mostly any, often the end of a month or around a leap day."""
    day = dt.date(2019, 1, 1) + rng.randrange(4000) * DAY
    kind = rng.random()
    if kind < 0.15:
        return day.replace(day=1) - DAY
    if kind < 0.25:
        return dt.date(rng.choice((2020, 2024, 2025, 2028)), 3, 1) - rng.randrange(4) * DAY
    return day


def random_bands(rng, froms):
    """(bands, below_lowest) on some of the numbers, from which bands may count."""
    froms = sorted({since for since in froms if since > 0}, reverse=True)
    count = min(len(froms), rng.choice((1, 2, 3, 3, 3, 4)))
    grades = sorted(rng.sample(GRADES, count), key=GRADES.index)
    bands = tuple(zip(grades, sorted(rng.sample(froms, count), reverse=True)))
    return bands, rng.choice(GRADES[GRADES.index(grades[-1]):])


def random_rows(rng, kind):
    """A table of points, which mostly fall."""
    if kind == "yes_no":
        choices = ["yes", "no"]
        rng.shuffle(choices)
    elif kind == "choice":
        choices = rng.sample(CHOICES, rng.randint(1, 4))
    else:
        least = rng.choice((0, 0, 1, -3 * ONE))
        steps = (1, 2500, 3333, 5000, ONE, ONE, 5 * ONE, rng.randint(1, 10**8))
        choices = [least + sum(rng.choice(steps) for _ in range(k + 1)) for k in range(rng.randint(0, 4))]
        choices = [*sorted(set(choices), reverse=True), None]
    points = [rng.choice((0, 20, 50, 70, 100, 100, rng.randint(0, 100))) for _ in choices]
    if rng.random() < 0.8:
        points.sort(reverse=True)
    return tuple(zip(choices, points))


def random_factors(rng):
    """With weights that are 10,000 together."""
    count = rng.choice((12, 20, 32)) if rng.random() < 0.05 else rng.randint(1, 6)
    unit = rng.choice((1, 500)) if count <= 20 else 1
    cuts = [unit * cut for cut in sorted(rng.sample(range(1, ONE // unit), count - 1))]
    weights = [after - before for before, after in zip([0, *cuts], [*cuts, ONE])]
    kinds = [rng.choice(("number", "ratio", "choice", "yes_no")) for _ in weights]
    return tuple(Factor(f"factor_{i}", kind, weight, rng.random() < 0.3, random_rows(rng, kind))
                 for i, (kind, weight) in enumerate(zip(kinds, weights)))


def random_scorecard(rng):
    """Bands that scores of its factors can reach exactly."""
    card = Scorecard(rng.choice(("worse", "better", "score", "volume", "worse", "better")), rng.choice((1, 3, 12, 13, 24)),
                     (), "", random_factors(rng))
    scores = [reference.score_of(card, random_values(rng, card, 1)) for _ in range(8)]
    scores += [rng.choice((50, 65, 80, 100)) * ONE, rng.randint(1, 100 * ONE)]
    froms = [min(max(score + rng.choice((0, 0, 0, 0, -1, 1)), 1), 100 * ONE) for score in scores]
    bands, below = random_bands(rng, froms)
    return replace(card, bands=bands, below_lowest=below)


def random_rates(rng, currency):
    """Of one or two other currencies, each from some days on; "one" is a minor unit of it."""
    rates = []
    for other in rng.sample(sorted(set(DECIMALS) - {currency}), rng.randint(1, 2)):
        for since in sorted({random_date(rng) for _ in range(rng.randint(1, 3))}):
            of_one = Fraction(rng.choice((10**8, 5 * 10**7, rng.randint(1, 10**9))), 10**8)
            rates.append((other, since, of_one * Fraction(10) ** (DECIMALS[currency] - DECIMALS[other])))
    rng.shuffle(rates)
    return tuple(rates)


def random_policy(rng):
    """Any that a server takes."""
    currency = rng.choice(("CNY", "CNY", "CNY", "JPY", "KWD"))
    largest = rng.choice((10, 1000, 10**6, 10**9, 10**9, AMOUNT_MAX))
    bands, below = random_bands(rng, [rng.choice((1, 2, largest, rng.randint(1, largest), largest * k // 10 + 1))
                                      for k in range(8)])
    return Policy(currency, rng.choice((1, 1, 2, 6, 12, 12, 12, 13, 36)), bands, below, rng.choice(("count", "amount")),
                  rng.choice((*FLOORS, rng.randint(1, ONE))), random_rates(rng, currency) if rng.random() < 0.2 else (),
                  random_scorecard(rng) if rng.random() < 0.9 else None)


# ---- values ----

def number_text(rng, exact):
    """A number that is counted in 1/10,000, in one of its forms."""
    text = f"{'-' if exact < 0 else ''}{abs(exact) // ONE}.{abs(exact) % ONE:04}"
    return text if rng.random() < 0.2 else text.rstrip("0").rstrip(".")


def value_in(rng, factor, row):
    """One that falls into the row, mostly at its edges; None: none does that is written here."""
    since = factor.rows[row][0]
    if factor.input in ("choice", "yes_no"):
        return since
    if since is None:
        since = factor.rows[row - 1][0] - rng.choice((1, 2, ONE)) if row else rng.randint(-ONE, 100 * ONE)
    elif rng.random() < 0.3:
        above = factor.rows[row - 1][0] if row else since + 10 * ONE
        since = rng.choice((above - 1, rng.randint(since, above - 1)))
    if factor.input == "number":
        return number_text(rng, since)
    # A line that is `since` times the other, and half of the time the smallest part more, or less below the others.
    under = rng.choice((1, 3, 7, 1200000, rng.randint(1, 10**6)))
    if abs(since * under) > 10**14:
        under = 1
    over = since * under + (rng.choice((0, 0, 1)) if factor.rows[row][0] is not None and under > 1 else 0)
    return f"{number_text(rng, over)}/{number_text(rng, under * ONE)}"


def random_values(rng, card, whole=0.95):
    """Of the factors; not `whole`, one that is not optional may be missing, or a value not fit."""
    values = {}
    for factor in card.factors:
        if not (factor.optional and rng.random() < 0.4):
            values[factor.name] = value_in(rng, factor, rng.randrange(len(factor.rows)))
    if rng.random() >= whole:
        factor = rng.choice(card.factors)
        if rng.random() < 0.4:
            values.pop(factor.name, None)
        else:
            values[factor.name] = rng.choice(MISFITS)
    if rng.random() < 0.05:
        values["another"] = "maybe"
    return values


# ---- customers ----

def random_trades(rng, policy, on):
    """A few, most of them at the edges of the window."""
    first = reference.window_first(policy, on)
    days = (first - DAY, first, first + DAY, on - DAY, on, on + DAY)
    currencies = (policy.currency, *DECIMALS) if rng.random() < 0.3 else (policy.currency,)
    out = []
    for _ in range(rng.choice((0, 1, 2, 3, 5))):
        issued, due = sorted(rng.choice((*days, first + rng.randrange((on - first).days + 1) * DAY)) for _ in range(2))
        settled = rng.choice((due, due, due - DAY, due + DAY, None))
        amount = rng.choice((1, 5, 100_00, rng.randint(1, 10**6)))
        out.append(Trade(rng.choice(currencies), amount, issued, due, settled, rng.random() < 0.05))
    return out


def due_trades(rng, policy, on):
    """With a rate at the floor or beside it, of trades that are in no volume: issued before the window."""
    first = reference.window_first(policy, on)
    last = on - DAY
    if first > last:
        return []

    def trade(amount, late):
        due = rng.choice((first, last))
        return Trade(policy.currency, amount, first - DAY, due, rng.choice((due + DAY, None)) if late else due, False)

    floor = policy.floor_bp if rng.random() < 0.8 else rng.randint(0, ONE)
    if policy.basis == "count":
        number = rng.choice((1, 2, 3, 4, 4, 8, 20))
        fulfilled = min(max(-(-floor * number // ONE) - rng.choice((0, 0, 1)), 0), number)
        return [trade(1, i >= fulfilled) for i in range(number)]
    times = rng.choice((1, 3, rng.randint(1, 10**6), AMOUNT_MAX // ONE - 1))
    parts = (floor * times + rng.choice((0, 0, -1, 1)), (ONE - floor) * times + rng.choice((0, 0, 1)))
    return [trade(amount, late) for amount, late in zip(parts, (False, True)) if amount > 0]


def even_volume(rng, policy, score):
    """One that lacks as great a share of a band as the score does, or nearly."""
    since, of_score = rng.choice(policy.bands)[1], rng.choice(policy.scorecard.bands)[1]
    return since * min(score, of_score) // of_score


def filler(rng, policy, trades, on, found):
    """A trade with which the volume is at the `from` of a band or a unit beside it, or lacks the same share as the score;
    none, when it is more already."""
    goal = even_volume(rng, policy, found[1]) if found and rng.random() < 0.3 else rng.choice(policy.bands)[1]
    amount = goal + rng.choice((0, 0, -1, 1)) - reference.sums(policy, trades, on).volume
    if not 0 < amount <= AMOUNT_MAX:
        return []
    return [Trade(policy.currency, amount, rng.choice((reference.window_first(policy, on), on)), on, None, False)]


def random_assessments(rng, policy, on):
    """By their days, many of them at the end of validity, today or tomorrow."""
    card = policy.scorecard
    if card is None:
        return []
    begun = reference.months_later(on, -card.valid_months)
    days = sorted(rng.choice((begun + rng.randint(-2, 3) * DAY, on, on, on - DAY, on + DAY,
                              begun + rng.randrange((on - begun).days + 1) * DAY))
                  for _ in range(rng.choice((0, 1, 1, 1, 2, 3))))
    return [(day, random_values(rng, card)) for day in days]


def random_customer(rng, policy):
    """(tier, date, trades, assessments)"""
    on = random_date(rng)
    assessments = random_assessments(rng, policy, on)
    trades = random_trades(rng, policy, on)
    if rng.random() < 0.5:
        trades += due_trades(rng, policy, on)
    if rng.random() < 0.6:
        trades += filler(rng, policy, trades, on, reference.counted_score(policy, assessments, on))
    return rng.choice(("key", "ordinary")), on, trades, assessments


# ---- in the words of the judge ----

def decimal_text(minor, decimals):
    """"1234.50" for 123450 with two decimals."""
    return f"{minor // 10**decimals}.{minor % 10**decimals:0{decimals}}" if decimals else str(minor)


def groups(rows):
    """A list of groups in the policy file; texts in quotes."""
    def value(member):
        return str(member).lower() if isinstance(member, (bool, int)) else member if member[0] == "(" else f'"{member}"'
    return "( " + ",\n  ".join("{ " + " ".join(f"{key} = {value(member)};" for key, member in row.items()) + " }"
                              for row in rows) + " )"


def bands_text(bands, decimals):
    """The bands of volume or of the score."""
    return groups({"grade": grade, "from": decimal_text(since, decimals)} for grade, since in bands)


def factor_group(factor):
    """The members of a factor."""
    choice = factor.input in ("choice", "yes_no")
    rows = groups({} | ({"choice": since} if choice else {} if since is None else
                        {"from": ("-" if since < 0 else "") + decimal_text(abs(since), 4)}) | {"points": points}
                  for since, points in factor.rows)
    return {"name": factor.name, "group": "basics", "input": factor.input, "weight_bp": factor.weight_bp,
            "optional": factor.optional, "points": rows}


def scorecard_text(card):
    """The groups that come with a scorecard."""
    return (f'scorecard = {{ combine = "{card.combine}"; valid_months = {card.valid_months}; warn_days = 30;\n'
            f'bands = {bands_text(card.bands, 4)};\nbelow_lowest = "{card.below_lowest}";\n'
            f"factors = {groups(factor_group(factor) for factor in card.factors)}; }};\nevidence = ( );\n"
            'reviews = ( { kind = "admission"; evidence = [ ]; }, { kind = "change"; evidence = [ ]; },\n'
            '  { kind = "periodic"; evidence = [ ]; } );\n')


def policy_text(policy):
    """The policy file."""
    decimals = DECIMALS[policy.currency]
    rates = groups({"currency": other, "from": since.isoformat(), "rate": decimal_text(
        int(rate * Fraction(10) ** (DECIMALS[other] - decimals) * 10**8), 8)} for other, since, rate in policy.rates)
    return ("clocks = { submit_days = 2; verify_days = 3; decide_days = 3; whole_days = 10; reserve_days = 1; };\n"
            'verification = { items = [ "licence" ]; };\n'
            f'volume = {{ currency = "{policy.currency}"; window_months = {policy.window_months};\n'
            f'bands = {bands_text(policy.bands, decimals)};\nbelow_lowest = "{policy.below_lowest}"; }};\n'
            f'fulfilment = {{ basis = "{policy.basis}"; floor_bp = {policy.floor_bp}; }};\nrates = {rates};\n'
            + (scorecard_text(policy.scorecard) if policy.scorecard else ""))


def policy_line(policy):
    """The line that the judge reads a policy from."""
    return json.dumps({"policy": policy_text(policy)}, ensure_ascii=False)


def customer_line(customer):
    """Likewise of a customer."""
    tier, on, trades, assessments = customer
    return json.dumps({
        "tier": tier, "on": on.isoformat(),
        "trades": [[t.currency, t.amount, t.issued.isoformat(), t.due.isoformat(),
                    t.settled and t.settled.isoformat(), t.cancelled] for t in trades],
        "assessments": [[day.isoformat(), "".join(f"{factor}={value}\n" for factor, value in values.items())]
                        for day, values in assessments]}, ensure_ascii=False)
