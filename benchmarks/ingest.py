"""MeterValues with six values, acknowledged: this gateway beside a bare server and beside the naive way, in one run.

    python -m csms.embedded exec --durable -- python -m benchmarks.ingest [--chargers 200] [--seconds 8] [--rounds 2]

(a) bare: a ``websockets`` server that only answers; it stores nothing. (b) naive: the ``ocpp`` package's routing in a
Channels consumer, all on defaults, one ORM create a message. This gateway authenticates, validates, commits six rows,
the session and the wire log of both directions, then answers.
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
from benchmarks.servers import ServerUnderTest  # noqa: E402
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
        assert outcome.session is not None
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
        for socket in sockets:
            socket.is_running = False
        await asyncio.sleep(1)
        assert tally.errors == 0, f"{tally.errors} messages were refused"
        for socket in sockets:
            assert socket.transport is not None
            socket.transport.close()
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chargers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", default="this gateway,naive,bare")
    options = parser.parse_args()
    chargers = prepare(options.chargers)
    names = options.only.split(",")
    results: dict[str, list[Result]] = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            rows = MeterReading.objects.count()
            results[name].append(uvloop.run(measure(name, chargers, options.seconds)))
            if name == "this gateway":
                stored = (MeterReading.objects.count() - rows) // len(VALUES)
                assert stored >= results[name][-1].answered, "answered more than was stored"
    report({name: median(rounds) for name, rounds in results.items()}, options.chargers)


def report(results: dict[str, Result], chargers: int) -> None:
    write = sys.stdout.write
    write(f"\n{chargers} chargers, closed loop, MeterValues with {len(VALUES)} values\n")
    write(f"{'':14}{'msg/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}{'KiB/conn':>10}\n")
    for name, result in results.items():
        write(
            f"{name:14}{result.messages_per_s:10.0f}{result.p50_ms:9.1f}{result.p99_ms:9.1f}"
            f"{result.cpu_us_per_message:9.0f}{result.kib_per_connection:10.1f}\n"
        )
    ours = results["this gateway"]
    summary = {
        "messages_per_s": round(ours.messages_per_s, 1),
        "p99_ms": round(ours.p99_ms, 1),
        "cpu_us_per_message": round(ours.cpu_us_per_message, 1),
        "kib_per_connection": round(ours.kib_per_connection, 1),
    }
    if "naive" in results:
        summary["ratio_to_naive"] = round(ours.messages_per_s / results["naive"].messages_per_s, 2)
    if "bare" in results:
        summary["ratio_to_bare"] = round(ours.messages_per_s / results["bare"].messages_per_s, 3)
    write(json.dumps(summary) + "\n")


if __name__ == "__main__":
    main()
