"""Assessments through creditctl: the form of the scorecard, filled in and entered; how a score and a standing are
explained; refusals by name; who may."""
import json
import os
import pty
import re
import signal
import subprocess
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest

from harness import dump, paths, policies
from harness.cli import Cli
from harness.standing import DAY, Policy, months_before
from harness.tables import columns_of, starts_of

TEXT = paths.POLICY.read_text(encoding="utf-8")
CARD = policies.settings(TEXT)
FACTORS = {f["name"]: f for f in CARD["scorecard"]["factors"]}
KINDS = [e["kind"] for e in CARD["evidence"]]
# What a customer of grade yellow has: 67 points.
VALUES = {"years_in_business": "12", "bank_dealings": "short arrears", "internal_management": "yes", "operator": "able",
          "staff": "60", "sales_growth": "1100/1000", "current_ratio": "1500/1000", "equity_ratio": "400/1000",
          "industry": "steady"}
NEEDED = ("licence", "statement_year", "statement_quarter", "bank_reference")
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh_CN"])


@pytest.fixture(scope="module", autouse=True)
def whole(pg, server):
    """In the end the database's own check finds nothing."""
    yield
    assert dump.integrity(pg.owner) == []


@pytest.fixture
def directory(run):
    """A place for a test's files."""
    return run.private_directory("forms")


# ---- what must come out ----

def points_of(factor, value):
    """Points of a value by the policy file."""
    rows = factor["points"]
    if factor["input"] in ("choice", "yes_no"):
        return next(row["points"] for row in rows if row["choice"] == value)
    over, _, under = value.partition("/")
    return next(row["points"] for row in rows
                if "from" not in row or Decimal(over) >= Decimal(row["from"]) * Decimal(under or 1))


def score_text(hundredth_basis_points):
    """A score, or a part of it, as text."""
    return f"{(Decimal(hundredth_basis_points) / 10_000).normalize():f}"


def score_of(values):
    """The score of values by the policy file, as text."""
    return score_text(sum(points_of(FACTORS[name], value) * FACTORS[name]["weight_bp"]
                          for name, value in values.items()))


# ---- forms ----

def filled(text, values, documents):
    """The printed form, filled in. `documents`: kind -> (number, dated, valid_to, file)."""
    for name, value in values.items():
        text = swapped(text, f'factor = "{name}"; value = ""', f'factor = "{name}"; value = "{value}"')
    empty = 'number = ""; dated = ""; valid_to = ""; file = ""'
    for kind, (number, dated, valid_to, file) in documents.items():
        text = swapped(text, f'kind = "{kind}"; {empty}',
                       f'kind = "{kind}"; number = "{number}"; dated = "{dated}"; valid_to = "{valid_to}"; '
                       f'file = "{file}"')
    return text


def swapped(text, before, after):
    """The text with one of its parts replaced."""
    assert text.count(before) == 1, before
    return text.replace(before, after)


@pytest.fixture(scope="module")
def printed(cli):
    """The form as it is printed."""
    return cli("sub11", "assessment", "form", output="table").stdout


@pytest.fixture
def form(printed, trading, directory):
    """form(values, documents): path of a filled form; documents not given are today's, with their kind as number."""
    def fill(values=None, kinds=NEEDED, name="form.cfg", **documents):
        today = trading.today().isoformat()
        given = {kind: (f"No {kind}", today, "", "") for kind in kinds} | documents
        path = directory / name
        path.write_text(filled(printed, VALUES if values is None else values, given), encoding="utf-8")
        return path
    return fill


@pytest.fixture
def enter(cli, form):
    """enter(number, ...): enters a form; gives the answer."""
    def run(number, *words, values=None, code=0, login="sub11", **documents):
        return cli(login, "assessment", "enter", number, "--form", form(values, **documents), *words, code=code)
    return run


