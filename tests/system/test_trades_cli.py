"""trade import through creditctl: files as they come, bad rows named, mended and taken, an import that was interrupted
goes on; and what people see of trades and standing, in Chinese too."""
import csv
import datetime as dt
import json
import os
import random
import re
import signal
import subprocess
from collections import Counter

import pytest

from harness import dump, files, held, paths
from harness.cli import Cli
from harness.process import wait_until
from harness.relay import Relay
from harness.standing import DAY, Policy
from harness.tables import columns_of, starts_of

SEED = 5
POLICY = Policy(rates=(("USD", dt.date(2020, 1, 1), "7.1"),))


@pytest.fixture(scope="module", autouse=True)
def whole(pg, server):
    """In the end the database's own check finds nothing."""
    yield
    assert dump.integrity(pg.owner) == []


@pytest.fixture
def directory(run):
    """A place for a test's files."""
    return run.private_directory("trades")


@pytest.fixture
def usual(directory):
    """A mapping whose columns are named like its keys."""
    return files.write_mapping(directory)


def take(cli, path, mapping, *words, login="sub11", code=0, **more):
    return cli(login, "trade", "import", path, "--mapping", mapping, *words, code=code, **more)


def refused(done):
    """The refused rows, which stand on stderr before the error."""
    lines = [json.loads(text) for text in done.stderr.splitlines() if text.startswith("{")]
    return [row for row in lines if "line" in row]


def some_trades(trading, count):
    """Trades that were all kept, each of another amount."""
    today = trading.today()
    return [trading.trade(10_000 + n, today - 60 * DAY, today - 30 * DAY, today - 30 * DAY) for n in range(count)]


# ---- bad rows ----

# kind: (what is changed in the cells of a good row, column that is named). {twice}, {other}: see below.
BAD = {
    "no such day": ({"issued": "2026-02-30"}, "issued"),
    "no number": ({"amount": "much"}, "amount"),
    "a part of a cent": ({"amount": "1.234"}, "amount"),
    "nothing": ({"amount": "0.00"}, "amount"),
    "no such branch": ({"branch": "B99"}, "branch"),
    "another branch": ({"branch": "B12"}, "branch"),
    "no such customer": ({"customer": "nobody"}, "customer"),
    "no document": ({"document": ""}, "document"),
    "due before it was issued": ({"due": "1999-01-01"}, "due"),
    "settled in the future": ({"settled": "2999-01-01"}, "settled"),
    "a document twice": ({"document": "{twice}"}, "document"),
    "a document of another": ({"document": "{other}"}, "document"),
}
EACH = 5
AMONG_ROWS = ("a document twice", "a document of another")


def planted(trading, number, other, kinds=tuple(BAD)):
    """(lines of the file, line number -> column named, bad line -> mended line, documents in the end)."""
    source = random.Random(SEED)
    trades = some_trades(trading, 200 + len(BAD) * EACH)
    good, spare = trades[:200], iter(trades[200:])
    theirs = some_trades(trading, 1)[0]
    lines = [files.trade_line(number, t) for t in good]
    head, rest, mended = lines[:1] + [files.trade_line(other, theirs)], lines[1:], {}
    for change, column in [BAD[kind] for kind in kinds] * EACH:
        trade = next(spare)
        right = dict(zip(files.COLUMNS, next(csv.reader([files.trade_line(number, trade)]))))
        values = {key: text.format(twice=good[0].document, other=theirs.document) for key, text in change.items()}
        wrong = files.line({**right, **values}.values())
        mended[wrong] = files.trade_line(number, trade), column
        rest.append(wrong)
    source.shuffle(rest)
    lines = head + rest
    return lines, {lines.index(bad) + 2: column for bad, (_, column) in mended.items()}, mended, trades, theirs


