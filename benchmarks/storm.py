"""After an outage all chargers come back at once: how long until the last is served, and what a connection costs."""

import time
from datetime import UTC, datetime

from django.db.models import QuerySet

from benchmarks import remote_start
from benchmarks.chargers import CONNECTORS, prepare
from benchmarks.crew import Crew, Heard, NotServed, percentile
from benchmarks.ledger import check_count
from benchmarks.options import Options, Report
from benchmarks.servers import ServerUnderTest, database_cpu_s
from benchmarks.sockets import Charger
from stations.models import ChargingStation, Connector
from stations.states import ConnectorStatus

FULL = 10_000
HEADSTART_S = 3.0
"""In which every process of chargers has read its order."""
SETTLE_S = 2.0
LIMIT_S = 120.0


def run(options: Options) -> Report:
    """They connect, authenticate, boot and report two connectors. Those who are refused come again a little later."""
    chargers = prepare(options.number_of_chargers(FULL, 40))
    with ServerUnderTest() as server, Crew(len(chargers), processes=2) as crew:
        before_kib, cpu_s, database_s = server.memory_kib(), server.cpu_s(), database_cpu_s()
        heard = _storm(chargers, server, crew)
        cpu_s, database_s = server.cpu_s() - cpu_s, database_cpu_s() - database_s
        time.sleep(SETTLE_S)
        kib = (server.memory_kib() - before_kib) / len(chargers)
        report = _report(heard, len(chargers), cpu_s, database_s, kib)
        remote_start.measure(chargers, crew, report, count=10 if options.quick else remote_start.FULL)
    return report


def _storm(chargers: list[Charger], server: ServerUnderTest, crew: Crew) -> Heard:
    began = datetime.now(UTC)
    Connector.objects.filter(evse__station__in=_stations(chargers)).update(status=ConnectorStatus.UNKNOWN)
    heard = crew.storm(chargers, server.port, begins_at=time.monotonic() + HEADSTART_S, limit_s=LIMIT_S)
    served = sum(len(said["accepted_s"]) for said in heard.said)
    if served < len(chargers):
        raise NotServed(
            f"{served} of {len(chargers)} chargers were served within {LIMIT_S:.0f} s, with {heard.refusals} refusals"
        )
    stations = _stations(chargers)
    check_count("a boot", stations.filter(booted_at__gte=began), len(chargers))
    reported = Connector.objects.filter(evse__station__in=stations, status=ConnectorStatus.AVAILABLE)
    check_count("a status", reported, CONNECTORS * len(chargers))
    return heard


def _stations(chargers: list[Charger]) -> QuerySet[ChargingStation]:
    return ChargingStation.objects.filter(identity__in=[charger.identity for charger in chargers])


def _report(heard: Heard, count: int, cpu_s: float, database_s: float, kib: float) -> Report:
    accepted = [wait for said in heard.said for wait in said["accepted_s"]]
    reported_s = max(wait for said in heard.said for wait in said["reported_s"])
    report = Report(f"Storm: {count} chargers connect, authenticate, boot and report at one moment")
    report.lines += [
        f"all accepted after {max(accepted):.1f} s, which is the longest wait; half of them after "
        f"{percentile(accepted, 50):.1f} s; all have reported {CONNECTORS} connectors after {reported_s:.1f} s",
        f"{heard.refusals} refusals; CPU a charger: {1000 * cpu_s / count:.2f} ms of the gateway, "
        f"{1000 * database_s / count:.2f} ms of the database, {1000 * heard.cpu_s / count:.2f} ms of its own",
        f"{kib:.1f} KiB a connection, of {count}",
    ]
    report.summary = {
        "storm_chargers": count,
        "storm_s": round(reported_s, 2),
        "storm_10000_s": round(reported_s, 2) if count == FULL else None,
        "storm_longest_wait_s": round(max(accepted), 2),
        "storm_refusals": heard.refusals,
        "storm_cpu_ms_per_charger": round(1000 * cpu_s / count, 2),
        "kib_per_connection": round(kib, 1),
    }
    return report
