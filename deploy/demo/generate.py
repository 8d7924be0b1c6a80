#!/usr/bin/python3
"""Makes what the demo reads: its organisation, its customers and their invoices.

    generate.py             writes units.csv, users.csv and customers.csv beside this file; they are committed
    generate.py invoices    prints the invoices of the customers of customers.csv, whose dates are relative to today

The seed is fixed: all files are the same each time, the invoices but for their dates.
"""
import csv
import datetime as dt
import random
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
SEED = 20261123
CUSTOMERS = 320

REGIONS = [
    ("EAST", "华东大区 East China", "Asia/Shanghai", [
        ("SHANGHAI", "上海分公司 Shanghai"), ("NANJING", "南京分公司 Nanjing"),
        ("HANGZHOU", "杭州分公司 Hangzhou"), ("XIAMEN", "厦门分公司 Xiamen")]),
    ("NORTH", "华北大区 North China", "Asia/Shanghai", [
        ("BEIJING", "北京分公司 Beijing"), ("TIANJIN", "天津分公司 Tianjin"),
        ("QINGDAO", "青岛分公司 Qingdao"), ("XIAN", "西安分公司 Xi'an")]),
    ("EUROPE", "欧洲大区 Europe", "Europe/Berlin", [
        ("BERLIN", "Berlin branch"), ("ROTTERDAM", "Rotterdam branch"),
        ("MILAN", "Milan branch"), ("WARSAW", "Warsaw branch")]),
]
PLACES = ["上海", "江苏", "浙江", "福建", "北京", "天津", "青岛", "西安", "苏州", "宁波", "无锡", "济南"]
WORDS = ["恒信", "宏远", "金桥", "长江", "东方", "天成", "瑞丰", "永泰", "华盛", "鼎新", "聚源", "嘉禾", "百川", "启明"]
TRADES = ["贸易有限公司", "机械制造有限公司", "电子科技股份有限公司", "物流有限公司", "钢铁集团有限公司", "化工有限公司"]
FIRST = ["Alder", "Bergmann", "Castello", "De Vries", "Ekström", "Fontana", "Grünwald", "Hansen", "Kowalski", "Lindner",
         "Marchetti", "Novák", "Ostrowski", "Petersen", "Rossi", "Schuster", "Van Dijk", "Winkler"]
LAST = ["Maschinenbau GmbH", "Logistics B.V.", "Steel Trading Ltd", "Chemie AG", "Elettronica S.p.A.", "Foods sp. z o.o."]
# Opening grades by HQ: weights of green, yellow, red, black and none (an ordinary customer).
GRADES = ["green", "yellow", "red", "black", ""]
WEIGHTS = [22, 34, 18, 6, 20]

# ---- invoices ----

# Yearly volume in CNY of an account that has a grade by its volume, well within the bands of deploy/policy.cfg; black
# is what is below the lowest band.
VOLUME = {"green": (5_800_000, 14_000_000), "yellow": (2_300_000, 4_400_000), "red": (600_000, 1_700_000),
          "black": (60_000, 420_000)}
# Of a key account, and of an ordinary customer, in a year. Every fourth of them is not due yet.
INVOICES, FEW_INVOICES, OPEN = (15, 27), (2, 8), 4
LATE = 0.12  # share of the due ones that were settled late or are not settled; the floor of 75 % allows 0.25
TERMS = (30, 60, 90)  # days for payment
EARLY, DELAY = (0, 12), (1, 30)  # days before the due date, and after it when late, on which a due one was settled
FIRST_NUMBER = 4510001  # of an invoice; written with eight digits
PAID_AHEAD = 0.2  # share of those not due yet that are settled already
# Days from today; before it, negative. The oldest issue is inside the window of 12 months for another ten days. Nothing
# was issued or settled after the newest: the demo imports when its clock shows yesterday, which in Europe may still be
# the day before, and the server refuses what lies in the future. Nothing comes due between the other two but what slips,
# so that only that changes anything by the calendar in the demo's first week.
OLDEST, NEWEST, DUE_BEFORE, DUE_AFTER = -354, -4, -6, 8
SLIPPED = (-61, -1, None)  # issued, due, settled: due yesterday, with 60 days for payment, not settled


class Story(NamedTuple):
    """What makes an account another one than its grade says."""
    volume: str  # the grade that its volume gives
    invoices: int  # few, so that the list behind the rate is short
    late: float = LATE
    slips: bool = False  # it has SLIPPED too


# The nth customer of a branch with that opening grade, or as an ordinary customer in that stage. The demo's branch has
# one of each, and so has nearly every other; all other customers have what their grade says.
STORIES = {
    ("yellow", 3): Story("green", 12),  # a criterion for a better grade
    ("green", 2): Story("yellow", 12),  # a criterion for a worse one
    ("new", 1): Story("yellow", 8, late=0),  # a criterion for an admission
    ("yellow", 4): Story("yellow", 12, late=0.45),  # 5 of 9: below the floor from the import on
    ("red", 1): Story("red", 10, late=0.25, slips=True),  # 6 of 8, which is not below it; since today 6 of 9
}


