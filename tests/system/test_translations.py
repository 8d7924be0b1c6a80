"""The Chinese catalogue has every message of creditctl, every reason and every word of the closed lists, with the same
places for values."""
import re
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
    lists = re.findall(r"words_(grade|tier|stage|verdict|state|finding|event|role|job_level)\[\] = \{(.*?)\};", text,
                       re.DOTALL)
    assert len(lists) == 9
    return {name for _, body in lists for name in re.findall(r'"(\w+)"', body)}


@pytest.mark.parametrize("wanted", [messages, reasons, words])
def test_everything_is_translated(wanted):
    catalogue = entries(PO.read_text(encoding="utf-8"))
    asked = wanted()
    assert len(asked) > 20
    assert not [m for m in asked if not catalogue.get(m)]


def test_places_for_values_agree():
    for message, translation in entries(PO.read_text(encoding="utf-8")).items():
        plain = sorted(re.sub(r"\d+\$", "", d) for d in DIRECTIVE.findall(translation))
        assert sorted(DIRECTIVE.findall(message)) == plain, message