def test_the_form_names_every_factor_and_document(printed):
    known = policies.settings(printed)
    assert [v["factor"] for v in known["values"]] == list(FACTORS) and not any(v["value"] for v in known["values"])
    assert [d["kind"] for d in known["documents"]] == KINDS and "review" not in known
    for name, factor in FACTORS.items():
        comment = re.search(rf'// (.*)\n  {{ factor = "{name}"', printed).group(1)
        assert factor["group"] in comment and f"{factor['weight_bp'] / 100:.2f} %" in comment
        assert ("optional" in comment) == factor.get("optional", False)
        assert factor.get("evidence", "") in comment
        assert all(f'"{row["choice"]}"' in comment for row in factor["points"] if "choice" in row)
    assert re.search(r'// .*120 months.*admission, change, periodic, years_in_business\n.*"licence"', printed)


def test_the_form_in_other_formats_and_in_chinese(cli):
    told = cli("sub11", "assessment", "form").json
    assert told["policy_version"] == 1 and told["valid_months"] == 12
    assert {f["name"]: [r["points"] for r in f["rows"]] for f in told["factors"]} == {
        name: [row["points"] for row in factor["points"]] for name, factor in FACTORS.items()}
    assert [(f["weight_bp"], f["required"]) for f in told["factors"]] == [
        (f["weight_bp"], not f.get("optional", False)) for f in FACTORS.values()]
    assert {c["review"]: c["kinds"] for c in told["checklists"]} == {
        r["kind"]: r["evidence"] for r in CARD["reviews"]}
    lines = cli("sub11", "assessment", "form", output="csv").stdout.splitlines()
    assert lines[0] == "name,group,input,weight_bp,required,evidence" and len(lines) == len(FACTORS) + 1
    chinese = cli("sub11", "--lang", "zh_CN", "assessment", "form", output="table").stdout
    assert all(word in chinese for word in ("评分表", "信用评估", "权重", "基本情况", "资料", "有效"))
    assert policies.settings(chinese) == policies.settings(cli("sub11", "assessment", "form", output="table").stdout)


# ---- entering ----

def test_a_form_is_entered(cli, trading, form, directory):
    number, today = trading.customer("green"), trading.today()
    scan = directory / "scans" / "licence.pdf"
    scan.parent.mkdir()
    scan.write_bytes(os.urandom(200_000))
    ends = (today + 40 * DAY).isoformat()
    path = form(licence=("91310000", today.isoformat(), ends, "scans/licence.pdf"))
    told = cli("sub11", "assessment", "enter", number, "--form", path).json
    assert (told["score"], told["grade"], told["in_band"]) == (score_of(VALUES), "yellow", True) and told["score"] == "67"
    assert told["valid_to"] == months_before(today, -12).isoformat() and told["assessed_on"] == today.isoformat()
    assert (told["review"], told["entered_by"], told["customer_number"]) == ("periodic", "sub11", number)
    assert told["customer_version"] == trading.show(number)["customer"]["version"]
    factors = {f["factor"]: f for f in told["factors"]}
    assert list(factors) == list(FACTORS)
    for name, value in VALUES.items():
        points, weight = points_of(FACTORS[name], value), FACTORS[name]["weight_bp"]
        assert (factors[name]["value"], factors[name]["points"], factors[name]["weight_bp"], factors[name]["score"]) == (
            value, points, weight, score_text(points * weight))
    assert not {"value", "points", "score", "document"} & factors["collateral"].keys()
    digest = subprocess.run(["sha256sum", scan], capture_output=True, text=True, check=True).stdout.split()[0]
    licence = {"kind": "licence", "number": "91310000", "dated": today.isoformat(), "valid_to": ends, "sha256": digest}
    assert factors["years_in_business"]["document"] == licence == told["documents"][0]
    assert [d["kind"] for d in told["documents"]] == [kind for kind in KINDS if kind in NEEDED]


