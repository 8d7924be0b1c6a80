"""trade import when answers are lost, chunks are refused whole, and time runs out: a server that speaks by a script."""
import pytest

from test_client import LOST, journal, said, scripted  # noqa: F401  pylint: disable=unused-import
import trade_pb2  # isort: skip

MAPPING = """columns = { branch = "branch"; customer = "customer"; document = "document"; amount = "amount";
issued = "issued"; due = "due"; }; constants = { currency = "CNY"; };"""
HEADER = "branch,customer,document,amount,issued,due\n"
IMPORT = {"id": "I-01-7", "customers": 0, "evaluated": 0}


def shown(**fields):
    """An answer that holds the import."""
    answer = trade_pb2.TradeImportAnswer()
    for name, value in {**IMPORT, **fields}.items():
        setattr(getattr(answer, "import"), name, value)
    return said("ok", body=answer.SerializeToString(), entity_id="I-01-7")


def taken(added=0, unchanged=0, refused=()):
    """An answer to a chunk."""
    answer = trade_pb2.TradeImportChunkAnswer(added=added, changed=0, unchanged=unchanged, customers_added=0)
    for row in refused:
        answer.refused.add(row=row, reason=70, field="document").arguments.add(name="document", value="D")
    return said("ok", body=answer.SerializeToString())


@pytest.fixture
def trades(tmp_path):
    """trades(rows): words of an import of a file of so many rows."""
    def make(rows):
        (tmp_path / "m.cfg").write_text(MAPPING, encoding="utf-8")
        (tmp_path / "t.csv").write_text(
            HEADER + "".join(f"B11,K,{n:06},1.5,2026-01-02,2026-02-01\n" for n in range(rows)), encoding="utf-8")
        return ("trade", "import", tmp_path / "t.csv", "--mapping", tmp_path / "m.cfg")
    return make


def rows_of(script):
    """Document numbers of each chunk that was sent."""
    return [[r.document for r in trade_pb2.TradeImportChunkRequest.FromString(b).rows]
            for b in script.bodies("trade_import_chunk")]


def test_a_chunk_whose_answer_was_lost(scripted, trades):  # noqa: F811
    """It is repeated under its id, answered without a body, and its rows are sent once more under a new id, so that the
    refused ones are known; the counts are those of the import."""
    script, cli = scripted(trade_import_begin=[shown(added=5)],
                           trade_import_chunk=[LOST, said("ok"), taken(unchanged=2, refused=[1])],
                           trade_import_finish=[shown(added=7)])
    done = cli("app", *trades(3), code=9)
    assert (done.json["added"], done.json["unchanged"], done.json["refused"]) == (2, 0, 1)
    first, again, anew = (trade_pb2.TradeImportChunkRequest.FromString(b) for b in script.bodies("trade_import_chunk"))
    assert first == again and anew.command_id != first.command_id and list(anew.rows) == list(first.rows)
    assert '"line":3' in done.stderr and "DOCUMENT_OF_ANOTHER" in done.stderr
    assert not journal(cli, "app")


def test_it_ends_in_the_middle(scripted, trades):  # noqa: F811
    script, cli = scripted(trade_import_begin=[shown()],
                           trade_import_chunk=[taken(256), taken(256), said("rejected", "SESSION_EXPIRED")],
                           trade_import_finish=[said("rejected", "MALFORMED")])
    done = cli("app", *trades(3000), code=9)
    assert (done.json["added"], done.json["unknown"], done.json["not_tried"]) == (512, 0, 2488)
    assert done.error["reason"] == "SESSION_EXPIRED" and "same command" in done.error["hint"]
    assert not script.bodies("trade_import_finish") and not journal(cli, "app")


def test_some_is_not_known_and_a_later_run_drops_it(scripted, trades):  # noqa: F811
    script, cli = scripted(trade_import_begin=[shown()],
                           trade_import_chunk=[taken(256), said("unknown"), said("rejected", "SESSION_EXPIRED")])
    done = cli("app", *trades(600), code=12)
    assert (done.json["added"], done.json["unknown"], done.json["not_tried"]) == (256, 256, 88)
    assert len(journal(cli, "app")) == 1
    script.answers.update(trade_import_chunk=[taken(unchanged=256), taken(256), taken(88)],
                          trade_import_finish=[shown()])
    begun = [trade_pb2.TradeImportBeginRequest.FromString(b).source for b in script.bodies("trade_import_begin")]
    script.seen.clear()
    assert cli("app", *trades(600)).json["added"] == 344
    again = trade_pb2.TradeImportBeginRequest.FromString(script.bodies("trade_import_begin")[0]).source
    assert [again] == begun and not journal(cli, "app"), "the same import goes on, and nothing is left of the first run"


def test_a_whole_chunk_is_refused(scripted, trades):  # noqa: F811
    script, cli = scripted(trade_import_begin=[shown()], trade_import_chunk=[said("rejected", "IMPORT_FINISHED")])
    done = cli("app", *trades(3), code=6)
    assert done.error["reason"] == "IMPORT_FINISHED" and done.json["not_tried"] == 3
    assert not script.bodies("trade_import_finish")


def test_the_end_is_not_reached(scripted, trades):  # noqa: F811
    _, cli = scripted(trade_import_begin=[shown()], trade_import_chunk=[taken(3)],
                      trade_import_finish=[said("unknown"), said("rejected", "SESSION_EXPIRED")])
    done = cli("app", *trades(3), code=12)
    assert done.error["executed"] is True and "same command" in done.error["hint"] and done.json["added"] == 3


def test_the_evaluation_takes_longer(scripted, trades):  # noqa: F811
    script, cli = scripted(trade_import_begin=[shown()], trade_import_chunk=[taken(3)],
                           trade_import_finish=[shown(customers=2)],
                           trade_import_show=[shown(customers=2), shown(customers=2, evaluated=2, demoted=1)])
    assert cli("app", *trades(3)).json["demoted"] == 1
    assert cli("app", *trades(3), "--no-wait").json["evaluated"] == 0
    script.answers["trade_import_show"] = [shown(customers=2, evaluated=1)]
    done = cli("app", *trades(3), "--timeout", "1s", code=9)
    assert done.json["evaluated"] == 1 and "trade status I-01-7" in done.error["hint"] and done.error["executed"] is True


def test_a_dry_run_begins_nothing(scripted, trades):  # noqa: F811
    script, cli = scripted(trade_import_chunk=[LOST, taken(2, refused=[0])])
    done = cli("app", *trades(3), "--dry-run", code=9)
    assert done.json["dry_run"] is True and "import" not in done.json and done.error["executed"] is False
    assert not script.bodies("trade_import_begin") and not script.bodies("trade_import_finish")
    assert all(trade_pb2.TradeImportChunkRequest.FromString(b).dry_run for b in script.bodies("trade_import_chunk"))
    assert not journal(cli, "app")


def test_rows_go_in_chunks_of_256(scripted, trades):  # noqa: F811
    script, cli = scripted(trade_import_begin=[shown()], trade_import_chunk=[taken(256)], trade_import_finish=[shown()])
    cli("app", *trades(2600))
    sizes = [len(rows) for rows in rows_of(script)]
    assert max(sizes) == 256 and sorted(sum(rows_of(script), [])) == [f"{n:06}" for n in range(2600)]