def test_sixty_bad_rows_are_named_mended_and_taken(cli, trading, directory, usual):
    number, other = trading.customer("red"), trading.customer("red")
    lines, expected, mended, trades, theirs = planted(trading, number, other)
    path = files.write_lines(directory / "trades.csv", lines)
    rejects = directory / "rejected.csv"
    done = take(cli, path, usual, "--reject-file", rejects, code=9)
    assert done.error["reason"] == "ROWS_REFUSED" and len(expected) == len(BAD) * EACH == 60
    assert {row["line"]: row.get("column") for row in refused(done)} == expected
    assert all(row["reason"] and row["message"] and row["executed"] is False for row in refused(done))
    assert len(Counter(row["reason"] for row in refused(done))) >= 6
    assert (done.json["added"], done.json["refused"]) == (201, 60)
    assert set(trading.trades(number)) == {t.document for t in trades[:200]}
    assert set(trading.trades(other)) == {theirs.document}

    header, *bad = rejects.read_text(encoding="utf-8").splitlines()
    assert header == files.line(files.COLUMNS) and Counter(bad) == Counter(mended.keys())
    again = files.write_lines(directory / "mended.csv", [mended[text][0] for text in bad])
    done = take(cli, again, usual)
    assert (done.json["added"], done.json["refused"]) == (60, 0)
    assert {t["document"]: t["amount_minor"] for t in trading.trades(number).values()} == {
        t.document: t.amount for t in trades}
    done = take(cli, path, usual, code=9)
    assert (done.json["added"], done.json["changed"], done.json["unchanged"]) == (0, 0, 201)


def test_rows_that_are_no_rows(cli, trading, directory, usual):
    """Another number of fields, a quote that is open, bytes of another encoding."""
    number = trading.customer("red")
    good = [files.trade_line(number, t).encode() for t in some_trades(trading, 3)]
    path, rejects = directory / "trades.csv", directory / "rejected.csv"
    bad = [b"B11,too few", b'B11,"open,1,2,2026-01-01,2026-01-01,', b"B11,\xff\xfe,1,2,2026-01-01,2026-01-01,"]
    path.write_bytes(b"\n".join([files.line(files.COLUMNS).encode(), good[0], bad[0], good[1], bad[1], bad[2], good[2],
                                 b""]))
    done = take(cli, path, usual, "--reject-file", rejects, code=9)
    assert [row["line"] for row in refused(done)] == [3, 5, 6]
    assert done.json["added"] == 3 and len(trading.trades(number)) == 3
    assert rejects.read_bytes().splitlines()[1:] == bad


def test_all_rows_bad_is_refused_and_a_bad_mapping_is_named(cli, trading, directory, usual):
    number = trading.customer("red")
    line = files.line(["B99", number, "1", "1", "2026-01-01", "2026-01-01", ""])
    bad = files.write_lines(directory / "bad.csv", [line])
    assert take(cli, bad, usual, code=7).error["executed"] is False
    wrong = directory / "wrong.cfg"
    wrong.write_text(files.mapping().replace("document", "dokument", 1), encoding="utf-8")
    error = take(cli, bad, wrong, code=2).error
    assert "wrong.cfg" in error["message"] and "dokument" in error["message"] and "document" in error["message"]
    other = files.write_lines(directory / "other.csv", ["B11,1"], ("branch", "customr"))
    error = take(cli, other, usual, code=2).error
    assert "customer" in error["message"]
    assert take(cli, directory / "nothing.csv", usual, code=2).error["reason"] == "FILE"
    assert not trading.trades(number)


# ---- files as they come ----

CHINESE = {"branch": "分公司", "customer": "客户编号", "customer_name": "客户名称", "document": "单据号", "amount": "金额",
           "issued": "开票日期", "due": "到期日", "settled": "结清日", "cancelled": "状态"}
# cells of amount and dates -> what is meant
WRITTEN = [("120万", "2026年1月5日", 1_200_000_00, "2026-01-05"), ("１，２３４．５０", "2026/1/5", 1_234_50, "2026-01-05"),
           ("1,234.5", "２０２６-０１-０５", 1_234_50, "2026-01-05"), ("1.2亿元", "20260105", 120_000_000_00, "2026-01-05"),
           ("¥55.94", "2026/01/05", 55_94, "2026-01-05")]
