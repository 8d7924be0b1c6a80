"""Headers of tables, and what messages call fields, as the real client prints them in both languages: the same word of the
protocol says different things in different places, and in Chinese these are different words."""
import re

import pytest

from harness import policies, standing
from harness.standing import DAY, Policy

HAN = re.compile(r"[\u4e00-\u9fff]")
# headers that are names in every language
NAMES = {"creditctl", "SHA-256"}
DRAFT = Policy(window_months=5, bands=(("green", 80_000_00), ("red", 3_000_00)), below_lowest="red", floor_bp=8000)


@pytest.fixture(scope="module")
def things(trading, cli, tmp_path_factory):
    """One of each: names that commands of the tables below have in braces."""
    number, today = trading.customer("red"), trading.today()
    trading.give(number, *trading.kept(3, 30_000_00, today - 40 * DAY, today - 10 * DAY))
    case = trading.apply(trading.customer("red"), "green")
    done = trading.bring(trading.apply(trading.customer("red"), "yellow"), "recorded")
    trading.connect("app").do("delegation_grant", substitute="appb", until=today.isoformat())
    draft = tmp_path_factory.mktemp("headers") / "draft.cfg"
    draft.write_text(policies.whole(DRAFT), encoding="utf-8")
    wrong = draft.with_name("wrong.cfg")
    wrong.write_text(policies.whole(DRAFT) + 'tests = ( { name = "wrong"; tier = "key"; volume = "1.00"; rate_bp = 10000; '
                     'expect = "green"; } );\n', encoding="utf-8")
    refused = cli("sub11", "application", "submit", number, "--to", "red", "-v", code=None)
    command = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", refused.stderr).group()
    calendar = draft.with_name("days.csv")
    calendar.write_text(f"day,kind,name\n{today.year + 1}-05-01,holiday,x\n", encoding="utf-8")
    cli("admin", "calendar", "import", calendar, "--unit", "HQ")
    return {"customer": number, "document": next(iter(trading.trades(number))), "case": case["id"], "done": done["id"],
            "draft": draft, "wrong": wrong, "month": today.isoformat()[:7], "first": (today - 30 * DAY).isoformat(),
            "future": (today + 30 * DAY).isoformat(), "refused": command}


def run(cli, things, language, login, words, code=0):
    return cli(login, "--lang", language, *(w.format(**things) for w in words.split()), output="table", code=code)


def headers(text):
    """Those of the first row; of a record the first cells of the lines up to the first empty one."""
    lines = text.split("\n\n")[0].splitlines()
    first = re.split(r"\s{2,}", lines[0].strip())
    if len(first) > 2 or len(lines) == 1:
        return first
    return [re.split(r"\s{2,}", line)[0] for line in lines]


def parts(text):
    """The tables of a text that stand below titles."""
    return [headers(part.partition("\n")[2]) for part in text.strip().split("\n\n")[1:]]


TABLES = [
    ("admin", "auth status", {"name": "姓名"}),
    ("admin", "admin status", {"now": "业务时间"}),
    ("admin", "version", {}),
    ("admin", "org list", {"name": "名称", "home_id": "归属大区"}),
    ("admin", "user list", {"name": "姓名", "job_level": "职级"}),
    ("admin", "calendar list --unit HQ", {"kind": "类型"}),
    ("aud", "audit verify", {"ok": "通过", "chains": "事件链数"}),
    ("aud", "customer list", {"number": "客户号", "tier": "客户类别"}),
    ("clerk11", "customer list", {"verdict": "冻结状态"}),
    ("aud", "customer show {customer}", {"number": "客户号"}),
    ("aud", "customer show {customer} --on {first} --known {future}", {"number": "客户号"}),
    ("aud", "customer explain {customer}", {}),
    ("aud", "customer history {customer}", {"kind": "类型", "actor": "操作人"}),
    ("aud", "application list", {"to_grade": "目标等级", "due_at": "到期"}),
    ("aud", "application show {case}", {"to_grade": "目标等级"}),
    ("aud", "application explain {case}", {"waits_for": "等待的步骤", "holders": "可处理人"}),
    ("aud", "application history {done}", {"kind": "类型", "actor": "操作人", "text": "理由或意见"}),
    ("ver1", "inbox", {"kind": "类型"}),
    ("sub11", "task list", {"kind": "类型"}),
    ("aud", "report due --days 365", {"told": "已上报给"}),
    ("aud", "report score --month {month}",
     {"submitted": "提交数", "verified": "审查数", "recorded": "生效数", "returned": "退回数", "overrides": "越权数",
      "emergencies": "紧急越权数"}),
    ("aud", "trade list {customer}", {"document": "单据号", "import": "导入编号"}),
    ("aud", "trade show {customer} {document}", {"document": "单据号"}),
    ("app", "delegation list", {"delegator": "被代理人", "from": "首日", "until": "截止日期", "kinds": "申请类型"}),
    ("maker", "policy list", {"proposed_by": "提议人", "proposed_at": "提议时间", "published_by": "发布人",
                              "effective_at": "生效时间"}),
    ("maker", "policy diff {draft}", {"key": "键", "before": "改前", "after": "改后"}),
    ("maker", "policy check {draft}", {"valid": "有效", "tests": "测试数"}),
    ("maker", "policy simulate {draft} --from {first}", {"from": "首日", "to": "末日", "customers": "客户数",
                                                         "demotions": "降级数"}),
    ("sub11", "policy route explain {customer} --to green", {"kind": "类型", "whole_days": "全程天数"}),
    ("sub11", "outcome {refused}", {"status": "结果", "reason": "原因", "known": "已知"}),
]


