"""MeterValues with six values, acknowledged: this gateway beside a bare server and beside the naive way, in one run.

    python -m csms.embedded exec --durable -- python -m benchmarks.ingest [--chargers 500] [--seconds 4] [--rounds 4]

(a) bare: a ``websockets`` server that only answers; it stores nothing. (b) naive: the ``ocpp`` package's routing in a
Channels consumer, all on defaults, one ORM create a message. (c) answering: this gateway's server, with an application
that only answers. The gateway itself authenticates, validates, commits six rows, the session and the wire log of both
directions, then answers.

The servers take turns; every figure and every ratio is the median of the rounds, because a shared machine is not
equally fast for two minutes.
"""

import argparse
import asyncio
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import django
import uvloop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from accounts.models import Organization  # noqa: E402
from benchmarks.results import write_results  # noqa: E402
from benchmarks.servers import COMMANDS, OURS, ServerUnderTest  # noqa: E402
from benchmarks.sockets import Socket, Tally, upgrade_request  # noqa: E402
from charging import services as charging  # noqa: E402
from charging.models import MeterReading  # noqa: E402
from charging.reports import StartReport  # noqa: E402
from drivers.tokens import PresentedToken  # noqa: E402
from stations.models import ChargingStation  # noqa: E402
from stations.secrets import hash_secret  # noqa: E402

SECRET = "benchmark-secret-0001"  # noqa: S105
VALUES = (
    ("Energy.Active.Import.Register", "Wh", None),
    ("Power.Active.Import", "W", None),
    ("Current.Import", "A", "L1"),
    ("Current.Import", "A", "L2"),
    ("Current.Import", "A", "L3"),
    ("Voltage", "V", "L1"),
)


@dataclass(frozen=True)
class Result:
    messages_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us_per_message: float
    kib_per_connection: float
    answered: int


@dataclass(frozen=True)
class BenchCharger:
    identity: str
    transaction_id: int


def prepare(count: int) -> list[BenchCharger]:
    """Stations with a running session each."""
    call_command("migrate", verbosity=0)
    organization, _ = Organization.objects.get_or_create(name="Benchmark", slug="benchmark")
    chargers = []
    for number in range(count):
        station, _ = ChargingStation.objects.get_or_create(
            identity=f"BENCH{number:05}", defaults={"organization": organization, "secret_hash": hash_secret(SECRET)}
        )
        now = datetime.now(UTC)
        outcome = charging.start_session(
            StartReport(
                station_id=station.pk, at=now, received_at=now, evse_number=1, meter_wh=0, token=PresentedToken("BENCH")
            )
        )
        if outcome.session is None:
            raise RuntimeError(f"no session was opened for {station}")
        chargers.append(BenchCharger(station.identity, int(outcome.session.transaction_id)))
    return chargers