@LANGUAGES
def test_it_is_printed_as_a_table(cli, trading, form, language):
    number = trading.customer("green")
    shown = cli("sub11", "--lang", language, "assessment", "enter", number, "--form", form(), output="table").stdout
    head, calculation, documents = shown.split("\n\n")
    words = {"en": ("score", "valid_to", "yellow", "periodic"), "zh_CN": ("评分", "有效期至", "黄名单", "定期")}[language]
    assert all(word in head for word in words)
    lines = calculation.splitlines()[1:]
    starts = starts_of(lines[0])
    rows = [columns_of(line, starts) for line in lines]
    assert len(starts) == 7 and rows[1][0] == "years_in_business"
    assert rows[1][1] == {"en": "basics", "zh_CN": "基本情况"}[language] and rows[1][2:6] == ["12", "100", "1000", "10"]
    assert "No licence" in rows[1][6] and trading.today().isoformat() in rows[1][6]
    assert len(rows) == len(FACTORS) + 2 and rows[-1][4:6] == ["10000", "67"]
    assert len(documents.splitlines()) == len(NEEDED) + 2


def test_the_review_is_that_of_form_or_flag(cli, trading, printed, form, enter):
    number = trading.customer()
    error = enter(number, code=7).error
    assert (error["reason"], error["message"]) == ("EVIDENCE_MISSING", "the document legal_rep is missing")
    assert enter(number, "--review", "change").json["review"] == "change"
    path = form()
    text = path.read_text(encoding="utf-8")
    path.write_text(swapped(text, '// review = "change";', 'review = "change";'), encoding="utf-8")
    assert cli("sub11", "assessment", "enter", number, "--form", path).json["review"] == "change"
    assert cli("sub11", "assessment", "enter", number, "--form", path, "--review",
               "periodic").json["review"] == "periodic"
    assert enter(number, kinds=(*NEEDED, "legal_rep")).json["review"] == "admission"
    assert enter(number, "--review", "yearly", code=2).error["reason"] == "UNKNOWN_REVIEW"
    assert "review" not in policies.settings(printed)


def test_the_same_command_again(cli, trading, form):
    number, command = trading.customer("green"), str(uuid.uuid4())
    path = form()
    first = cli("sub11", "assessment", "enter", number, "--form", path, "--command-id", command).json
    again = cli("sub11", "assessment", "enter", number, "--form", path, "--command-id", command).json
    assert again == {"id": first["id"], "customer_version": first["customer_version"]}
    assert len(cli("sub11", "assessment", "list", number).json) == 1
    other = form({**VALUES, "staff": "61"}, name="other.cfg")
    error = cli("sub11", "assessment", "enter", number, "--form", other, "--command-id", command, code=6).error
    assert error["reason"] == "ID_REUSED"
    assert cli("sub11", "outcome", command).json["entity_id"] == first["id"]


def test_decided_on_another_version(trading, enter):
    number = trading.customer("green")
    version = trading.show(number)["customer"]["version"]
    error = enter(number, "--if-version", version + 1, code=6).error
    assert error["reason"] == "STALE_VERSION" and number in error["hint"]
    assert enter(number, "--if-version", version).json["customer_version"] == version + 1


# ---- refusals ----

WITHOUT_STAFF = {name: value for name, value in VALUES.items() if name != "staff"}


