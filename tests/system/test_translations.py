"""The Chinese catalogue has every message of creditctl, every reason, every word of the closed lists and every name of a
column or a field, with the same places for values; and what it says is what is meant where it stands."""
import itertools
import re
import shutil
import subprocess

import pytest

from harness import creditproto, paths

PO = paths.ROOT / "client" / "po" / "zh_CN.po"
DIRECTIVE = re.compile(r"%(?:\d+\$)?(?:<PRIu64>|l?[sdcu])|\{\w+\}")


def entries(text):
    """(msgctxt or None, msgid) -> msgstr of a .po text."""
    found = {}
    for match in re.finditer(r'^(?:msgctxt "(.*)"\n)?msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', text, re.MULTILINE):
        one, two = ("".join(re.findall(r'"(.*)"', group)) for group in match.groups()[1:])
        assert (match.group(1), one) not in found, one
        found[match.group(1), one] = two
    return found


def catalogue():
    return entries(PO.read_text(encoding="utf-8"))


def client_sources(*suffixes):
    return [str(p) for suffix in suffixes for p in sorted((paths.ROOT / "client").glob("*" + suffix))]


def messages():
    done = subprocess.run(["xgettext", "--from-code=UTF-8", "-k_", "-kN_", "--no-wrap", "-o", "-", *client_sources(".c")],
                          capture_output=True, text=True, check=True)
    return {m for _, m in entries(done.stdout) if m}


def reasons():
    text = (paths.ROOT / "common" / "reasons.def").read_text(encoding="utf-8")
    return set(re.findall(r'^REASON\(.*, "(.*)"\)$', text, re.MULTILINE))


def words():
    """Names of the lists that tables show translated (methods and the like are not among them)."""
    text = (paths.ROOT / "common" / "vocabulary.c").read_text(encoding="utf-8")
    lists = re.findall(r"words_(grade|tier|stage|verdict|state|finding|event|role|job_level|policy_state|review|"
                       r"factor_group|task|review_finding|status|cause|basis|case_kind|day_kind|unit_level)"
                       r"\[\] = \{(.*?)\};", text, re.DOTALL)
    assert len(lists) == 20
    return {name for _, body in lists for name in re.findall(r'"(\w+)"', body)}


SOURCES = [f for room in ("operations", "rules") for f in (paths.ROOT / "server" / room).glob("*.[ch]")]

# what is given for a rule and is no text: where its texts stand
RULES_ELSEWHERE = {"refusal.rule": r'invalid\("\w+", "(.*?)"\)', "value_rule": r'return "(a number .*?|two numbers.*?)"',
                   "CUSTOMER_SEVERAL": r'#define CUSTOMER_SEVERAL +"(.*?)"'}


def rules():
    """What fields must be, as FIELD_INVALID says; a text made up in a source could be in no catalogue."""
    text = "\n".join(f.read_text(encoding="utf-8") for f in sorted(SOURCES))
    found, elsewhere = set(), {"value_rule"}
    for literal, name in re.findall(r'"rule",\s*(?:"((?:[^"\\]|\\.)*)"|([\w.>-]+))', text):
        (found if literal else elsewhere).add(literal or name)
    assert elsewhere == set(RULES_ELSEWHERE)
    for pattern in RULES_ELSEWHERE.values():
        texts = re.findall(pattern, text)
        assert texts, pattern
        found.update(texts)
    return found


def values():
    """What the server puts into the texts of reasons: rules of fields, what a unit still has, what is wrong in a chain,
    levels, and the fields that refusals name."""
    text = "\n".join(f.read_text(encoding="utf-8") for f in sorted(SOURCES))
    found = rules()
    assert len(found) > 50
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
    known = {message for context, message in catalogue() if context in (None, "field")}
    asked = wanted()
    assert len(asked) > 20
    assert not asked - known


def test_a_rule_says_what_a_field_must_be():
    """It stands behind "it must be:", and what it is not there would read as the opposite."""
    known = catalogue()
    assert not [rule for rule in rules() if rule.startswith("not ")]
    assert not [rule for rule in rules() if known[None, rule].startswith(("须为", "不得", "不能", "请"))]
    assert dict(known)[None, "{field} is not valid; it must be: {rule}"] == "{field} 无效,要求:{rule}"


