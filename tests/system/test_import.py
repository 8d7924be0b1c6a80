"""customer import: bad rows are named by line and column and the good ones taken; repeated, nothing changes. Tables are
aligned by display cells, and Chinese works on a machine without the locale."""
import json
import subprocess

import pytest

from harness import dump, paths
from harness.tables import columns_of, starts_of

HEADER = "number,name,region,branch,stage,opening_grade"
GOOD = ["I-001,上海测试有限公司,R1,B11,existing,green", 'I-002,"Quoted, Ltd ""X""",R1,B11,new,red',
        "I-003,東京テスト,R1,B12,potential,", "I-004,Hudson,R2,B21,existing,black"]
# row, column that must be named
BAD = [("I-101,bad grade,R1,B11,existing,purple", "opening_grade"),
       ("I-102,bad branch,R1,B99,existing,green", "branch"),
       ("I-103,wrong region,R2,B11,existing,green", "region"), ("I-104,bad stage,R1,B11,former,green", "stage"),
       (",no number,R1,B11,existing,green", "number"), ("I-106,,R1,B11,existing,green", "name")]


@pytest.fixture(scope="module")
def rows(pg):
    """Everything of business that the database holds, without command rows."""
    def now():
        held = dump.standing_still(pg.owner)
        del held["commands"]
        return held
    return now


def write(directory, lines, encoding="utf-8", end="\n"):
    path = directory / "customers.csv"
    path.write_bytes((end.join([HEADER, *lines]) + end).encode(encoding))
    return path


def test_good_and_bad_rows(cli, rows, tmp_path):
    lines = [GOOD[0], BAD[0][0], GOOD[1], *(row for row, _ in BAD[1:]), GOOD[2], GOOD[3]]
    path = write(tmp_path, lines)
    done = cli("app", "customer", "import", path, code=9)
    said = done.stdout + done.stderr
    for row, column in BAD:
        line = lines.index(row) + 2
        assert any(str(line) in told and column in told for told in split_reports(said)), (line, column, said)
    for number, grade in (("I-001", "green"), ("I-002", "red"), ("I-003", None), ("I-004", "black")):
        shown = cli("app", "customer", "show", number).json
        assert (shown["number"], shown.get("grade")) == (number, grade)
    assert cli("app", "customer", "show", "I-002").json["name"] == 'Quoted, Ltd "X"'
    assert cli("app", "customer", "show", "I-101", code=3).error["reason"] == "NOT_FOUND"
    before = rows()
    cli("app", "customer", "import", path, code=9)
    assert rows() == before, "repeated, it changes nothing"


def split_reports(said):
    """Reports of single rows, however they stand in the output."""
    return said.replace("},", "}\n").splitlines()


@pytest.mark.parametrize("encoding, end", [("utf-8-sig", "\r\n"), ("utf-8", "\r\n")], ids=["BOM and CRLF", "CRLF"])
def test_files_from_a_spreadsheet(cli, rows, tmp_path, encoding, end):
    path = write(tmp_path, ["S-001,表格公司,R1,B11,new,yellow", 'S-002,"two\nlines are one",R1,B11,new,yellow'],
                 encoding, end)
    cli("app", "customer", "import", path, code=9)
    assert cli("app", "customer", "show", "S-001").json["name"] == "表格公司"
    before = rows()
    good = write(tmp_path, ["S-001,表格公司,R1,B11,new,yellow"], encoding, end)
    cli("app", "customer", "import", good)
    assert rows() == before


def test_an_unknown_or_missing_column_is_named(cli, rows, tmp_path):
    before = rows()
    path = tmp_path / "bad.csv"
    path.write_text("number,name,branch,colour\nZ-1,x,B11,blue\n", encoding="utf-8")
    done = cli("app", "customer", "import", path, code=2)
    assert "colour" in done.stderr
    path.write_text("number,branch\nZ-1,B11\n", encoding="utf-8")
    assert "name" in cli("app", "customer", "import", path, code=2).stderr
    assert rows() == before


@pytest.mark.parametrize("header, reason, column", [
    ("number,name,branch,name", "DUPLICATE_COLUMN", "name"), ('number,"name,branch', "CSV", "name"),
    ('number,"name"x,branch', "CSV", "namex"), ("number,name,branch,\udcff", "NOT_UTF8", "\ufffd")])
def test_a_bad_header_is_refused_with_its_column(cli, rows, tmp_path, header, reason, column):
    before = rows()
    path = tmp_path / "bad.csv"
    path.write_bytes(header.encode("utf-8", "surrogateescape") + b"\nZ-1,x,B11,y\n")
    error = cli("app", "customer", "import", path, code=2).error
    assert error["reason"] == reason and column in error["field"] and column in error["message"], error
    assert rows() == before


def refused(done):
    """The rows that an import with -o json has refused."""
    return [json.loads(line) for line in done.stderr.splitlines()[:-1]]