DATES = ("YYYY-MM-DD", "YYYY年M月D日", "YYYY/M/D", "YYYYMMDD")


@pytest.mark.parametrize("encoding, end", [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("gb18030", "\r\n")],
                         ids=["plain", "BOM and CRLF", "GB18030"])
def test_files_from_spreadsheets(cli, trading, directory, encoding, end):
    number = trading.customer("red")
    mapping = files.write_mapping(directory, columns=CHINESE, dates=DATES, create=True,
                                  words={"cancelled": ["作废", "红冲"]})
    document = trading.document()
    lines = [files.line(["B11", number, "深圳“联通”𠮷野家,有限公司", f"00{document}-{n}", amount, day, day, "", ""])
             for n, (amount, day, *_) in enumerate(WRITTEN)]
    lines.append(files.line(["B11", number, 'Quoted "X", Ltd', f"单{document}", "1", "2026-01-05", "2026-01-06",
                             "2026-01-06", "作废"]))
    path = files.write_lines(directory / "发票.csv", lines, CHINESE.values(), encoding, end)
    done = take(cli, path, mapping)
    assert done.json["added"] == len(lines)
    assert done.json["encoding"] == ("GB18030" if encoding == "gb18030" else "UTF-8")
    known = trading.trades(number)
    for n, (_, _, minor, day) in enumerate(WRITTEN):
        trade = known[f"00{document}-{n}"]
        assert (trade["amount_minor"], trade["issued_on"], trade["due_on"]) == (minor, day, day)
        assert "settled_on" not in trade and not trade.get("cancelled")
    cancelled = known[f"单{document}"]
    assert cancelled["cancelled"] is True and cancelled["settled_on"] == "2026-01-06"


def test_customers_are_created_with_their_names(cli, trading, directory):
    mapping = files.write_mapping(directory, columns=CHINESE, create=True, words={"cancelled": ["作废"]})
    new = f"０００{trading.document()}"  # a number is text: nothing is made of it
    row = files.line(["B11", new, '𠮷野家 "X", Ltd', trading.document(), "1", "2026-01-05", "2026-01-06", "", ""])
    path = files.write_lines(directory / "new.csv", [row], CHINESE.values(), "gb18030", "\r\n")
    assert take(cli, path, mapping).json["added"] == 1
    found = [c for c in cli("sub11", "customer", "list").json if c["name"] == '𠮷野家 "X", Ltd']
    assert [c["number"] for c in found] == [new] and found[0]["tier"] == "ordinary"


def test_json_lines(cli, trading, directory, usual):
    """Numbers stay as they are written; a bad line is named and comes back as it was."""
    number, document = trading.customer("red"), trading.document()
    base = {"branch": "B11", "customer": number, "issued": "2026-01-05", "due": "2026-01-05", "settled": None}
    good = [json.dumps({**base, "document": f"00{document}", "amount": "12345678901.23"}),
            json.dumps({**base, "document": f"01{document}"})[:-1] + ', "amount": 12345678901.23}']
    bad = [json.dumps({**base, "document": f"02{document}", "amount": "x"}), "{not json}",
           json.dumps({**base, "amount": "1"})]
    path, rejects = directory / "trades.jsonl", directory / "rejected.jsonl"
    path.write_text("\n".join([good[0], bad[0], bad[1], good[1], bad[2], ""]), encoding="utf-8")
    done = take(cli, path, usual, "--reject-file", rejects, code=9)
    assert [(r["line"], r.get("column")) for r in sorted(refused(done), key=lambda r: r["line"])] == [
        (2, "amount"), (3, None), (5, "document")]
    assert sorted(rejects.read_text(encoding="utf-8").splitlines()) == sorted(bad)
    assert {d: t["amount_minor"] for d, t in trading.trades(number).items()} == {
        f"00{document}": 1_234_567_890_123, f"01{document}": 1_234_567_890_123}


