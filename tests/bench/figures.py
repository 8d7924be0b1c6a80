"""The figures: which cells each is made of, and what it should be."""
import operator
from dataclasses import dataclass, field
from typing import Callable

LEAST_SHARE = 0.35  # of the answers, that each of two processes gives


@dataclass(frozen=True)
class Figure:
    """A ratio within one round. `gate` and `aim` are the least it should be, or with `most` the most it may be; both
    None: there is no goal. `holds`: a condition on the cells of a round beside the gate. `apart`: measured only
    when it is named."""
    name: str
    what: str
    group: str
    cells: tuple
    ratio: Callable
    gate: float = None
    aim: float = None
    most: bool = False
    holds: Callable = field(default=lambda cells: True)
    apart: bool = False

    def reached(self, ratio, goal):
        """Is the ratio as good as a goal?"""
        return goal is None or (operator.le if self.most else operator.ge)(ratio, goal)

    def goal(self, number):
        """A goal as text."""
        return "" if number is None else f"{'<=' if self.most else '>='} {number:g}"


def _best_of_t(cells):
    return max(cells[name]["rate"] for name in ("T8", "T32", "T64"))


def done(cell):
    """How much a cell has counted."""
    return next(cell[name] for name in ("steps", "answers", "handshakes", "rows") if name in cell)


def cpu_per_step(cell):
    """CPU seconds of server and PostgreSQL per 1,000 of what it counted; T has no server."""
    return 1_000 * (cell.get("server", 0) + cell["postgres"]) / done(cell)


def _worst_of_large(cells):
    """Of how fast the large tables are, where the small ones are 1."""
    rates = (cells[f"{name} large"]["rate"] / cells[f"{name} small"]["rate"] for name in ("64x1", "inbox", "import"))
    return min(*rates, cells["lone small"]["p50_ms"] / cells["lone large"]["p50_ms"])


FIGURES = [
    Figure("steps_closed", "steps/s, 64 connections x 1 / T at 64", "steps", ("64x1", "T64"),
           lambda c: c["64x1"]["rate"] / c["T64"]["rate"], 4, 6),
    Figure("steps_closed_256", "steps/s, 256 connections x 1 / T at 64", "steps", ("256x1", "T64"),
           lambda c: c["256x1"]["rate"] / c["T64"]["rate"], 4.5, 7),
    Figure("steps_pipelined", "steps/s, 64 connections x 16 / T's best", "steps", ("64x16", "T8", "T32", "T64"),
           lambda c: c["64x16"]["rate"] / _best_of_t(c), 7, 10),
    Figure("p99_closed", "p99 at 64 x 1 / T's median at 64", "steps", ("64x1", "T64"),
           lambda c: c["64x1"]["p99_ms"] / c["T64"]["p50_ms"], 0.6, 0.4, most=True),
    Figure("cpu_per_step", "CPU of server + PostgreSQL per step, 64 x 1 / T at 64", "steps", ("64x1", "T64"),
           lambda c: cpu_per_step(c["64x1"]) / cpu_per_step(c["T64"]), 0.2, 0.1, most=True),
    Figure("overload_goodput", "steps/s at 4 x the best rate / the best rate", "overload", ("best", "overload"),
           lambda c: c["overload"]["rate"] / c["best"]["rate"], 0.9),
    Figure("lone_latency", "median of a lone client over TLS / T's at 1", "lone", ("T1", "lone"),
           lambda c: c["lone"]["p50_ms"] / c["T1"]["p50_ms"], 1.0, 0.7, most=True),
    Figure("steps_vs_set_limit", "steps/s at 64 x 16 in one lane / S on one connection", "set_limit", ("one lane", "S"),
           lambda c: c["one lane"]["rate"] / c["S"]["rate"], 0.7, 0.9),
    Figure("inbox", "pages/s of an inbox of 100,000 / the plain query", "inbox", ("inbox", "query"),
           lambda c: c["inbox"]["rate"] / c["query"]["rate"], 0.5, 0.7),
    Figure("import", "trades/s, standing included / COPY of all rows", "import", ("import", "copy"),
           lambda c: c["import"]["rate"] / c["copy"]["rate"], 0.3, 0.5),
    Figure("interactive_beside_import", "p99 of a step beside an import / in quiet", "interactive", ("quiet", "beside"),
           lambda c: c["beside"]["p99_ms"] / c["quiet"]["p99_ms"], 2.0, most=True),
    Figure("idle_bytes", "resident bytes of an idle connection / nginx", "idle",
           ("creditd idle", "nginx idle", "handshakes"),
           lambda c: c["creditd idle"]["rss_bytes"] / c["nginx idle"]["rss_bytes"], 1.2, 0.9, most=True),
    Figure("two_processes", "CPU per step of two processes / one, 256 connections", "workers",
           ("1 process", "2 processes", "4 processes"),
           lambda c: cpu_per_step(c["2 processes"]) / cpu_per_step(c["1 process"]), 1.15, 1.05, most=True,
           holds=lambda c: c["2 processes"]["least_share"] >= LEAST_SHARE),
    Figure("fresh_database", "steps/s of the first minute / later", "fresh", ("first", "later"),
           lambda c: c["first"]["rate"] / c["later"]["rate"], 0.8, 0.95),
    Figure("large_tables", "the worst of four, 10 million applications / 20,000", "large",
           tuple(f"{name} {side}" for name in ("lone", "64x1", "inbox", "import") for side in ("small", "large")),
           _worst_of_large, 0.8, 0.9, apart=True),
]
