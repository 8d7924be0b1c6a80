"""What a bench tells: a table for people, a file for programs."""
import json
import statistics

from figures import cpu_per_step, done

# Of a cell: heading, width, digits, how it is found; a cell in which it is not found has none.
COLUMNS = [
    ("per second", 11, 0, lambda c: c["rate"]),
    ("p50 ms", 8, 2, lambda c: c["p50_ms"]),
    ("p99 ms", 8, 2, lambda c: c["p99_ms"]),
    ("CPU ms: server", 15, 3, lambda c: 1_000 * c["server"] / done(c)),
    ("PostgreSQL", 11, 3, lambda c: 1_000 * c["postgres"] / done(c)),
    ("both", 7, 3, cpu_per_step),
    ("WAL B", 8, 0, lambda c: c["wal"] / done(c)),
    ("wire B", 8, 0, lambda c: (c["bytes_sent"] + c["bytes_received"]) / done(c)),
    ("RSS B", 8, 0, lambda c: c["rss_bytes"]),
    ("noise", 7, 2, lambda c: c["noise"]),
]


def _found(find, cell):
    try:
        return find(cell)
    except (KeyError, StopIteration, ZeroDivisionError):
        return None


def _medians(cells):
    """Of every number in the cells of one name."""
    numbers = {key for cell in cells for key, value in cell.items() if isinstance(value, (int, float))}
    return {key: statistics.median([cell[key] for cell in cells if key in cell]) for key in sorted(numbers)}


class Outcome:
    """A figure with the rounds in which its cells were run: [name -> cell]; `missing`: why it was not measured."""

    def __init__(self, figure, rounds, missing=None):
        self.figure, self.rounds, self.missing = figure, rounds, missing
        self.ratios = [] if missing else [figure.ratio(cells) for cells in rounds]

    @property
    def ratio(self):
        """The median."""
        return statistics.median(self.ratios)

    def reached(self, goal):
        """Is the median as good as a goal, and does what has to hold beside it?"""
        return not self.missing and self.figure.reached(self.ratio, goal) and all(
            self.figure.holds(cells) for cells in self.rounds)

    @property
    def noise(self):
        """The median of the worst cell of each round."""
        worst = [max(cells[name].get("noise", 0) for name in self.figure.cells) for cells in self.rounds]
        return statistics.median(worst)

    def line(self):
        """Of the table."""
        figure = self.figure
        if self.missing:
            return f"{figure.name:26} not measured: {self.missing}"
        met = "" if figure.gate is None else "aim" if figure.aim is not None and self.reached(figure.aim) else (
            "gate" if self.reached(figure.gate) else "NO")
        return (f"{figure.name:26} {self.ratio:8.3f}  {min(self.ratios):7.3f} -{max(self.ratios):7.3f} "
                f"{len(self.ratios):6} {self.noise:6.2f} {figure.goal(figure.gate):>8} "
                f"{figure.goal(figure.aim):>8}  {met:5} {figure.what}")

    def told(self, machine, command):
        """For the file."""
        figure = self.figure
        head = {"name": figure.name, "what": figure.what}
        tail = {"goal": figure.goal(figure.gate), "aim": figure.goal(figure.aim),
                "command": f"{command} --only {figure.name}"}
        if self.missing:
            return {**head, "ratio": None, "low": None, "high": None, "rounds": 0, **tail, "missing": self.missing,
                    "machine": machine}
        cells = {name: _medians([cells[name] for cells in self.rounds]) for name in figure.cells}
        return {**head, "ratio": self.ratio, "low": min(self.ratios), "high": max(self.ratios),
                "rounds": len(self.ratios), **tail, "met": self.reached(figure.gate), "noise": self.noise,
                "detail": cells, "machine": machine}


def figures_table(outcomes):
    """Lines."""
    return [f"{'figure':26} {'ratio':>8}  {'low - high':>16} {'rounds':>6} {'noise':>6} {'gate':>8} {'aim':>8}  met",
            *(outcome.line() for outcome in outcomes)]


def cells_table(groups):
    """Lines of absolute values, medians over rounds; `groups`: name -> [rounds]."""
    lines = [f"{'per step or answer':18}" + "".join(f"{heading:>{width}}" for heading, width, _, _ in COLUMNS)]
    for rounds in groups.values():
        for name in rounds[0]:
            texts = []
            for _, width, digits, find in COLUMNS:
                values = [v for v in (_found(find, cells[name]) for cells in rounds) if v is not None]
                texts.append(f"{statistics.median(values):>{width}.{digits}f}" if values else " " * width)
            if "".join(texts).strip():
                lines.append(f"{name:18}" + "".join(texts))
    return lines


def write(path, outcomes, machine, command):
    """The file."""
    path.write_text(json.dumps([outcome.told(machine, command) for outcome in outcomes], indent=1) + "\n",
                    encoding="utf-8")
