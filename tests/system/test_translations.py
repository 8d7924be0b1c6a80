"""The Chinese catalogue has every message of creditctl, every reason and every word of the closed lists, with the same
places for values."""
import re
import shutil
import subprocess

import pytest

from harness import paths

PO = paths.ROOT / "client" / "po" / "zh_CN.po"
DIRECTIVE = re.compile(r"%(?:\d+\$)?(?:<PRIu64>|l?[sdcu])|\{\w+\}")


def entries(text):
    """msgid -> msgstr of a .po text."""
    found = {}
    for match in re.finditer(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', text, re.MULTILINE):
        one, two = ("".join(re.findall(r'"(.*)"', group)) for group in match.groups())
        found[one] = two
    return found


def messages():
    files = sorted(str(p) for p in (paths.ROOT / "client").glob("*.c"))
    done = subprocess.run(["xgettext", "--from-code=UTF-8", "-k_", "-kN_", "--no-wrap", "-o", "-", *files],
                          capture_output=True, text=True, check=True)
    return {m for m in entries(done.stdout) if m}


def reasons():
    text = (paths.ROOT / "common" / "reasons.def").read_text(encoding="utf-8")
    return set(re.findall(r'^REASON\(.*, "(.*)"\)$', text, re.MULTILINE))


def words():
    """Names of the lists that tables show translated (methods and the like are not among them)."""
    text = (paths.ROOT / "common" / "vocabulary.c").read_text(encoding="utf-8")
    lists = re.findall(r"words_(grade|tier|stage|verdict|state|finding|event|role|job_level|policy_state|review|"
                       r"factor_group|task|review_finding)\[\] = \{(.*?)\};", text, re.DOTALL)
    assert len(lists) == 14
    return {name for _, body in lists for name in re.findall(r'"(\w+)"', body)}


def values():
    """What the server puts into the texts of reasons: rules of fields, what a unit still has, what is wrong in a chain,
    levels, and the fields that refusals name."""
    files = [*(paths.ROOT / "server" / "operations").glob("*.c"), *(paths.ROOT / "server" / "rules").glob("*.c")]
    text = "\n".join(f.read_text(encoding="utf-8") for f in sorted(files))
    found = set(re.findall(r'"rule",\s*"((?:[^"\\]|\\.)*)"', text))
    assert len(found) > 10
    for pattern, least in ((r'REASON_[A-Z_]+, "([a-z_]+)"', 20), (r'refuse_not_empty\(\w+, \w+, "([a-z ]+)"', 1),
                           (r'left_in\(.*?^}', 1), (r'unit->level == UNIT_LEVEL_HQ \? "([a-z ]+)"', 1),
                           (r'\[CHAIN_[A-Z]+\] = "([a-z]+)"', 3), (r'answer\(call, "([a-z]+)"', 1)):
        matches = re.findall(pattern, text, re.DOTALL | re.MULTILINE)
        if "left_in" in pattern:
            matches = re.findall(r'return "([a-z ]+)"', "".join(matches))
        assert len(matches) >= least, pattern
        found.update(matches)
    levels = re.search(r"words_unit_level\[\] = \{(.*?)\};", (paths.ROOT / "common" / "vocabulary.c").read_text(
        encoding="utf-8"), re.DOTALL).group(1)
    return (found | set(re.findall(r'"(\w+)"', levels))) - NOT_FOR_PEOPLE


# fields of greetings, which creditctl fills itself
NOT_FOR_PEOPLE = {"hello", "protocol_min"}


@pytest.mark.parametrize("wanted", [messages, reasons, words, values])
def test_everything_is_translated(wanted):
    catalogue = entries(PO.read_text(encoding="utf-8"))
    asked = wanted()
    assert len(asked) > 20
    assert not [m for m in asked if not catalogue.get(m)]


def test_places_for_values_agree():
    for message, translation in entries(PO.read_text(encoding="utf-8")).items():
        plain = sorted(re.sub(r"\d+\$", "", d) for d in DIRECTIVE.findall(translation))
        assert sorted(DIRECTIVE.findall(message)) == plain, message


@pytest.fixture
def copied(tmp_path):
    """copied(program, catalogue): a copy of creditctl with its catalogue, below a folder of its own."""
    def place(program, catalogue):
        for name, original in ((program, paths.CREDITCTL), (catalogue, paths.BUILD / "locale")):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copy if original.is_file() else shutil.copytree)(original, tmp_path / name)
        return tmp_path / program
    return place


@pytest.mark.parametrize("program, catalogue", [("bin/creditctl", "share/locale"), ("creditctl", "locale")])
def test_the_catalogue_is_found_from_the_program(copied, program, catalogue):
    """Wherever an installation is put, and beside a program that is not installed."""
    done = subprocess.run([copied(program, catalogue), "help", "exit-codes", "--lang", "zh_CN"], capture_output=True,
                          text=True, encoding="utf-8", check=True, env={"HOME": "/nonexistent"})
    assert "未找到" in done.stdout


def test_values_in_messages_are_chinese(cli):
    """Not only the message, also the words that stand in it."""
    def told(profile, *words):
        return cli(profile, "--lang", "zh_CN", *words, code=None).error["message"]
    assert told("sub11", "org", "close", "B12") == "需要角色 管理员"
    assert told("appclerk", "customer", "list", "--grade", "green") == "需要职级 主管 或以上"
    assert told("admin", "org", "close", "R1") == "单位 R1 中还有 单位"
    assert told("sub11", "customer", "show", "C-01-999999") == "未找到 客户"
    assert "须为分公司级单位" in told("app", "customer", "add", "T-1", "--name", "x", "--branch", "R1")
    assert "归属大区" in cli("admin", "--lang", "zh_CN", "org", "list", output="table").stdout.splitlines()[0].split()