@pytest.mark.parametrize(("values", "documents", "reason", "message", "chinese"), ids=range(10), argvalues=[
    ({**VALUES, "years_in_business": "many"}, {}, "FACTOR_VALUE",
     "many is no value of factor years_in_business: a number with at most 4 decimals", "至多 4 位小数"),
    ({**VALUES, "sales_growth": "1/0"}, {}, "FACTOR_VALUE",
     "1/0 is no value of factor sales_growth: two numbers, OVER/UNDER, with UNDER more than 0", "分母大于 0"),
    ({**VALUES, "operator": "old"}, {}, "FACTOR_VALUE",
     "old is no value of factor operator: one of experienced, able, new", "以下之一:experienced, able, new"),
    (WITHOUT_STAFF, {}, "FACTOR_MISSING", "factor staff needs a value", "评价指标 staff"),
    (VALUES, {"kinds": NEEDED[1:]}, "EVIDENCE_MISSING", "the document licence is missing", "缺少资料 licence"),
    ({**VALUES, "collateral": "yes"}, {}, "EVIDENCE_MISSING", "the document guarantee is missing", "缺少资料 guarantee"),
    (VALUES, {"statement_quarter": ("Q", "2020-03-31", "", "")}, "EVIDENCE_EXPIRED",
     "the document statement_quarter was valid until 2020-09-30", "有效期至 2020-09-30"),
    (VALUES, {"licence": ("L", "2020-01-01", "2020-06-30", "")}, "EVIDENCE_EXPIRED",
     "the document licence was valid until 2020-06-30", "有效期至 2020-06-30"),
    (VALUES, {"licence": ("L", "2999-01-01", "", "")}, "FIELD_INVALID", "documents is not valid; it must be: dated today or earlier",
     "日期为今天或以前"),
    (VALUES, {"licence": ("x" * 101, "2020-01-01", "", "")}, "FIELD_INVALID",
     "documents is not valid; it must be: a number of 1 to 100 characters", "1 至 100 个字符"),
])
def test_refused_by_name(cli, trading, form, pg, values, documents, reason, message, chinese):
    number = trading.customer("green")
    path = form(values, **documents)
    before = dump.everything(pg.owner)
    error = cli("sub11", "assessment", "enter", number, "--form", path, code=7).error
    assert dump.everything(pg.owner) == before
    assert (error["reason"], error["message"]) == (reason, message) and error["hint"] and error["executed"] is False
    told = cli("sub11", "--lang", "zh_CN", "assessment", "enter", number, "--form", path, code=7).error
    assert chinese in told["message"]


@pytest.mark.parametrize(("before", "after", "reason", "message"), [
    ('factor = "staff"', 'factor = "stuff"', "UNKNOWN_FACTOR", "the scorecard has no factor stuff"),
    ('kind = "licence"', 'kind = "license"', "UNKNOWN_EVIDENCE", "the policy has no kind of document license"),
    ('factor = "staff"', 'factor = "operator"', "FIELD_INVALID", "values is not valid; it must be: each factor once"),
    ('kind = "licence"', 'kind = "bank_reference"', "FIELD_INVALID", "documents is not valid; it must be: each kind once"),
])
def test_names_that_the_policy_does_not_have(cli, trading, form, before, after, reason, message):
    path = form()
    path.write_text(swapped(path.read_text(encoding="utf-8"), before, after), encoding="utf-8")
    error = cli("sub11", "assessment", "enter", trading.customer("green"), "--form", path, code=7).error
    assert (error["reason"], error["message"]) == (reason, message)


