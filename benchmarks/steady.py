"""How many chargers one gateway holds that send six meter values every ten seconds, p99 below half a second."""

from dataclasses import dataclass

from benchmarks.chargers import prepare
from benchmarks.crew import Crew
from benchmarks.ledger import Ledger
from benchmarks.options import Options, Report
from benchmarks.servers import ServerUnderTest, file_limit
from benchmarks.sockets import Charger

INTERVAL_S = 10.0
P99_LIMIT_MS = 500.0
MOST_TRIALS = 5
SPARE_FILES = 150
"""What a gateway opens besides its sockets: its log, the database, Redis."""


@dataclass(frozen=True)
class Trial:
    """``load``: as so many chargers at ten seconds; above what may be connected the same ones speak more often."""

    load: int
    chargers: int
    messages_per_s: float
    p50_ms: float
    p99_ms: float
    late: int
    cpu_percent: float
    cpu_us_per_message: float
    chargers_cpu_percent: float

    @property
    def is_held(self) -> bool:
        return self.p99_ms < P99_LIMIT_MS and self.late == 0


class Search:
    """One gateway, and the chargers that are connected to it so far."""

    def __init__(self, server: ServerUnderTest, crew: Crew, chargers: list[Charger], seconds: float) -> None:
        self.server, self.crew, self.chargers, self.seconds = server, crew, chargers, seconds
        self.connected = 0
        self.answered = 0
        self.ledger = Ledger()

    def try_with(self, load: int) -> Trial:
        """Raises NotServed when something was refused, or answered and not stored."""
        count = min(load, len(self.chargers))
        self._connect(count)
        interval_s = INTERVAL_S * count / load
        warm_up_s = self.seconds / 4
        heard = self.crew.steady(
            "MeterValues",
            interval_s=interval_s,
            warm_up_s=warm_up_s,
            seconds=self.seconds,
            meter=self.server.cpu_s,
        )
        self.answered += heard.answered
        self.ledger.check_readings(self.answered)
        return Trial(
            load=load,
            chargers=count,
            messages_per_s=heard.measured / self.seconds,
            p50_ms=heard.percentile_ms(50),
            p99_ms=heard.percentile_ms(99),
            late=heard.late,
            cpu_percent=100 * heard.metered / self.seconds,
            cpu_us_per_message=1e6 * heard.metered / max(heard.measured, 1),
            chargers_cpu_percent=100 * heard.cpu_s / (warm_up_s + self.seconds),
        )

    def _connect(self, count: int) -> None:
        if count > self.connected:
            self.crew.connect(self.chargers[self.connected : count], self.server.port)
        elif count < self.connected:
            self.crew.keep(count)
        self.connected = count


def run(options: Options) -> Report:
    """Upwards by steps as long as it holds, or downwards until it does."""
    start = options.number_of_chargers(16_000, 40)
    step = max(start // 8, 1)
    most = min(start + MOST_TRIALS * step, file_limit() - SPARE_FILES)
    chargers = prepare(most)
    trials: list[Trial] = []
    with ServerUnderTest() as server, Crew(most) as crew:
        search = Search(server, crew, chargers, options.number_of_seconds(20, 1))
        load = start
        while load > 0 and len(trials) < (2 if options.quick else MOST_TRIALS):
            trials.append(search.try_with(load))
            if trials[-1].is_held != trials[0].is_held:
                break
            load += step if trials[-1].is_held else -step
        search.ledger.check_frames(search.answered)
    return _report(trials, most)


def _report(trials: list[Trial], most: int) -> Report:
    report = Report(f"Steady state: MeterValues with 6 values every {INTERVAL_S:.0f} s, one gateway process")
    report.lines.append(
        f"{'as chargers':>11}{'connected':>10}{'msg/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'late':>6}{'CPU %':>7}"
        f"{'CPU µs':>8}{'chargers %':>12}"
    )
    for trial in trials:
        report.lines.append(
            f"{trial.load:11}{trial.chargers:10}{trial.messages_per_s:8.0f}{trial.p50_ms:8.0f}{trial.p99_ms:8.0f}"
            f"{trial.late:6}{trial.cpu_percent:7.0f}{trial.cpu_us_per_message:8.0f}"
            f"{trial.chargers_cpu_percent:12.0f}  {'held' if trial.is_held else 'not held'}"
        )
    if any(trial.load > trial.chargers for trial in trials):
        report.lines.append(
            f"This machine lets a process open {most} sockets: beyond it the same ones speak more often."
        )
    held = [trial for trial in trials if trial.is_held]
    best = max(held, key=lambda trial: trial.load, default=None)
    report.summary = {
        "steady_chargers": best.chargers if best else 0,
        "steady_as_chargers": best.load if best else 0,
        "steady_p99_ms": round(best.p99_ms, 1) if best else None,
        "steady_messages_per_s": round(best.messages_per_s, 1) if best else 0,
        "steady_cpu_percent": round(best.cpu_percent, 1) if best else None,
    }
    return report
