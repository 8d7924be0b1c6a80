"""How long a simulation over all customers takes, and what memory it needs: creditctl against creditd over TLS, on a planted
database on the disk. `make bench-simulation`.

    /usr/bin/python3 tests/bench/simulation.py --customers 50000 --trades 1000000 --months 24
"""
import argparse
import contextlib
import datetime as dt
import json
import pathlib
import subprocess
import sys
import time
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import paths  # noqa: E402
from harness.cli import Cli  # noqa: E402
from plan import Sizes  # noqa: E402
from stage import Stage  # noqa: E402

CHANGE = ("floor_bp = 7500;", "floor_bp = 8500;"), ('from = "2000000.00"', 'from = "4000000.00"')


@dataclass(frozen=True)
class TradeSizes(Sizes):
    """Customers with trades."""
    trades: int = 1_000_000


def peak_kb(pid):
    """The most memory that a process has ever used."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def draft(directory):
    """The shipped policy with other bands and another floor, without its tests."""
    text = paths.POLICY.read_text(encoding="utf-8")
    for before, after in CHANGE:
        text = text.replace(before, after)
    path = directory / "draft.cfg"
    path.write_text(text, encoding="utf-8")
    return path


def simulate(directory, cli, login, first):
    """(what creditctl tells, the most memory that it used in kB)."""
    with open(directory / "told.json", "w", encoding="utf-8") as out:
        process = subprocess.Popen([paths.CREDITCTL, "-p", login, "policy", "simulate", draft(directory), "--from",
                                    first.isoformat(), "--timeout", "10m", "--html", directory / "page.html", "-o",
                                    "json"], stdout=out, env=cli.environment())
        peak = 0
        while process.returncode is None:
            with contextlib.suppress(OSError, StopIteration):
                peak = max(peak, peak_kb(process.pid))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
    if process.returncode != 0:
        raise SystemExit(f"creditctl ended with {process.returncode}")
    return json.loads((directory / "told.json").read_text(encoding="utf-8")), peak


def main():
    """Plants, simulates, tells."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--trades", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=24)
    options = parser.parse_args()
    stage = Stage(TradeSizes(customers=options.customers, applications=0, waiting=0, trades=options.trades))
    try:
        with stage.product() as (_, server, _):
            login, token = stage.template("small").of_role("approver")
            cli = Cli(stage.directory, server, {login: token})
            first = dt.date.today() - dt.timedelta(days=options.months * 365 // 12)
            before = peak_kb(server.process.pid)
            begin = time.monotonic()
            told, client_kb = simulate(stage.directory, cli, login, first)
            seconds = time.monotonic() - begin
            print(f"customers {told['customers']}, evaluated {told['evaluated']}, trades {options.trades}, "
                  f"{options.months} months: {seconds:.1f} s, {told['customers'] / seconds:.0f} customers/s")
            print(f"changed {len(told['changed'])}, demotions {told['demotions']}; peak memory: server "
                  f"{before} kB before, {peak_kb(server.process.pid)} kB after, creditctl {client_kb} kB")
    finally:
        stage.close()


if __name__ == "__main__":
    main()