@pytest.mark.parametrize(("before", "after", "what"), [
    ('value = "60"', "value = 60", "values[5].value: must be a text"),
    ('value = "60"', "value = \"60\"; }, { factor = ", "syntax error"),
    ('factor = "staff"', 'faktor = "staff"', "values[5].faktor: unknown key, the nearest is values[5].factor"),
    ('kind = "licence"; number = "No licence"', 'kind = "licence"; number = " "', "documents[1].number: is empty"),
    ('kind = "licence"; number = "No licence"; dated = "', 'kind = "licence"; number = "1"; dated = "no ',
     "documents[1].dated: is \"no "),
    ('valid_to = ""; file = ""; },\n  // valid for 120 months from its date; needed for admission\n',
     'valid_to = "2027"; file = ""; },\n', "documents[1].valid_to: is \"2027\""),
    ('valid_to = ""; file = ""; },\n  // valid for 120 months from its date; needed for admission\n',
     'valid_to = ""; file = "nothing.pdf"; },\n', "nothing.pdf: No such file"),
    ('// review = "change";', 'review = "yearly";', 'review: is "yearly", must be one of admission, change, periodic'),
    ('// review = "change";', '@include "other.cfg"', "@include is not allowed"),
])
def test_mistakes_of_a_form_are_told_with_line_and_key(cli, trading, form, pg, before, after, what):
    number, path = trading.customer("green"), form()
    text = path.read_text(encoding="utf-8")
    path.write_text(swapped(text, before, after), encoding="utf-8")
    rows = dump.everything(pg.owner)
    error = cli("sub11", "assessment", "enter", number, "--form", path, code=2).error
    assert dump.everything(pg.owner) == rows and (error["reason"], error["field"]) == ("FORM", "form")
    line = text[:text.index(before)].count("\n") + 1
    assert f"{path}:{line}: " in error["message"] and what in error["message"], error
    told = cli("sub11", "--lang", "zh_CN", "assessment", "enter", number, "--form", path, code=2).error
    assert told["message"].startswith("表格无法使用")


def test_a_form_that_is_not_there(cli, trading, directory):
    error = cli("sub11", "assessment", "enter", trading.customer("green"), "--form", directory / "no.cfg", code=2).error
    assert error["reason"] == "FILE" and "no.cfg" in error["message"]


def test_a_form_of_another_system(cli, trading, form):
    """Line ends of other editors, and everything in one folder."""
    path = form(licence=("1", trading.today().isoformat(), "", "scan.pdf"))
    (path.parent / "scan.pdf").write_bytes(b"")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    done = cli.run("-p", "sub11", "assessment", "enter", trading.customer("green"), "--form", path, "-o", "json")
    assert done.json["documents"][0]["sha256"] == \
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


# ---- who may ----

def test_clerks_and_others_are_refused(cli, trading, form, enter):
    number = trading.customer("green")
    enter(number)
    for words in (("form",), ("list", number), ("explain", number), ("enter", number, "--form", form())):
        assert cli("clerk11", "assessment", *words, code=5).error["reason"] == "LEVEL_TOO_LOW", words
        assert cli("admin", "assessment", *words, code=5).error["reason"] == "ADMINISTRATOR_ONLY_UNITS_AND_USERS"
    for words in (("list", number), ("explain", number), ("enter", number, "--form", form())):
        assert cli("sub12", "assessment", *words, code=3).error["reason"] == "NOT_FOUND", words
        assert cli("sub21", "assessment", *words, code=3).error["field"] == "customer", words
    assert cli("ver1", "assessment", "enter", number, "--form", form(), code=5).error["reason"] == "ROLE_MISSING"
    assert len(cli("ver1", "assessment", "list", number).json) == 1


# ---- list, explain ----

GOOD = {**VALUES, "bank_dealings": "no arrears", "sales_growth": "1300/1000", "equity_ratio": "600/1000",
        "operator": "experienced"}


@pytest.fixture(scope="module")
def assessed(cli, trading, printed, run):
    """(number, ids of its assessments, newest first) of a key account with a volume of 3 million."""
    number, today = trading.customer("green"), trading.today()
    path, ids = run.private_directory("assessed") / "form.cfg", []
    documents = {kind: (f"No {kind}", today.isoformat(), "", "") for kind in NEEDED}
    for values in (GOOD, VALUES):
        path.write_text(filled(printed, values, documents), encoding="utf-8")
        ids.insert(0, cli("sub11", "assessment", "enter", number, "--form", path).json["id"])
    trading.give(number, *trading.kept(3, 1_000_000_00, today - 60 * DAY, today - 30 * DAY))
    return number, ids


