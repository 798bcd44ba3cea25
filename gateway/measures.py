"""What a gateway counts while it works: plain numbers, because every message passes here.

``gateway/metrics.py`` shows them to Prometheus.
"""

from bisect import bisect_left
from collections import Counter, defaultdict

from stations.states import CommandStatus, OcppVersion

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Histogram:
    """How many values fell below each bound, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """As Prometheus wants them: each bound with all that is below it."""
        below = 0
        result: list[tuple[str, float]] = []
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            below += count
            result.append((bound, below))
        return result


class Measures:
    """Of one gateway process, since it started."""

    def __init__(self) -> None:
        self.answers: dict[OcppVersion, defaultdict[str, Histogram]] = {
            version: defaultdict(Histogram) for version in OcppVersion
        }
        """Seconds from a CALL's arrival to its answer, by version and action."""
        self.errors: Counter[tuple[OcppVersion, str, str]] = Counter()
        """CALLERRORs of ours, by version, action and code."""
        self.repairs: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.commands: Counter[tuple[OcppVersion, str, CommandStatus]] = Counter()
        """Commands that ended here, by version, action and status."""
        self.loop_lag_s = Histogram()
