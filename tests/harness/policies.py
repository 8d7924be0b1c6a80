"""Policy files: the one of deploy/ with other values, and back from text to values."""
import contextlib
import datetime as dt
import re
from decimal import Decimal

from . import paths
from .standing import Policy

TOKEN = re.compile(r'\s+|//[^\n]*|#[^\n]*|/\*.*?\*/|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z][\w-]*)'
                   r'|(?P<number>-?\d+)L?|(?P<sign>[={}()\[\];,:])', re.DOTALL)


def _tokens(text):
    place = 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise ValueError(f"no token: {text[place:place + 40]!r}")
        place = found.end()
        if found.lastgroup is not None:
            yield found.lastgroup, found.group(found.lastgroup)


def _value(tokens):
    kind, word = tokens.pop(0)
    if kind == "text":
        return word[1:-1]
    if kind == "number":
        return int(word)
    if kind == "word":
        return word.lower() == "true"
    if word == "{":
        return _group(tokens, "}")
    end, items = {"(": ")", "[": "]"}[word], []
    while tokens[0][1] != end:
        items.append(_value(tokens))
        if tokens[0][1] == ",":
            tokens.pop(0)
    tokens.pop(0)
    return items


def _group(tokens, end):
    out = {}
    while tokens and tokens[0][1] != end:
        name = tokens.pop(0)[1]
        tokens.pop(0)  # = or :
        out[name] = _value(tokens)
        if tokens and tokens[0][1] in ";,":
            tokens.pop(0)
    if tokens:
        tokens.pop(0)
    return out


def settings(text):
    """A file in libconfig's language as nested dictionaries."""
    return _group(list(_tokens(text)), None)


def read(text):
    """The values of standing in the text of a policy."""
    known = settings(text)
    volume, fulfilment = known["volume"], known["fulfilment"]
    return Policy(volume["currency"], volume["window_months"],
                  tuple((b["grade"], int(Decimal(b["from"]) * 100)) for b in volume["bands"]), volume["below_lowest"],
                  fulfilment["basis"], fulfilment["floor_bp"],
                  tuple((r["currency"], dt.date.fromisoformat(r["from"]), str(r["rate"]))
                        for r in known.get("rates", ())), known.get("scorecard", {}).get("combine"))


def whole(policy):
    """Text of a policy file: clocks and verification of deploy/policy.cfg, standing as given."""
    text = paths.POLICY.read_text(encoding="utf-8")
    for name in ("volume", "fulfilment"):
        text = re.sub(rf"^{name} = {{.*?^}};\n", "", text, flags=re.DOTALL | re.MULTILINE)
    return without(without(text, "rates"), "tests") + policy.text()


def without(text, name):
    """The text without one of its lists of groups."""
    return re.sub(rf"^{name} = \(.*?\);\n", "", text, flags=re.DOTALL | re.MULTILINE)


def newest(client):
    """The version published last and not rolled back."""
    return next(p["version"] for p in client.do("policy_list")["policies"]
                if p["state"] in ("in_force", "waiting", "superseded"))


def proposed(client, text, note="for a test"):
    """A proposal on the version published last; its version."""
    return client.do("policy_propose", text=text, note=note, base_version=newest(client))["policy"]["version"]


def put_in_force(server, tokens, text):
    """The text becomes the policy in force, by two hands, unless it is already; its version."""
    with server.client(tokens["maker"]) as maker:
        now = maker.do("policy_show")["policy"]
        if now["text"] == text:
            return now["version"]
        version = proposed(maker, text)
    with server.client(tokens["checker"]) as checker:
        checker.do("policy_publish", version=version)
    return version


@contextlib.contextmanager
def in_force(connect, text):
    """The text is in force within the block."""
    version = proposed(connect("maker"), text)
    connect("checker").do("policy_publish", version=version)
    try:
        yield
    finally:
        connect("checker").do("policy_roll_back", version=version, reason="end")


def write(directory, policy, name="policy.cfg"):
    """A policy file; its path."""
    path = directory / name
    path.write_text(whole(policy), encoding="utf-8")
    return path
