"""Two gateways against one, closed loop: what a second process adds where the cores allow it."""

import statistics
from collections.abc import Sequence

from benchmarks.chargers import prepare
from benchmarks.crew import Crew, NotServed
from benchmarks.ledger import Ledger
from benchmarks.options import Options, Report
from benchmarks.servers import ServerUnderTest
from benchmarks.sockets import Charger


def run(options: Options) -> Report:
    chargers = prepare(options.number_of_chargers(500, 20))
    seconds = options.number_of_seconds(4, 0.3)
    rates: dict[int, list[float]] = {1: [], 2: []}
    costs: dict[int, list[float]] = {1: [], 2: []}
    with ServerUnderTest() as first, ServerUnderTest() as second, Crew(len(chargers)) as crew:
        for _ in range(options.number_of_rounds(3)):
            for count in rates:
                rate, cost = _measure([first, second][:count], chargers, crew, seconds)
                rates[count].append(rate)
                costs[count].append(cost)
    speedup = statistics.median(two / one for one, two in zip(rates[1], rates[2], strict=True))
    report = Report("Two gateways against one: closed loop, MeterValues with 6 values")
    for count in rates:
        report.lines.append(
            f"{count} gateway{'s' if count > 1 else ' '} {statistics.median(rates[count]):10.0f} msg/s "
            f"{statistics.median(costs[count]):6.0f} µs of their CPU a message"
        )
    report.lines.append("PostgreSQL and the chargers run on the same cores.")
    report.summary = {"two_gateways_speedup": round(speedup, 2)}
    return report


def _measure(
    servers: Sequence[ServerUnderTest], chargers: Sequence[Charger], crew: Crew, seconds: float
) -> tuple[float, float]:
    """Messages a second, and CPU µs a message, of these gateways together."""
    ledger = Ledger()
    crew.connect(chargers, *(server.port for server in servers))
    heard = crew.closed_loop(
        "MeterValues",
        warm_up_s=seconds / 2,
        seconds=seconds,
        meter=lambda: sum(server.cpu_s() for server in servers),
    )
    crew.keep(0)
    if not heard.measured:
        raise NotServed(f"nothing was answered for {seconds:.0f} s: is the machine or its disk busy?")
    ledger.check_readings(heard.answered)
    return heard.measured / seconds, 1e6 * heard.metered / heard.measured
