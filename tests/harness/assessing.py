"""Assessments through the protocol, filled in from the form that the server gives for the policy in force."""
import datetime as dt
from decimal import Decimal

from .standing import DAY


def form(client):
    """The factors, kinds of documents and checklists of the policy in force."""
    return client.do("assessment_form")


def value_for(factor, row):
    """A value of the factor that falls into a row of its points."""
    if "choice" in row:
        return row["choice"]
    froms = [Decimal(r["from"]) for r in factor["rows"] if "from" in r]
    number = Decimal(row["from"]) if "from" in row else min(froms, default=Decimal(1)) - 1
    return f"{number}/1" if factor["input"] == "ratio" else str(number)


def best_row(factor):
    """The row with the most points."""
    return max(factor["rows"], key=lambda row: row.get("points", 0))


def filled(asked, **chosen):
    """A value for each factor: those chosen (None: none), else the best; optional factors have one only when chosen."""
    values = {f["name"]: value_for(f, best_row(f)) for f in asked["factors"] if f.get("required")}
    return {name: value for name, value in {**values, **chosen}.items() if value is not None}


def needed(asked, review, values):
    """Kinds of documents that a review, and the factors with a value, ask for."""
    kinds = [k for one in asked["checklists"] if one["review"] == review for k in one.get("kinds", ())]
    kinds += [f["evidence"] for f in asked["factors"] if f["name"] in values and "evidence" in f]
    return list(dict.fromkeys(kinds))


def document(kind, dated, **more):
    """One document; `dated` is a date."""
    return {"kind": kind, "number": f"N-{kind}", "dated": dated.isoformat(), **more}


def request(asked, customer, today, review="periodic", documents=None, **chosen):
    """The fields of a valid entry, all documents of yesterday; `documents`: others by kind, or None for one that is
    left out."""
    values = filled(asked, **chosen)
    papers = {kind: document(kind, today - DAY) for kind in needed(asked, review, values)}
    papers |= documents or {}
    return {"customer": customer, "review": review,
            "values": [{"factor": name, "value": value} for name, value in values.items()],
            "documents": [one for one in papers.values() if one is not None]}


def call(trading, customer, login="sub11", **fields):
    """Tries to enter an assessment by the form of today; the reply."""
    client = trading.connect(login)
    return client.call("assessment_enter", **request(form(client), customer, trading.today(), **fields))


def enter(trading, customer, login="sub11", **fields):
    """Enters one, and waits for the evaluation that follows; the assessment as the answer has it."""
    reply = call(trading, customer, login, **fields)
    assert reply.ok, reply
    trading.settled()
    return reply.body["assessment"]


def valid_to(assessment):
    """The last day on which it counts."""
    return dt.date.fromisoformat(assessment["valid_to"])
