"""Files of trades as a branch would send them, and the import of one by creditctl."""
import random
import subprocess

from harness import files, paths
from harness.standing import DAY


def write_file(path, rows, customers, today, seed, first=0):
    """A CSV of trades of the last 14 months, one in ten late or open; written row by row. `customers`: (branch,
    number), which get as many each; `first`: number of the first document."""
    source = random.Random(seed)
    with open(path, "w", encoding="utf-8") as out:
        out.write(",".join(files.COLUMNS) + "\n")
        for n in range(rows):
            branch, number = customers[n % len(customers)]
            issued = today - source.randrange(1, 425) * DAY
            due = issued + source.choice((15, 30, 60)) * DAY
            late = source.random() < .1
            settled = "" if due >= today else due + (7 * DAY if late else 0 * DAY)
            settled = settled if settled == "" or settled <= today else ""
            out.write(f"{branch},{number},{first + n:010},{source.randrange(100, 99_999)}."
                      f"{source.randrange(100):02},{issued},{due},{settled}\n")


def start_import(cli, profile, path, mapping, log):
    """creditctl at work on a file; it does not wait for the evaluation, which the server makes afterwards."""
    return subprocess.Popen([paths.CREDITCTL, "-p", profile, "trade", "import", path, "--mapping", mapping, "--no-wait",
                             "-o", "json"], env=cli.environment(), stdout=subprocess.PIPE, stderr=log, text=True)
