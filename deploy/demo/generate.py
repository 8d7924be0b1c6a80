#!/usr/bin/python3
"""Makes the demo's organisation and customers (units.csv, users.csv, customers.csv beside this file).

The seed is fixed, so the files are the same each time; they are committed and the demo reads them.
"""
import csv
import random
from pathlib import Path

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


def name_for(rng, region):
    if region == "EUROPE":
        return f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    return f"{rng.choice(PLACES)}{rng.choice(WORDS)}{rng.choice(TRADES)}"


def write(name, header, rows):
    with open(HERE / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


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
    main()