def name_for(rng, region):
    if region == "EUROPE":
        return f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    return f"{rng.choice(PLACES)}{rng.choice(WORDS)}{rng.choice(TRADES)}"


def write(name, header, rows):
    with open(HERE / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def dates_of_due(rng, late):
    """(issued, due, settled) of an invoice that was due; None: not settled."""
    term = rng.choice(TERMS)
    due = rng.randint(OLDEST + term, DUE_BEFORE)
    settled = due + rng.randint(*DELAY) if late else due - rng.randint(*EARLY)
    return due - term, due, settled if settled <= NEWEST else None


def dates_of_open(rng):
    """Of one that is not due yet."""
    term = rng.choice(TERMS)
    issued = rng.randint(DUE_AFTER - term, NEWEST)
    return issued, issued + term, rng.randint(issued, NEWEST) if rng.random() < PAID_AHEAD else None


def dates_for(rng, count, story):
    """Of all invoices of a customer."""
    due = count - count // OPEN
    late = round(due * story.late)
    dates = [dates_of_due(rng, i < late) for i in range(due)] + [dates_of_open(rng) for _ in range(count - due)]
    return dates + [SLIPPED] if story.slips else dates


def amounts_for(rng, count, volume):
    """So many amounts in cents, which sum up to about the volume."""
    weights = [rng.uniform(0.4, 1.6) for _ in range(count)]
    return [round(100 * volume * weight / sum(weights)) for weight in weights]


def story_for(rng, kind, seen):
    """Of the `seen`th customer of that kind. An ordinary one usually buys less than the lowest band asks for."""
    usual = Story(kind, rng.randint(*INVOICES)) if kind in VOLUME else Story("black", rng.randint(*FEW_INVOICES))
    return STORIES.get((kind, seen), usual)


def invoices(today):
    """Rows of the file, in the order of issue, with the numbers of a printed block."""
    rng = random.Random(SEED)
    seen, found = Counter(), []
    with open(HERE / "customers.csv", encoding="utf-8", newline="") as file:
        customers = [c for c in csv.DictReader(file) if c["stage"] != "potential"]  # those have not bought yet
    for c in customers:
        kind = c["opening_grade"] or c["stage"]
        seen[c["branch"], kind] += 1
        story = story_for(rng, kind, seen[c["branch"], kind])
        dates = dates_for(rng, story.invoices, story)
        amounts = amounts_for(rng, len(dates), rng.uniform(*VOLUME[story.volume]))
        found += [(issued, c, amount, due, settled) for (issued, due, settled), amount in zip(dates, amounts)]
    found.sort(key=lambda row: row[0])

    def day(offset):
        return "" if offset is None else f"{today + dt.timedelta(days=offset):%Y/%m/%d}"
    return [(c["region"], c["branch"], c["number"], c["name"], f"{FIRST_NUMBER + i:08}", f"{cents / 100:,.2f}",
             day(issued), day(due), day(settled)) for i, (issued, c, cents, due, settled) in enumerate(found)]


def print_invoices():
    """With the date of the demo's branch as today, and a header as an accounting system there writes it."""
    sys.stdout.reconfigure(encoding="utf-8")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("大区", "分公司", "客户号", "客户名称", "发票号", "金额", "开票日期", "到期日", "结清日期"))
    writer.writerows(invoices(dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()))


def main():
    rng = random.Random(SEED)
    units, users, customers = [], [], []
    branches = []
    for code, name, zone, below in REGIONS:
        units.append((code, name, "region", "HQ", zone))
        users.append((f"{code.lower()}.verifier", f"{name} verifier", code, "manager", "verifier"))
        for branch, branch_name in below:
            units.append((branch, branch_name, "branch", code, zone))
            users.append((f"{branch.lower()}.manager", f"{branch_name} manager", branch, "supervisor", "submitter"))
            branches.append((code, branch))
    users += [("shanghai.clerk", "上海分公司 clerk", "SHANGHAI", "clerk", "submitter"),
              ("hq.approver", "总部 HQ approver", "HQ", "manager", "approver"),
              ("hq.cmo", "营销总监 CMO", "HQ", "director", "cmo"),
              ("hq.auditor", "审计 auditor", "HQ", "manager", "auditor")]
    for i in range(CUSTOMERS):
        region, branch = branches[i % len(branches)]
        grade = rng.choices(GRADES, WEIGHTS)[0]
        stage = "existing" if grade else rng.choice(["potential", "new"])
        customers.append((f"K{10001 + i}", name_for(rng, region), region, branch, stage, grade))
    write("units.csv", ("code", "name", "level", "parent", "zone"), units)
    write("users.csv", ("login", "name", "unit", "level", "role"), users)
    write("customers.csv", ("number", "name", "region", "branch", "stage", "opening_grade"), customers)


if __name__ == "__main__":
    if sys.argv[1:] == ["invoices"]:
        print_invoices()
    elif not sys.argv[1:]:
        main()
    else:
        sys.exit(f"usage: {sys.argv[0]} [invoices]")
