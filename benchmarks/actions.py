"""What one message of each kind costs: CPU of the gateway and of the database behind it, and statements."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from benchmarks.chargers import prepare
from benchmarks.crew import SECRET, Crew
from benchmarks.ledger import check_count
from benchmarks.messages import VALUES
from benchmarks.options import Options, Report
from benchmarks.servers import ServerUnderTest, database_cpu_s
from benchmarks.sockets import Charger
from benchmarks.statements import Station, count, counting_gateway
from charging.models import MeterReading, Session
from drivers.models import AuthorizationPurpose, AuthorizationRecord
from stations.models import ChargingStation, Connector, StatusInterval
from stations.states import ConnectorStatus, OcppVersion

AFTER_S = 0.6
"""In which the wire log of the last messages is written too."""
MANY, SOME = 10, 4
KINDS = {
    OcppVersion.V16: ("Heartbeat", "StatusNotification", "MeterValues", "Authorize", "BootNotification"),
    # A station of 2.x must boot before anything else.
    OcppVersion.V201: ("BootNotification 2.0.1", "TransactionEvent Updated"),
}
PAIRS = {
    OcppVersion.V16: ("StartTransaction", "StopTransaction"),
    OcppVersion.V201: ("TransactionEvent Started", "TransactionEvent Ended"),
}


@dataclass
class Cost:
    """Of all messages of a kind."""

    answered: int = 0
    cpu_s: float = 0.0
    database_s: float = 0.0

    @property
    def cpu_us(self) -> float:
        return 1e6 * self.cpu_s / self.answered

    @property
    def database_us(self) -> float:
        return 1e6 * self.database_s / self.answered


def run(options: Options) -> Report:
    """Each kind on its own, one message of each charger open at a time; starts and stops by turns."""
    crowd = options.number_of_chargers(200, 10)
    many, some = (2, 1) if options.quick else (MANY, SOME)
    costs: dict[str, Cost] = {}
    with ServerUnderTest() as server, Crew(crowd) as crew:
        for version in KINDS:
            chargers = prepare(crowd, version)
            stations = ChargingStation.objects.filter(identity__in=[charger.identity for charger in chargers])
            Connector.objects.filter(evse__station__in=stations).update(status=ConnectorStatus.UNKNOWN)
            began = datetime.now(UTC)
            crew.connect(chargers, server.port)
            for kind in KINDS[version]:
                _measure(kind, many, server, crew, costs)
            for _ in range(some):
                for kind in PAIRS[version]:
                    _measure(kind, 1, server, crew, costs)
            crew.keep(0)
            for kind, found in _stored(version, stations, began).items():
                check_count(kind, found, costs[kind].answered * (VALUES if found.model is MeterReading else 1))
    return _report(costs, crowd, asyncio.run(_statements({version: prepare(1, version)[0] for version in KINDS})))


def _measure(kind: str, times: int, server: ServerUnderTest, crew: Crew, costs: dict[str, Cost]) -> None:
    cost = costs.setdefault(kind, Cost())
    cpu_s, database_s = server.cpu_s(), database_cpu_s()
    heard = crew.times(kind, times)
    time.sleep(AFTER_S)
    cost.answered += heard.answered
    cost.cpu_s += server.cpu_s() - cpu_s
    cost.database_s += database_cpu_s() - database_s


def _stored(version: OcppVersion, stations: QuerySet[ChargingStation], began: datetime) -> dict[str, QuerySet[Any]]:
    """Where each kind has left its rows."""
    of_ours = {"station__in": stations}
    sessions = Session.objects.filter(**of_ours, evse_number=2)
    start, stop = PAIRS[version]
    found = {start: sessions.filter(started_at__gte=began), stop: sessions.filter(ended_at__gte=began)}
    readings = MeterReading.objects.filter(**of_ours, evse_number=1, at__gte=began)
    if version != OcppVersion.V16:
        return found | {"TransactionEvent Updated": readings}
    asked = AuthorizationRecord.objects.filter(**of_ours, at__gte=began, purpose=AuthorizationPurpose.AUTHORIZE)
    changes = StatusInterval.objects.filter(connector__evse__station__in=stations, started_at__gte=began)
    return found | {"MeterValues": readings, "Authorize": asked, "StatusNotification": changes}


async def _statements(chargers: dict[OcppVersion, Charger]) -> dict[str, int]:
    """Of the careful messages. What is hot shares its statements with others."""
    found: dict[str, int] = {}
    async with counting_gateway() as counted:
        for version, charger in chargers.items():
            asked = await count(Station(version, charger.identity, SECRET, counted), charger.token)
            start, stop = PAIRS[version]
            names = {"start": start, "stop": stop, "Authorize": "Authorize", "BootNotification": "BootNotification"}
            found = {name: len(asked[word]) for word, name in names.items()} | found
    return found


def _report(costs: dict[str, Cost], crowd: int, statements: dict[str, int]) -> Report:
    report = Report(f"CPU and statements a message, {crowd} chargers")
    report.lines.append(f"{'':26}{'gateway µs':>12}{'database µs':>13}{'statements':>12}")
    for kind, cost in costs.items():
        asked = statements.get(kind)
        report.lines.append(f"{kind:26}{cost.cpu_us:12.0f}{cost.database_us:13.0f}{'' if asked is None else asked:>12}")
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind if letter.isalnum())
        report.summary[f"cpu_us{name}"] = round(cost.cpu_us, 1)
        if asked is not None:
            report.summary[f"statements{name}"] = asked
    return report