def test_several_files_are_one_import(cli, trading, directory, usual):
    number = trading.customer("red")
    trades = some_trades(trading, 20)
    parts = [files.write_lines(directory / f"part{n}.csv", [files.trade_line(number, t) for t in trades[n::4]])
             for n in range(4)]
    before = trading.rows("SELECT count(*) FROM trade_import")[0][0]
    done = cli("sub11", "trade", "import", *parts, "--mapping", usual)
    assert done.json["added"] == 20 and len(trading.trades(number)) == 20
    assert trading.rows("SELECT count(*) FROM trade_import")[0][0] == before + 1
    assert [e["kind"] for e in trading.events(number)].count("trades_imported") == 1


def test_a_dry_run_changes_nothing(cli, trading, pg, directory, usual):
    """It finds what is wrong with a row; not what only the rows of another chunk would show."""
    number, other = trading.customer("red"), trading.customer("red")
    lines, expected, *_ = planted(trading, number, other, [kind for kind in BAD if kind not in AMONG_ROWS])
    path, rejects = files.write_lines(directory / "trades.csv", lines), directory / "rejected.csv"
    before = dump.everything(pg.owner)
    done = take(cli, path, usual, "--dry-run", "--reject-file", rejects, code=9)
    assert dump.everything(pg.owner) == before
    assert {row["line"]: row.get("column") for row in refused(done)} == expected
    assert done.error["executed"] is False and len(rejects.read_text(encoding="utf-8").splitlines()) == 51


def test_the_evaluation_is_told_or_not_waited_for(cli, trading, directory, usual):
    number, today = trading.customer("red"), trading.today()
    late = trading.missed(3, 500_00, today - 60 * DAY, today - 30 * DAY)
    path = files.write_lines(directory / "late.csv", [files.trade_line(number, t) for t in late])
    told = take(cli, path, usual).json
    assert (told["customers"], told["evaluated"], told["demoted"]) == (1, 1, 1)
    assert cli("aud", "customer", "show", number).json["tier"] == "ordinary"
    settled = files.write_lines(directory / "settled.csv", [
        files.trade_line(number, type(t)(t.document, t.amount, t.issued, t.due, t.due)) for t in late])
    told = take(cli, settled, usual, "--no-wait").json
    assert told["changed"] == 3
    wait_until(lambda: trading.in_force(number) == ("key", "red"), 20, "the evaluation")


# ---- interrupted ----

CHUNKS = 36


@pytest.fixture
def long_file(trading, directory):
    """(path, number, trades) of a file of many chunks."""
    number = trading.customer("red")
    trades = some_trades(trading, 256 * CHUNKS)
    return files.write_lines(directory / "long.csv", [files.trade_line(number, t) for t in trades]), number, trades


def imports_of(trading, number):
    """Ids of the imports that have written trades of a customer."""
    return {i for i, in trading.rows("SELECT DISTINCT import_id FROM trade JOIN customer USING (home_id, customer_id) "
                                     "WHERE number = %s", number)}


def count_of(trading, number):
    return trading.rows("SELECT count(*) FROM trade JOIN customer USING (home_id, customer_id) WHERE number = %s",
                        number)[0][0]


def start(cli, path, mapping):
    """creditctl under way."""
    return subprocess.Popen([paths.CREDITCTL, "-p", "sub11", "trade", "import", str(path), "--mapping", str(mapping),
                             "-o", "json"], env=cli.environment(), text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


@pytest.fixture
def relayed(run, server, tokens):
    """(relay, cli): a Cli of its own whose connections go through a Relay."""
    relay = Relay(server)
    yield relay, Cli(run.private_directory("relayed"), relay, tokens)
    relay.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=lambda s: s.name)
