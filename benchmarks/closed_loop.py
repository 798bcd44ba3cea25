"""Every charger sends its next message when the last is answered: this gateway beside three other servers, in turns.

answering: the gateway's own server, with an application that only answers. naive: the ``ocpp`` package's routing in a
Channels consumer, all on defaults, one ORM create a message. bare: a ``websockets`` server that only answers. The
gateway itself authenticates, validates, commits six rows, the session and the wire log of both directions, then
answers.

Every figure and every ratio is the median of the rounds, because a shared machine is not equally fast for two minutes.
"""

import statistics
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from benchmarks.chargers import prepare
from benchmarks.copying import Copying
from benchmarks.crew import Crew, NotServed
from benchmarks.ledger import Ledger
from benchmarks.options import Options, Report
from benchmarks.servers import COMMANDS, OURS, ServerUnderTest
from benchmarks.sockets import Charger


@dataclass(frozen=True)
class Result:
    messages_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us_per_message: float
    kib_per_connection: float


def run(options: Options) -> Report:
    chargers = prepare(options.number_of_chargers(500, 20))
    seconds = options.number_of_seconds(4, 0.3)
    results: dict[str, list[Result]] = {name: [] for name in COMMANDS}
    copied: list[float] = []
    copying = Copying(chargers)
    with Crew(len(chargers)) as crew:
        for _ in range(options.number_of_rounds(3)):
            for name in COMMANDS:
                results[name].append(measure(name, chargers, crew, seconds))
            copied.append(copying.messages_per_s(seconds / 2))
    return _report(results, copied, len(chargers))


def measure(name: str, chargers: Sequence[Charger], crew: Crew, seconds: float) -> Result:
    """After half as long of warming up."""
    ledger = Ledger()
    with ServerUnderTest(name) as server:
        before_kib = server.memory_kib()
        crew.connect(chargers, server.port)
        kib = server.memory_kib() - before_kib
        heard = crew.closed_loop("MeterValues", warm_up_s=seconds / 2, seconds=seconds, meter=server.cpu_s)
        crew.keep(0)
    if not heard.measured:
        raise NotServed(f"{name} answered nothing for {seconds:.0f} s: is the machine or its disk busy?")
    if name == OURS:
        ledger.check_readings(heard.answered)
        ledger.check_frames(heard.answered)
    return Result(
        messages_per_s=heard.measured / seconds,
        p50_ms=heard.percentile_ms(50),
        p99_ms=heard.percentile_ms(99),
        cpu_us_per_message=1e6 * heard.metered / heard.measured,
        kib_per_connection=kib / len(chargers),
    )


def median(results: Sequence[Result]) -> Result:
    """Of each figure over the rounds."""
    return Result(*(statistics.median(figures) for figures in zip(*map(astuple, results), strict=True)))


def _report(results: dict[str, list[Result]], copied: Sequence[float], count: int) -> Report:
    report = Report(f"Closed loop: {count} chargers, MeterValues with 6 values")
    report.lines.append(f"{'':14}{'msg/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}{'KiB/conn':>10}")
    for name, rounds in results.items():
        middle = median(rounds)
        report.lines.append(
            f"{name:14}{middle.messages_per_s:10.0f}{middle.p50_ms:9.1f}{middle.p99_ms:9.1f}"
            f"{middle.cpu_us_per_message:9.0f}{middle.kib_per_connection:10.1f}"
        )
    report.lines.append(f"{'COPY alone':14}{statistics.median(copied):10.0f}")
    summary = _summary(results)
    report.summary = {**summary, "ratio_to_copy": round(summary["messages_per_s"] / statistics.median(copied), 3)}
    return report


def _summary(results: dict[str, list[Result]]) -> dict[str, float]:
    ours = median(results[OURS])
    summary = {
        "messages_per_s": round(ours.messages_per_s, 1),
        "p99_ms": round(ours.p99_ms, 1),
        "cpu_us_per_message": round(ours.cpu_us_per_message, 1),
        "kib_per_connection": round(ours.kib_per_connection, 1),
    }
    for name, others in results.items():
        if name == OURS:
            continue
        pairs = list(zip(results[OURS], others, strict=True))
        rates = [one.messages_per_s / two.messages_per_s for one, two in pairs]
        costs = [two.cpu_us_per_message / one.cpu_us_per_message for one, two in pairs]
        summary[f"ratio_to_{name}"] = round(statistics.median(rates), 3)
        summary[f"cpu_ratio_to_{name}"] = round(statistics.median(costs), 3)
    summary["share_of_bare_server"] = summary["ratio_to_answering"]
    return summary