def columns():
    """Names of columns, and of lines of records: whatever a record of the client has, but what no table shows."""
    text = "\n".join(open(f, encoding="utf-8").read() for f in client_sources(".c", ".h")).replace("\\\n", "")
    lists = re.findall(r'#define \w+_COLUMNS((?:\s+"[^"]*")+)', text) + re.findall(
        r'output_(?:list|part)\([^;]*?("[a-z_ ]+")\);', text)
    assert len(lists) > 20
    found = {name for one in lists for name in " ".join(re.findall(r'"([^"]*)"', one)).split()}
    for pattern in (r'(?:record_\w+|json_object_set(?:_new)?|set_line)\(\s*(?:client, )?\w+,\s*"(\w+)"',):
        keys = set(re.findall(pattern, text))
        assert len(keys) > 200
        found |= keys
    for packed in re.findall(r'json_pack\(\s*"\{[^"]*"(.*?)\);', text, re.DOTALL):
        found |= set(re.findall(r'"(\w+)"', packed))
    return found - NOT_IN_TABLES


# what JSON shows, and CSV, whose names are not translated
NOT_IN_TABLES = {"as_of", "below_floor", "better", "body", "bp", "checklists", "choice", "counted", "counted_more",
                 "explanation", "factors", "file", "floor_bp", "further_lifts", "gone", "input", "lift", "line", "matrix",
                 "method", "moves", "on_desk", "past", "required", "retryable", "task_gone", "trades", "trend", "type",
                 "valid_months", "window_from", "workload"}


def fields():
    """Names of the fields of every request and of what is in them."""
    found = set()

    def walk(message):
        for field in message.fields:
            if field.name not in found:
                found.add(field.name)
                if field.message_type is not None:
                    walk(field.message_type)
    for method, (request, _) in creditproto.METHODS.items():
        if method != "hello":
            walk(request.DESCRIPTOR)
    return found


@pytest.mark.parametrize("context, names", [("column", columns), ("field", fields)])
def test_every_name_is_translated(context, names):
    known, asked = catalogue(), names()
    assert len(asked) > 80
    assert not sorted(name for name in asked if not known.get((None, name)) and not known.get((context, name)))


# names that say the same as the word of a list, or the message, of the same spelling
THE_SAME = {"amount", "application", "approve", "assessment", "branch", "change", "measure", "region", "score",
            "days", "name", "unit"}


@pytest.mark.parametrize("context, names", [("column", columns), ("field", fields)])
def test_a_name_that_is_a_word_or_a_message_has_an_entry_of_its_own(context, names):
    known = catalogue()
    assert not sorted(name for name in names() & (words() | messages()) - THE_SAME if (context, name) not in known)


def test_contexts_are_looked_up():
    """By column or field, by the noun of a command, or by the column that a word stands in."""
    nouns = set(re.findall(r'^    \{"(\w+)", ', (paths.ROOT / "client" / "commands.c").read_text(encoding="utf-8"), re.M))
    assert len(nouns) > 10
    for context, name in catalogue():
        if context in {"column", *nouns} and context != "outcome":
            assert name in columns() | fields(), (context, name)
        elif context == "field":
            assert name in fields(), name
        elif context is not None:
            assert context in columns() and name in words(), (context, name)


def test_places_for_values_agree():
    for (_, message), translation in catalogue().items():
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
    assert told("sub11", "customer", "show", "C-01-999999") == "未找到 客户 C-01-999999"
    assert re.fullmatch(r"越权须于今日或以后结束,最迟为 \d{4}-\d\d-\d\d", told(
        "appb", "customer", "override", "K11-02", "--grade", "black", "--until", "2099-01-01", "--reason", "r"))
    assert "要求:分公司级单位" in told("app", "customer", "add", "T-1", "--name", "x", "--branch", "R1")
    assert "归属大区" in cli("admin", "--lang", "zh_CN", "org", "list", output="table").stdout.splitlines()[0].split()