def test_all_assessments_newest_first(cli, assessed):
    number, ids = assessed
    listed = cli("aud", "assessment", "list", number).json
    assert [a["id"] for a in listed] == ids
    assert [a["score"] for a in listed] == [score_of(VALUES), score_of(GOOD)]
    assert cli("aud", "assessment", "list", number, "-q", output="table").stdout.split() == ids
    lines = cli("aud", "assessment", "list", number, output="csv").stdout.splitlines()
    assert lines[0].startswith("id,review,assessed_on,valid_to,score,grade") and len(lines) == 3
    chinese = cli("aud", "--lang", "zh_CN", "assessment", "list", number, output="table").stdout.splitlines()
    assert "有效期至" in chinese[0] and "评分" in chinese[0] and "黄名单" in chinese[1] and ids[0] in chinese[1]


def test_the_newest_one_is_explained(cli, assessed):
    number, ids = assessed
    told = cli("ver1", "assessment", "explain", number).json
    assert (told["id"], told["score"], told["policy_version"]) == (ids[0], score_of(VALUES), 1)
    explanation = told["explanation"]
    assert explanation["combine"] == "worse" and explanation["band"] == "yellow"
    assert explanation["assessment"] == {k: v for k, v in told.items() if k != "explanation"}
    assert explanation["lift"] == {"grade": "green", "volume": {"amount": "2000000.00", "currency": "CNY"}, "score": "13"}
    assert explanation["further_lifts"] == []
    moves = {m["factor"]: m for m in explanation["moves"]}
    assert moves["bank_dealings"] == {"factor": "bank_dealings", "choice": "no arrears", "gain": "5", "enough": False,
                                      "evidence": "bank_reference"}
    assert moves["equity_ratio"]["from"] == "0.5" and moves["equity_ratio"]["gain"] == "4.5"
    assert "years_in_business" not in moves and len(moves) == 9
    assert explanation == cli("aud", "customer", "show", number).json["explanation"]
    assert cli("aud", "customer", "explain", number).json == cli("aud", "customer", "show", number).json


EXPLAINED = {
    "en": ("67 points: yellow", "the worse of the grades of volume and score", "volume +2,000,000.00 CNY",
           "13 points of the score", "0.5 or more", "no arrears", "together"),
    "zh_CN": ("67 分:黄名单", "交易量等级与评分等级中较差的", "交易量 +2,000,000.00 CNY", "评分 13 分", "0.5 及以上", "no arrears",
              "合计", "有效期至"),
}


@LANGUAGES
@pytest.mark.parametrize("noun", ["assessment", "customer"])
def test_explained_in_words(cli, assessed, noun, language):
    number, ids = assessed
    shown = cli("aud", "--lang", language, noun, "explain", number, output="table").stdout
    for word in EXPLAINED[language]:
        assert word in shown, word
    assert "No bank_reference" in shown and re.search(r"bank_dealings .* 50 +1000 +5 ", shown)
    assert (ids[0] in shown) == (noun == "assessment")
    if noun == "customer":
        assert all(word in shown for word in ("3,000,000.00 CNY", "75.00%", "100.00%", "1,000,000.00"))
        assert ids[1] not in shown


def test_a_customer_is_explained_on_another_date(cli, assessed, trading):
    number, _ = assessed
    today = trading.today()
    told = cli("aud", "customer", "explain", number, "--on", today - DAY, "--known", today).json
    assert told["as_of"]["on"] == told["explanation"]["on"] == (today - DAY).isoformat()
    assert "assessment" not in told["explanation"]
    ended = months_before(today, -12) + DAY
    shown = cli("aud", "customer", "explain", number, "--on", ended, output="table").stdout
    assert "none that counts" in shown and "since no score counts" in shown
    assert cli("aud", "customer", "explain", number, "--on", "soon", code=2).error["field"] == "on"


@LANGUAGES
def test_a_customer_is_shown_with_one_line_on_the_score(cli, assessed, language):
    number, _ = assessed
    lines = cli("aud", "--lang", language, "customer", "show", number, output="table").stdout.splitlines()
    label = {"en": "score", "zh_CN": "评分"}[language]
    assert [EXPLAINED[language][0] in line for line in lines if line.startswith(f"{label} ")] == [True]
    assert not any("bank_dealings" in line for line in lines)


