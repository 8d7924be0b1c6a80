"""How large and how long a run is."""
from dataclasses import dataclass, replace

INDEXES_LAST = 1_000_000  # applications from which on it pays to plant without indexes


@dataclass(frozen=True)
class Sizes:
    """What is planted: `applications` are closed, `waiting` wait at HQ, each with a customer more."""
    customers: int = 100_000
    applications: int = 20_000
    waiting: int = 100_000
    regions: int = 8
    branches: int = 4  # of each region

    def words(self):
        """For the command line of plant."""
        words = [word for name, value in vars(self).items() for word in ("--" + name, str(value))]
        return words + (["--drop-indexes"] if self.applications > INDEXES_LAST else [])

    def fresh(self):
        """Of a database in which nothing has happened yet."""
        return replace(self, customers=20_000, applications=0, waiting=0)

    def large(self):
        """Of large tables: 52 million events, 39 GB."""
        return replace(self, customers=1_000_000, applications=10_000_000)


@dataclass(frozen=True)
class Window:
    """Seconds that are counted, after seconds that are not."""
    seconds: float
    warmup: float = 1.0


@dataclass(frozen=True)
class Plan:
    """Of one run; rounds are at least 3, so that a median says something."""
    sizes: Sizes = Sizes()
    window: Window = Window(3.0)
    lone: Window = Window(2.0)
    interactive: Window = Window(6.0)
    rounds: int = 3
    lone_rounds: int = 7
    minute: float = 60.0  # of fresh_database
    fresh_rounds: int = 1
    import_template: str = "small"
    import_rows: int = 200_000
    import_customers: int = 10_000
    beside_rows: int = 150_000  # of the import beside which people work
    idle: int = 10_000

    def rounds_of(self, group):
        """How often the cells of a group are run."""
        return {"lone": self.lone_rounds, "fresh": self.fresh_rounds, "idle": 1}.get(group, self.rounds)


FULL = Plan()
QUICK = replace(FULL, sizes=Sizes(customers=40_000), window=Window(1.0, 0.3), lone=Window(0.6, 0.2),
                interactive=Window(2.0, 0.3), minute=8.0, import_template="fresh", import_rows=30_000,
                import_customers=2_500, beside_rows=60_000, idle=1_000)


def chosen(options):
    """The plan of a command line."""
    plan = QUICK if options.quick else FULL
    if options.rounds:
        plan = replace(plan, rounds=options.rounds, lone_rounds=options.rounds, fresh_rounds=options.rounds)
    if options.seconds:
        plan = replace(plan, minute=options.seconds, **{
            name: replace(getattr(plan, name), seconds=options.seconds) for name in ("window", "lone", "interactive")})
    return plan