def test_interrupted_at_any_chunk_and_resumed(relayed, trading, usual, long_file, how):
    """The client is ended when so much of it has reached the server, again and again; the last run completes it, in the
    same import, with nothing lost and nothing twice."""
    relay, cli = relayed
    path, number, trades = long_file
    for relay.limit in range(8_000, path.stat().st_size // 2, path.stat().st_size // 20):
        relay.full.clear()
        client = start(cli, path, usual)
        assert relay.full.wait(60), "it has more to send"
        os.kill(client.pid, how)
        client.communicate(timeout=60)
        assert client.returncode in (-how, 130)
        assert count_of(trading, number) % 256 == 0, "a chunk is taken whole"
    assert 0 < count_of(trading, number) < len(trades), "some chunks were taken, not all"
    relay.limit = None
    take(cli, path, usual)
    known = trading.trades(number)
    assert {d: (t["amount_minor"], t["version"]) for d, t in known.items()} == {
        t.document: (t.amount, 1) for t in trades}
    assert [e["kind"] for e in trading.events(number)].count("trades_imported") == len(imports_of(trading, number))


def test_an_interrupted_import_says_how_to_go_on(cli, trading, usual, long_file, pg, waiting):
    path, number, trades = long_file
    with held.commits_held(pg.owner):
        client = start(cli, path, usual)
        wait_until(waiting, 20, "the first command at the database")
        os.kill(client.pid, signal.SIGINT)
    out, said = client.communicate(timeout=60)
    assert client.returncode in (12, 130), out + said
    error = json.loads(said.strip().splitlines()[-1])
    assert error["retryable"] is True and "again" in error["hint"]
    told = take(cli, path, usual).json
    assert told["added"] + told["unchanged"] == len(trades) == count_of(trading, number)


def test_the_memory_of_creditctl_does_not_grow_with_the_file(cli, trading, directory, usual):
    """Twice the rows, the same high-water mark but for a little."""
    number = trading.customer("red")
    peaks = []
    for count in (3_000, 12_000):
        path = files.write_lines(directory / f"{count}.csv",
                                 [files.trade_line(number, t) for t in some_trades(trading, count)])
        script = f"exec {paths.CREDITCTL} -p sub11 trade import {path} --mapping {usual} --dry-run -o json"
        with subprocess.Popen(["/bin/sh", "-c", script], env=cli.environment(), stdout=subprocess.DEVNULL) as client:
            _, status, usage = os.wait4(client.pid, 0)
            client.returncode = os.waitstatus_to_exitcode(status)
        assert client.returncode == 0
        peaks.append(usage.ru_maxrss)
    assert peaks[1] < peaks[0] + 4_096, peaks


# ---- what people see ----

def test_trades_are_listed_shown_corrected_and_cancelled(cli, trading, directory, usual):
    number = trading.customer("red")
    first, second = some_trades(trading, 2)
    path = files.write_lines(directory / "two.csv", [files.trade_line(number, t) for t in (first, second)])
    take(cli, path, usual)
    listed = cli("sub11", "trade", "list", number).json
    assert [t["document"] for t in listed] == sorted((first.document, second.document))
    assert [(t["amount"], t["currency"]) for t in listed] == [("100.00", "CNY"), ("100.01", "CNY")]
    cli("sub11", "trade", "correct", number, first.document, "--amount", "120万", "--reason", "typed wrong")
    shown = cli("sub11", "trade", "show", number, first.document).json
    assert shown["amount"] == "1200000.00" and shown["version"] == 2
    assert [v["amount"] for v in shown["past"]] == ["100.00"]
    assert cli("sub11", "trade", "cancel", number, second.document, "--reason", " ", code=7).error["reason"] == \
        "REASON_REQUIRED"
    cli("sub11", "trade", "cancel", number, second.document, "--reason", "sent back")
    assert cli("sub11", "trade", "show", number, second.document).json["cancelled"] is True
    assert cli("sub11", "trade", "show", number, "no such", code=3).error["field"] == "document"
    assert cli("sub12", "trade", "list", number, code=3).error["reason"] == "NOT_FOUND"


def test_a_customer_is_edited_moved_and_told(cli, trading):
    number = trading.customer("red")
    assert cli("sub11", "customer", "edit", number, "--name", "新名称", "--stage", "new").json["name"] == "新名称"
    assert cli("app", "customer", "move", number, "--branch", "B12", "--reason", "nearer").json["branch"] == "B12"
    kinds = [e["kind"] for e in cli("aud", "customer", "history", number).json]
    assert kinds == ["customer_added", "standing_changed", "customer_edited", "customer_moved"]
    today = trading.today()
    then = cli("aud", "customer", "show", number, "--on", today - DAY, "--known", today).json
    assert then["as_of"]["tier"] == "ordinary" and then["as_of"]["on"] == (today - DAY).isoformat()
    now = cli("aud", "customer", "show", number, "--on", today).json
    assert (now["as_of"]["tier"], now["as_of"]["grade"], now["as_of"]["cause"]) == ("key", "red", "opening")
    assert cli("aud", "customer", "show", number, "--on", "yesterday", code=2).error["field"] == "on"


@pytest.fixture(scope="module")
def green(trading):
    """A key account of grade green with a criterion for yellow."""
    number, today = trading.customer("green"), trading.today()
    trading.give(number, *trading.kept(4, 10_000_00, today - 60 * DAY, today - 30 * DAY),
                 *trading.missed(1, 1_234_56, today - 60 * DAY, today - 29 * DAY))
    return number


def test_every_number_is_explained_in_chinese(cli, green):
    """Volume and trades, rate with the list behind it, band, what comes out, what would lift it."""
    shown = cli("sub11", "--lang", "zh_CN", "customer", "show", green, output="table").stdout
    for word in ("绿名单", "黄名单", "41,234.56", "80", "75", "4", "5", "1,234.56"):
        assert word in shown, word
    english = cli("sub11", "customer", "show", green, output="table").stdout
    for word in ("green", "yellow", "41,234.56"):
        assert word in english, word


def test_a_clerk_is_told_verdicts_only(cli, green):
    for words in ((), ("--lang", "zh_CN")):
        shown = cli("clerk11", *words, "customer", "show", green, output="table").stdout
        assert not re.search(r"绿|黄|green|yellow|41,234|(?<!\d)(80|75)(?!\d)", shown), shown
        assert any("\u4e00" <= c <= "\u9fff" for c in shown)
    told = cli("clerk11", "customer", "show", green).json
    assert "verdict" in told and not {"grade", "explanation", "criterion_met_on"} & told.keys()


@pytest.mark.parametrize("language, grade", [("en", "green"), ("zh_CN", "绿名单")])
def test_tables_are_aligned(cli, green, language, grade):
    for words in (("customer", "list"), ("trade", "list", green)):
        lines = cli("sub11", "--lang", language, *words, output="table").stdout.splitlines()
        starts = starts_of(lines[0])
        rows = [columns_of(line, starts) for line in lines[1:] if line.strip()]
        assert len(starts) >= 4 and len(rows) >= 4
        keys = [row[0] for row in rows]
        assert all(keys) and len(set(keys)) == len(keys)
        if words[0] == "customer":
            mine = next(row for row in rows if green in row)
            assert grade in mine


def test_the_criterion_stands_in_the_inbox(cli, trading, green):
    told = cli("sub11", "inbox").json
    mine = next(item for item in told if item.get("customer_number") == green and item["kind"] == "criterion")
    assert (mine["from_grade"], mine["to_grade"]) == ("green", "yellow") and mine["overdue"] is False
    shown = cli("sub11", "--lang", "zh_CN", "inbox", output="table").stdout
    assert green in shown or trading.show(green)["customer"]["id"] in shown
    assert green not in cli("ver1", "inbox", output="table").stdout