def test_nothing_to_explain(cli, trading):
    number = trading.customer("green")
    error = cli("sub11", "assessment", "explain", number, code=3).error
    assert (error["reason"], error["field"]) == ("NOT_FOUND", "assessment") and f"assessment enter {number}" in error["hint"]
    assert cli("sub11", "assessment", "list", number).json == []
    done = cli("sub11", "customer", "explain", number, output="table")
    assert number in done.stdout and "nothing is computed" in done.stderr
    done = cli("clerk11", "customer", "explain", number, output="table")
    assert "green" not in done.stdout and "not for you to see" in done.stderr


# ---- at the terminal ----

def at_terminal(cli, *words):
    """creditctl with a terminal as its input: (process, the other end, the terminal)."""
    master, slave = pty.openpty()
    client = subprocess.Popen([paths.CREDITCTL, "-p", "sub11", "assessment", "enter", *words, "-o", "json"],
                              env=cli.environment(), stdin=slave, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8")
    return client, master, slave


def answered(cli, number, *lines):
    """What comes of it when these lines are typed: (exit code, output, what was asked)."""
    client, master, slave = at_terminal(cli, number)
    os.write(master, "".join(f"{line}\n" for line in lines).encode())
    out, asked = client.communicate(timeout=30)
    os.close(master)
    os.close(slave)
    return client.returncode, out, asked


def test_asked_for_at_the_terminal(cli, trading, directory):
    """A slip is asked for again; documents are those of the review and of the values."""
    number, today = trading.customer("green"), trading.today().isoformat()
    scan = directory / "scan.pdf"
    scan.write_bytes(b"scan")
    values = [{**VALUES, "collateral": "yes"}.get(name, "") for name in FACTORS]
    values[:1] = ["many", "１２ "]
    documents = []
    for kind in ("licence", "statement_year", "statement_quarter", "bank_reference", "guarantee"):
        documents += [f"No {kind}", today, "", ""]
    documents[:4] = ["", "No licence", "soon", today, today, directory / "no.pdf", scan]
    code, out, asked = answered(cli, number, *values, *documents)
    assert code == 0, asked
    told = json.loads(out)
    assert told["score"] == score_of({**VALUES, "collateral": "yes"}) and told["review"] == "periodic"
    assert [d["kind"] for d in told["documents"]] == ["licence", "statement_year", "statement_quarter",
                                                      "bank_reference", "guarantee"]
    assert told["documents"][0]["valid_to"] == today
    assert told["documents"][0]["sha256"] == subprocess.run(["sha256sum", scan], capture_output=True, text=True,
                                                            check=True).stdout.split()[0]
    for words in ("it must be a number with at most 4 decimals", "soon is no date", "no.pdf: No such file",
                  '"no arrears", "short arrears", "arrears"'):
        assert words in asked, words
    assert asked.count("years_in_business (") == 2 and "legal_rep" not in asked


def test_given_up_at_the_terminal(cli, trading):
    number = trading.customer("green")
    client, master, slave = at_terminal(cli, number)
    asked = ""
    while "): " not in asked:
        asked += client.stderr.read(1)
    client.send_signal(signal.SIGINT)
    _, told = client.communicate(timeout=30)
    assert client.returncode == 130 and json.loads(told.splitlines()[-1])["reason"] == "INTERRUPTED"
    os.close(master)
    os.close(slave)
    code, _, told = answered(cli, number, "12", "\x04")
    assert code == 2 and "ended" in json.loads(told.splitlines()[-1])["message"]
    assert cli("sub11", "assessment", "list", number).json == []


def test_nobody_to_ask(cli, trading):
    error = cli("sub11", "assessment", "enter", trading.customer("green"), code=2).error
    assert (error["reason"], error["field"]) == ("USAGE", "form") and "assessment form" in error["hint"]


# ---- due, and both ways up ----

DUE = ("task", "list", "--kind", "assessment")


@pytest.fixture
def elsewhere(apart, run, tokens):
    """(Trading, Cli) on a database of their own."""
    trading = apart(replace(Policy(), bands=(("green", 5_000_000_00), ("yellow", 2_000_000_00), ("red", 500_000_00))))
    return trading, Cli(run.private_directory("elsewhere"), trading.server, tokens)


def write_form(cli, directory, trading):
    """A filled form of that server; its path."""
    today = trading.today().isoformat()
    path = directory / "form.cfg"
    path.write_text(filled(cli("sub11", "assessment", "form", output="table").stdout, VALUES,
                           {kind: (kind, today, "", "") for kind in NEEDED}), encoding="utf-8")
    return path


def test_due_before_the_end_of_a_score(elsewhere, directory):
    trading, cli = elsewhere
    numbers = [trading.customer("green") for _ in range(3)]
    theirs = trading.customer("green", branch="B12")
    path = write_form(cli, directory, trading)
    for number in numbers:
        cli("sub11", "assessment", "enter", number, "--form", path)
    cli("sub12", "assessment", "enter", theirs, "--form", path)
    valid_to = months_before(trading.today(), -12)
    trading.go_to(valid_to - 31 * DAY)
    assert cli("aud", *DUE).json == []
    trading.go_to(valid_to - 30 * DAY)
    due = cli("aud", *DUE).json
    assert {d["customer_number"] for d in due} == {*numbers, theirs}
    assert {d["due_on"] for d in due} == {valid_to.isoformat()}
    assert [d["customer_number"] for d in cli("aud", *DUE, "--branch", "B12").json] == [theirs]
    assert {d["customer_number"] for d in cli("sub11", *DUE).json} == set(numbers)
    assert cli("aud", *DUE, "--limit", "2").json == due[:2]
    assert cli("aud", *DUE, "--limit", "0", code=2).error["field"] == "limit"
    assert cli("aud", *DUE, "--branch", "B99", code=3).error["reason"] == "NOT_FOUND"
    trading.go_to(valid_to + DAY)
    assert {d["customer_number"] for d in cli("aud", *DUE).json} == {*numbers, theirs}
    chinese = cli("aud", "--lang", "zh_CN", *DUE, output="table").stdout
    assert "到期日" in chinese and theirs in chinese
    cli("sub11", "assessment", "enter", numbers[0], "--form", write_form(cli, directory, trading))
    assert numbers[0] not in {d["customer_number"] for d in cli("aud", *DUE).json}


def test_both_ways_up_nearest_first(elsewhere, directory):
    trading, cli = elsewhere
    text = policies.without(TEXT.replace('combine = "worse";', 'combine = "better";'), "tests")
    policies.put_in_force(trading.server, trading.tokens, text)
    number, today = trading.customer("green"), trading.today()
    cli("sub11", "assessment", "enter", number, "--form", write_form(cli, directory, trading))
    trading.give(number, *trading.kept(4, 1_000_000_00, today - 60 * DAY, today - 30 * DAY))
    told = cli("aud", "customer", "explain", number).json["explanation"]
    assert told["combine"] == "better"
    assert told["lift"] == {"grade": "green", "score": "13"}
    assert told["further_lifts"] == [{"grade": "green", "volume": {"amount": "1000000.00", "currency": "CNY"}}]
    shown = cli("aud", "customer", "explain", number, output="table").stdout
    assert shown.index("13 points of the score") < shown.index("volume +1,000,000.00 CNY")
    trading.give(number, *trading.missed(4, 1_00, today - 60 * DAY, today - 29 * DAY))
    shown = cli("aud", "customer", "explain", number, output="table").stdout
    assert "8 trades, due and fulfilled" in shown and "below the floor" in shown