def meter_values(charger: BenchCharger) -> Callable[[], str]:
    """Messages of one charger: no two alike, ten seconds apart."""
    start = datetime.now(UTC)
    counter = itertools.count(1)

    def text() -> str:
        number = next(counter)
        at = (start + timedelta(seconds=10 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        sampled = [
            {"value": str(number * 30 + offset), "measurand": measurand, "unit": unit}
            | ({"phase": phase} if phase else {})
            for offset, (measurand, unit, phase) in enumerate(VALUES)
        ]
        payload = {
            "connectorId": 1,
            "transactionId": charger.transaction_id,
            "meterValue": [{"timestamp": at, "sampledValue": sampled}],
        }
        return json.dumps([2, f"{charger.identity}-{number}", "MeterValues", payload])

    return text


async def measure(name: str, chargers: list[BenchCharger], seconds: float) -> Result:
    """A closed loop of all chargers against one server, after two seconds of warming up."""
    server = ServerUnderTest(name)
    loop = asyncio.get_running_loop()
    try:
        before_kib = server.memory_kib()
        tally = Tally()
        sockets: list[Socket] = []
        for charger in chargers:
            request = upgrade_request(f"/ocpp/{charger.identity}", username=charger.identity, password=SECRET)
            open_socket = partial(Socket, request, tally, meter_values(charger))
            _, socket = await loop.create_connection(open_socket, "127.0.0.1", server.port)
            await socket.upgraded
            sockets.append(socket)
        await asyncio.sleep(0.5)
        kib = (server.memory_kib() - before_kib) / len(sockets)
        for socket in sockets:
            socket.is_running = True
            socket.send()
        await asyncio.sleep(2)
        tally.latencies_s.clear()
        answered, cpu_s, started = tally.answered, server.cpu_s(), time.perf_counter()
        await asyncio.sleep(seconds)
        took_s = time.perf_counter() - started
        answered, cpu_s = tally.answered - answered, server.cpu_s() - cpu_s
        latencies = sorted(tally.latencies_s)
        if not latencies:
            raise RuntimeError(f"{name} answered nothing for {took_s:.0f} s: is the machine or its disk busy?")
        for socket in sockets:
            socket.is_running = False
        await asyncio.sleep(1)
        if tally.errors:
            raise RuntimeError(f"{tally.errors} messages were refused")
        for socket in sockets:
            socket.close()
        return Result(
            messages_per_s=answered / took_s,
            p50_ms=1000 * latencies[len(latencies) // 2],
            p99_ms=1000 * latencies[int(len(latencies) * 0.99)],
            cpu_us_per_message=1e6 * cpu_s / answered,
            kib_per_connection=kib,
            answered=answered,
        )
    finally:
        server.stop()


def median(results: list[Result]) -> Result:
    """Of each figure over the rounds."""
    return Result(*(statistics.median(figures) for figures in zip(*map(astuple, results), strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chargers", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=4, help="of measuring, after two of warming up")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--only", default=",".join(COMMANDS), help="names of servers, with commas between them")
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := [name for name in names if name not in COMMANDS]:
        parser.error(f"there is no server {', '.join(unknown)}: choose from {', '.join(COMMANDS)}")
    chargers = prepare(options.chargers)
    results: dict[str, list[Result]] = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            results[name].append(checked(name, chargers, options.seconds))
    report(results, options.chargers)


def checked(name: str, chargers: list[BenchCharger], seconds: float) -> Result:
    """Measure; what our gateway answered must be stored."""
    rows = MeterReading.objects.count()
    result = uvloop.run(measure(name, chargers, seconds))
    stored = (MeterReading.objects.count() - rows) // len(VALUES)
    if name == OURS and stored < result.answered:
        raise RuntimeError(f"{result.answered} messages were answered, {stored} stored")
    return result


def report(results: dict[str, list[Result]], chargers: int) -> None:
    """The table, then one JSON object with the figures of the first server and how it compares."""
    table, summary = _table(results, chargers), _summary(results)
    if len(results) == len(COMMANDS):
        write_results("make bench", table, summary)
    sys.stdout.write(f"\n{table}{json.dumps(summary)}\n")


def _table(results: dict[str, list[Result]], chargers: int) -> str:
    lines = [
        f"{chargers} chargers, closed loop, MeterValues with {len(VALUES)} values",
        f"{'':14}{'msg/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}{'KiB/conn':>10}",
    ]
    for name, rounds in results.items():
        result = median(rounds)
        lines.append(
            f"{name:14}{result.messages_per_s:10.0f}{result.p50_ms:9.1f}{result.p99_ms:9.1f}"
            f"{result.cpu_us_per_message:9.0f}{result.kib_per_connection:10.1f}"
        )
    return "".join(f"{line}\n" for line in lines)


def _summary(results: dict[str, list[Result]]) -> dict[str, float]:
    name, *others = results
    first = median(results[name])
    summary = {
        "messages_per_s": round(first.messages_per_s, 1),
        "p99_ms": round(first.p99_ms, 1),
        "cpu_us_per_message": round(first.cpu_us_per_message, 1),
        "kib_per_connection": round(first.kib_per_connection, 1),
    }
    for other in others:
        pairs = list(zip(results[name], results[other], strict=True))
        rates = [one.messages_per_s / two.messages_per_s for one, two in pairs]
        costs = [two.cpu_us_per_message / one.cpu_us_per_message for one, two in pairs]
        summary[f"ratio_to_{other}"] = round(statistics.median(rates), 3)
        summary[f"cpu_ratio_to_{other}"] = round(statistics.median(costs), 3)
    if "ratio_to_answering" in summary:
        summary["share_of_bare_server"] = summary["ratio_to_answering"]
    return summary


if __name__ == "__main__":
    main()
