"""Score, combination, what comes out, lifts and moves by the server's rules, against the reference in reference.py, for
random customers under random policies; and what each lift and each move says is tried.

CREDITD_RANDOM_SEED and CREDITD_RANDOM_CUSTOMERS may be given; a difference is told with its policy and customer.
"""
import concurrent.futures
import json
import os
import pathlib
import random
import subprocess
from collections import Counter

from . import cases, reference
from .reference import ONE, ORDINARY, RANK

ROOT = pathlib.Path(__file__).resolve().parents[2]
JUDGE = pathlib.Path(ROOT, os.environ.get("CREDITD_BUILD", "build")).resolve() / "tests" / "reference" / "judge"
SEED = int(os.environ.get("CREDITD_RANDOM_SEED", 20261123))
CUSTOMERS = int(os.environ.get("CREDITD_RANDOM_CUSTOMERS", 100_000))
OF_A_POLICY, POLICIES = 40, 25  # customers of a policy, policies of a process

# What must have been met this often in a whole run, so that it is seen that all of it was.
LEAST = {
    "key": 30_000, "ordinary": 30_000, "below the floor": 10_000, "at the floor": 3000, "no way to the floor": 2000,
    "not converted": 5000, "volume at a band": 8000, "score": 20_000, "score at a band": 3000,
    "below all score bands": 5000, "last day of a score": 500, "score too old": 1000, "values do not fit": 1000,
    **{f"{combine} with a score": 3000 for combine in ("worse", "better", "score", "volume")},
    "no lift": 8000, "two lifts": 3000, "two lifts about as near": 300, "lift by two parts": 2000,
    "lift by volume": 10_000, "lift by score": 8000, "lift by fulfilled": 4000, "lift by fulfilled_amount": 4000,
    "first score": 2000, "any first score": 50, "enough": 5000, "not enough": 5000}


def expected(policy, customer):
    """What the judge is to answer, and the lifts."""
    tier, on, trades, assessments = customer
    counted = reference.sums(policy, trades, on)
    found = reference.counted_score(policy, assessments, on)
    values, score = found or (None, None)
    lifts = reference.lifts(policy, counted, score, tier)
    grade = reference.comes_out(policy, counted, score, tier)
    rate = reference.rate_bp(policy, counted)
    told = [lift._asdict() | {"moves": [list(move) for move in reference.moves(policy.scorecard, values, lift.score)]
                              if found and lift.score else []} for lift in lifts]
    return counted, found, lifts, {
        "sums": list(counted), "rate_bp": -1 if rate is None else rate,
        "assessment": sum(day <= on for day, _ in assessments) - 1 if found else -1,
        "score": [score, *reference.banded(policy.scorecard, score)] if found else None,
        "tier": "ordinary" if grade is ORDINARY else "key", "grade": grade, "lifts": told}


def try_lift(policy, counted, score, tier, lift):
    """With all its parts that grade comes out, which is a better one; with a unit less of one of them, it does not."""
    def grade_with(some):
        return reference.comes_out(policy, *reference.applied(policy, counted, score, some), tier)
    assert grade_with(lift) == lift.grade, f"{lift} leads to {grade_with(lift)}"
    assert RANK[lift.grade] > RANK[reference.comes_out(policy, counted, score, tier)], f"{lift} is no better grade"
    for less in reference.one_less(lift):
        assert RANK[grade_with(less)] < RANK[lift.grade], f"{less} would do, instead of {lift}"


def try_moves(rng, card, values, score, lift):
    """A value in that row gives what is told, and the missing score or not."""
    factors = {factor.name: factor for factor in card.factors}
    for name, row, gain, enough in reference.moves(card, values, lift.score):
        value = cases.value_in(rng, factors[name], row)
        moved = reference.score_of(card, values | {name: value})
        assert moved == score + gain, f"{name}={value} gives {moved} after {score}, not {gain} more"
        assert (gain >= lift.score) == enough


def about_as_near(policy, counted, found, lifts):
    """Would the two lifts be as near as each other, if their shares were rounded?"""
    shares = [lift.volume / (counted.volume + lift.volume) if lift.volume else
              lift.score / ((found[1] if found else 0) + lift.score) if lift.score else 0 for lift in lifts]
    return 0 < abs(shares[0] - shares[1]) < 1 / ONE