def test_quotes_and_bytes_are_named_by_column(cli, tmp_path):
    """Only their own row is refused, and the error at the end is one."""
    path = tmp_path / "customers.csv"
    path.write_bytes((HEADER + "\n").encode() + b'Q-1,"open,R1,B11,new,\nQ-2,"good",R1,B11,new,\n'
                     b'Q-3,x,R1,"B11"x,new,\nQ-4,\xff,R1,B11,new,\nQ-5,good,R1,B11,new,\n')
    done = cli("app", "customer", "import", path, code=9)
    assert [(r["line"], r["column"], r["reason"], r["executed"]) for r in refused(done)] == [
        (2, "name", "CSV", False), (4, "branch", "CSV", False), (5, "name", "NOT_UTF8", False)]
    assert (done.json["added"], done.json["refused"]) == (2, 3)
    error = done.error
    assert (error["code"], error["reason"], error["executed"], error["retryable"]) == (9, "ROWS_REFUSED", True, False)
    assert "3" in error["message"] and error["hint"]
    again = cli("app", "customer", "import", path, "--reject-file", tmp_path / "rejected.csv", code=9)
    assert again.json["unchanged"] == 2
    rejected = (tmp_path / "rejected.csv").read_bytes().splitlines()
    assert rejected[1:] == [b'Q-1,"open,R1,B11,new,', b'Q-3,x,R1,"B11"x,new,', b"Q-4,\xff,R1,B11,new,"]
    error = cli("app", "customer", "import", tmp_path / "rejected.csv", code=7).error
    assert (error["code"], error["reason"], error["executed"]) == (7, "ROWS_REFUSED", False)


def test_a_file_from_a_chinese_spreadsheet(cli, tmp_path):
    """GB18030, which is not asked for but noticed, and told."""
    path = write(tmp_path, ["GB-1,深圳市联通测试有限公司,R1,B11,new,", "GB-2,plain,R1,B11,new,",
                            "GB-3,𠮷野家,R1,B11,new,"], "gb18030", "\r\n")
    assert cli("app", "customer", "import", path).json["encoding"] == "GB18030"
    assert cli("app", "customer", "show", "GB-1").json["name"] == "深圳市联通测试有限公司"
    assert cli("app", "customer", "show", "GB-3").json["name"] == "𠮷野家"
    assert "GB18030" in cli("app", "customer", "import", path, output="table").stdout


def test_utf8_with_a_mistake_is_not_taken_for_gb18030(cli, tmp_path):
    path = tmp_path / "customers.csv"
    path.write_bytes((HEADER + "\nU-1,上海有限公司,R1,B11,new,\nU-2,上海,R1,B11,new,\n").encode() +
                     "U-3,上海".encode()[:-1] + b",R1,B11,new,\n")
    done = cli("app", "customer", "import", path, code=9)
    assert done.json["encoding"] == "UTF-8" and [r["column"] for r in refused(done)] == ["name"]
    assert cli("app", "customer", "show", "U-1").json["name"] == "上海有限公司"


def test_a_file_that_cannot_be_read_whole(cli, tmp_path):
    """A folder opens and cannot be read: that is no empty file. Names that are no UTF-8 do no harm."""
    error = cli("app", "customer", "import", tmp_path, code=2).error
    assert error["reason"] == "FILE" and "directory" in error["message"]
    path = bytes(tmp_path) + b"/\xff.csv"
    with open(path, "wb") as file:
        file.write((HEADER + "\nB-1,x,R1,B99,new,\n").encode())
    done = subprocess.run([paths.CREDITCTL, "-p", "app", "customer", "import", path, "-o", "json"],
                          env=cli.environment(), capture_output=True, check=False)
    row, error = map(json.loads, done.stderr.splitlines())
    assert done.returncode == 7 and row["file"].endswith("\ufffd.csv") and row["line"] == 2
    assert error["reason"] == "ROWS_REFUSED"


def test_a_branch_may_not_bring_grades_along(cli, rows, tmp_path):
    before = rows()
    path = write(tmp_path, ["G-001,x,R1,B11,existing,green"])
    done = cli("sub11", "customer", "import", path, code=7)
    assert "ROLE_MISSING" in done.stdout + done.stderr
    assert rows() == before


# ---- tables ----

@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_tables_are_aligned_by_display_cells(cli, language):
    listed = {c["id"]: c for c in cli("app", "customer", "list").json}
    lines = cli("app", "--lang", language, "customer", "list", output="table").stdout.splitlines()
    starts = starts_of(lines[0])
    assert len(starts) >= 4
    seen = 0
    for line in lines[1:]:
        words = columns_of(line, starts)
        if words[0] in listed:
            seen += 1
            assert listed[words[0]]["name"] in words, line
            assert listed[words[0]]["number"] in words, line
    assert seen == len(listed) > 10


def test_chinese_without_the_locale(cli):
    """No zh_CN locale is needed, by flag or by environment; JSON stays as it is."""
    plain = cli("app", "customer", "show", "K11-01").stdout
    flagged = cli("app", "--lang", "zh_CN", "customer", "show", "K11-01", output="table").stdout
    assert any(word in flagged for word in ("绿", "黄", "红", "黑"))
    by_environment = cli("app", "customer", "show", "K11-01", output="table",
                         env={"LANG": "zh_CN.UTF-8", "LC_ALL": "zh_CN.UTF-8"}).stdout
    assert by_environment == flagged
    assert cli("app", "--lang", "zh_CN", "customer", "show", "K11-01").stdout == plain
    refused = cli("sub11", "--lang", "zh_CN", "customer", "show", "C-01-999999", output="table", code=3)
    assert any("\u4e00" <= c <= "\u9fff" for c in refused.stderr) and "NOT_FOUND" in refused.stderr
