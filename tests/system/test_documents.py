"""Tables in the documents that stand in code too."""
import re

from harness import paths


def test_reasons_of_the_protocol_text():
    table = re.findall(r'^REASON\((\d+), (\w+), (\d+), ([01]), "(.*)"\)$',
                       (paths.ROOT / "common" / "reasons.def").read_text(encoding="utf-8"), re.MULTILINE)
    text = (paths.ROOT / "proto" / "PROTOCOL.md").read_text(encoding="utf-8")
    section = text[text.index("## 10. Reasons"):text.index("## 11.")]
    printed = re.findall(r"^\| (\d+) \| (\w+) \| (.*) \| (yes|no) \| (\d+) \|$", section, re.MULTILINE)
    assert len(table) > 40
    assert printed == [(number, name, words, "yes" if again == "1" else "no", code)
                       for number, name, code, again, words in table]


def test_exit_codes_of_the_readme():
    """Every exit code that a reason leads to stands in the README."""
    codes = set(re.findall(r'^REASON\(\d+, \w+, (\d+),',
                           (paths.ROOT / "common" / "reasons.def").read_text(encoding="utf-8"), re.MULTILINE))
    readme = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    printed = set(re.findall(r"\| (\d+) \| ", readme))
    assert codes and codes <= printed, codes - printed


def test_settings_of_the_sample_file():
    """deploy/creditd.conf shows every limit with its default."""
    limits = re.findall(r"^LIMIT\((\w+), (\d+),",
                        (paths.ROOT / "server" / "limits.def").read_text(encoding="utf-8"), re.MULTILINE)
    sample = (paths.ROOT / "deploy" / "creditd.conf").read_text(encoding="utf-8")
    assert len(limits) > 10
    assert re.findall(r"^    # (\w+) = (\d+);$", sample, re.MULTILINE) == limits