def note(met, policy, customer, counted, found, lifts):
    """Counts what was met."""
    tier, on, _, assessments = customer
    fulfilled, due = reference.rate_of(policy, counted)
    below = reference.below_floor(policy, counted)
    met.update({tier: 1, "below the floor": below, "at the floor": due > 0 and fulfilled * ONE == due * policy.floor_bp,
                "volume at a band": any(counted.volume == since for _, since in policy.bands),
                "not converted": counted.not_converted > 0, "no lift": not lifts, "two lifts": len(lifts) > 1,
                "two lifts about as near": len(lifts) > 1 and about_as_near(policy, counted, found, lifts),
                "no way to the floor": below and policy.floor_bp == ONE})
    for lift in lifts:
        parts = [part for part in reference.PARTS if getattr(lift, part)]
        met.update({f"lift by {part}": 1 for part in parts} | {"lift by two parts": len(parts) > 1,
                                                               "first score": lift.first_score,
                                                               "any first score": lift.first_score and not lift.score})
    card, made = policy.scorecard, [one for one in assessments if one[0] <= on]
    if card is None or not made:
        return
    last = reference.months_later(made[-1][0], card.valid_months)
    met.update({"score too old": on > last, "last day of a score": found is not None and on == last,
                "values do not fit": on <= last and not found})
    if found:
        in_band = reference.banded(card, found[1])[1]
        met.update({"score": 1, "score at a band": any(found[1] == since for _, since in card.bands),
                    "below all score bands": not in_band, f"{card.combine} with a score": 1})
        met.update("enough" if move.enough else "not enough" for lift in lifts if lift.score
                   for move in reference.moves(card, found[0], lift.score))


def compare(rng, met, policy, customer, told):
    """One customer; what was met is added to `met`."""
    counted, found, lifts, ours = expected(policy, customer)
    assert told == ours, "\n".join(f"{key}: {told[key]}, not {ours[key]}" for key in ours if told[key] != ours[key])
    values, score = found or (None, None)
    for lift in lifts:
        try_lift(policy, counted, score, customer[0], lift)
        if found and lift.score:
            try_moves(rng, policy.scorecard, values, score, lift)
    note(met, policy, customer, counted, found, lifts)


def one_process(number):
    """Some policies with their customers; (what was met, the first difference or None)."""
    rng = random.Random(f"{SEED} {number}")
    world = []
    for _ in range(POLICIES):
        policy = cases.random_policy(rng)
        world.append((policy, [cases.random_customer(rng, policy) for _ in range(OF_A_POLICY)]))
    lines = [line for policy, customers in world
             for line in (cases.policy_line(policy), *map(cases.customer_line, customers))]
    judged = subprocess.run([JUDGE], input="\n".join(lines) + "\n", capture_output=True, text=True, check=False)
    if judged.returncode:
        return Counter(), f"CREDITD_RANDOM_SEED={SEED}, process {number}: {judged.stderr}"
    answers = map(json.loads, judged.stdout.splitlines())
    met = Counter()
    for policy, customers in world:
        for customer in customers:
            try:
                compare(rng, met, policy, customer, next(answers))
            except AssertionError as error:
                return met, (f"CREDITD_RANDOM_SEED={SEED}, process {number}: {error}\n{cases.policy_text(policy)}"
                             f"{cases.customer_line(customer)}")
    return met, None


def test_rules_and_reference_agree():
    """No difference for any customer, and every case of interest among them."""
    print(f"CREDITD_RANDOM_SEED={SEED} CREDITD_RANDOM_CUSTOMERS={CUSTOMERS}")
    met = Counter()
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for some, difference in pool.map(one_process, range(-(-CUSTOMERS // (OF_A_POLICY * POLICIES)))):
            assert difference is None, difference
            met.update(some)
    print(dict(met))
    scarce = {what: met[what] for what, least in LEAST.items() if met[what] < least * CUSTOMERS // 100_000}
    assert not scarce, f"met too rarely: {scarce}"