@pytest.mark.parametrize("login, words, wanted", TABLES, ids=[" ".join(one[:2]) for one in TABLES])
def test_headers(cli, things, login, words, wanted):
    """Every header has Chinese; those named here have the right one."""
    english, chinese = (run(cli, things, language, login, words, code=None).stdout for language in ("en", "zh_CN"))
    told = dict(zip(headers(english), headers(chinese), strict=True))
    assert {name: told.get(name) for name in wanted} == wanted
    for before, after in zip([headers(english), *parts(english)], [headers(chinese), *parts(chinese)], strict=True):
        assert len(before) == len(after)
        assert not [(a, b) for a, b in zip(before, after) if not HAN.search(b) and b not in NAMES]


def test_tables_below_a_simulation(cli, things):
    """Grades are words in every one of them."""
    text = run(cli, things, "zh_CN", "maker", "policy simulate {draft} --from {first}").stdout
    assert ["现行等级", "草案等级", "客户数"] in parts(text)
    assert not re.search("|".join(rf"\b{grade}\b" for grade in standing.GRADES), text)


MESSAGES = [
    ("ver1", "application assist {case} --ask nobody --reason r", "--ask nobody not found", "未找到 --ask nobody"),
    ("ver1", "application transfer {case} nobody", "login nobody not found", "未找到 登录名 nobody"),
    ("maker", "policy simulate {draft} --from {first} --until {future}", "--until is not valid; it must be: today or earlier",
     "--until 无效,要求:今天或以前"),
    ("sub11", "customer edit {customer} --manager nobody", "--manager nobody not found", "未找到 --manager nobody"),
    ("app", "delegation grant nobody --until {future}", "substitute nobody not found", "未找到 代理人 nobody"),
]


@pytest.mark.parametrize("login, words, english, chinese", MESSAGES)
def test_fields_in_messages(cli, things, login, words, english, chinese):
    for language, wanted in (("en", english), ("zh_CN", chinese)):
        line = run(cli, things, language, login, words, code=None).stderr.splitlines()[0]
        assert line.startswith(f"creditctl: {wanted} ("), line


def test_words_in_tables(cli, things):
    """Words of the client's own lists, and grades wherever they stand."""
    told = run(cli, things, "zh_CN", "app", "customer move {customer} K11-01 --branch B11 --reason r").stdout
    assert told.splitlines()[1].split()[-1] == "未变"
    told = run(cli, things, "zh_CN", "maker", "policy test {wrong}", code=7)
    assert re.search(r"wrong\s+绿名单\s+红名单\s+否$", told.stdout, re.MULTILINE), told
    assert told.stderr.startswith("creditctl: 测试 wrong 得出 红名单,应为 绿名单"), told


def test_a_command_that_was_refused_is_no_application_that_was(cli, things):
    """`rejected` is the state of one and the status of the other."""
    text = run(cli, things, "zh_CN", "sub11", "outcome {refused}").stdout
    assert re.search(r"^结果\s+被拒绝$", text, re.MULTILINE), text
