"""The stage of the quirk tests: one site for a whole module, and a station of its own for each test.

Emptying the database costs more than most of these tests, so it is done once a module; a test looks only at its own
station, by ``identity``.
"""

import itertools
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from charging.models import MeterReading, Session, SessionAnomaly
from stations import commands
from stations.models import ChargingStation, Command, Frame, Site, VendorProfile
from tests import cast
from tests.cleaning import empty_tables
from tests.conftest import SECRET, Person, add_station
from tests.gateway.knocking import Answer, basic, knock
from tests.gateway.polling import eventually
from tests.gateway.socket import Socket, open_socket
from tests.harness import GatewayUnderTest
from tests.usecases.telling import REGISTER, Payload, written

numbers = itertools.count(1)
BERLIN = "Europe/Berlin"
CARD = "04A1B2C3D4E5F6"


@dataclass
class Place:
    """What all tests of a module share."""

    gateway: GatewayUnderTest
    site: Site
    alice: Person


@dataclass
class Quirky:
    """A station with a quirk, and what became of it."""

    place: Place
    identity: str
    version: str = "1.6"
    sockets: list[Socket] = field(default_factory=list)
    knocks: list[Answer] = field(default_factory=list)

    @property
    def socket(self) -> Socket:
        return self.sockets[-1]

    @property
    def card(self) -> str:
        return self.place.alice.uid

    async def exists(self, **fields: Any) -> "Quirky":
        if not await ChargingStation.objects.filter(identity=self.identity).aexists():
            await sync_to_async(add_station)(self.place.site, self.identity, **fields)
        return self

    async def knows(self, *traits: str) -> "Quirky":
        """A vendor profile for this station alone; it is switched on by the boot."""
        name = f"Vendor of {self.identity}"
        await VendorProfile.objects.acreate(name=name, vendor_pattern=name, traits=[str(trait) for trait in traits])
        return self

    async def connect(self, *, boots: bool = True, **options: Any) -> Socket:
        await self.exists()
        url = self.place.gateway.url
        self.sockets.append(await open_socket(url, self.identity, self.version, boots=False, **options))
        if boots:
            await self.boot()
        return self.socket

    async def boot(self, **changes: Any) -> Payload:
        vendor = f"Vendor of {self.identity}"
        payload: Payload = {"chargePointVendor": vendor, "chargePointModel": "Odd 1", **changes}
        if self.version != "1.6":
            payload = {"reason": "PowerUp", "chargingStation": {"vendorName": vendor, "model": "Odd 2", **changes}}
        return await self.call("BootNotification", payload)

    async def rest(self) -> None:
        """The first boot asks a station for all it has; then nothing is under way."""
        call = await self.socket.command()
        await self.socket.send([3, call[1], {} if self.version == "1.6" else {"status": "Accepted"}])

        async def is_done() -> bool:
            return not await Command.objects.filter(station__identity=self.identity, finished_at=None).aexists()

        await eventually(is_done)

    async def call(self, action: str, payload: Any, message_id: Any = None) -> Payload:
        """The payload of the answer, which is none of an error."""
        answer = await self.socket.call(action, payload, message_id)
        assert answer[0] == 3, answer
        result: Payload = answer[2]
        return result

    async def ask(self, wanted: object) -> Command:
        station = await ChargingStation.objects.select_related("organization").aget(identity=self.identity)
        command: Command = await sync_to_async(commands.send)(station, wanted)
        return command

    async def outcome(self, wanted: object, answer: Any, *, is_error: bool = False) -> Command:
        """Ask, answer, and return the command when it is through. ``sent`` in it is what went out."""
        command = await self.ask(wanted)
        call = await self.socket.command()
        await self.socket.send([4 if is_error else 3, call[1], *(answer if is_error else [answer])])
        return await self.finished(command)

    async def finished(self, command: Command) -> Command:
        async def is_through() -> Command | None:
            row = await Command.objects.aget(pk=command.pk)
            return None if row.is_open else row

        found = await eventually(is_through)
        assert found is not None
        return found

    async def knock(self, target: str, **options: Any) -> Answer:
        options.setdefault("authorization", basic(self.identity, SECRET))
        self.knocks.append(await knock(self.place.gateway.port, target, **options))
        return self.knocks[-1]

    async def mended(self, repair: str) -> None:
        """Wait until the repair is on a frame of this station."""
        frames = Frame.objects.filter(station__identity=self.identity, repairs__contains=[str(repair)])
        await eventually(frames.aexists)

    async def row(self) -> ChargingStation:
        return await ChargingStation.objects.select_related("connection").aget(identity=self.identity)

    async def session(self, **fields: Any) -> Session:
        return await Session.objects.select_related("station").aget(station__identity=self.identity, **fields)

    async def sessions(self) -> list[Session]:
        return [row async for row in Session.objects.filter(station__identity=self.identity).order_by("pk")]

    async def anomalies(self) -> list[str]:
        rows = SessionAnomaly.objects.filter(station__identity=self.identity, status="open")
        return sorted([kind async for kind in rows.values_list("kind", flat=True)])

    def readings(self, **fields: Any) -> Any:
        return MeterReading.objects.filter(station__identity=self.identity, **fields)

    async def start(self, wh: Any = 1000, at: datetime | str | None = None, **changes: Any) -> int:
        """OCPP 1.6. The transaction id."""
        payload = {"connectorId": 1, "idTag": self.card, "meterStart": wh, "timestamp": stamp(at), **changes}
        answer = await self.call("StartTransaction", {name: value for name, value in payload.items() if value != DROP})
        return int(answer["transactionId"])

    async def stop(self, transaction_id: int, wh: Any, at: datetime | str | None = None, **changes: Any) -> Payload:
        payload = {"transactionId": transaction_id, "meterStop": wh, "timestamp": stamp(at), **changes}
        return await self.call("StopTransaction", {name: value for name, value in payload.items() if value != DROP})

    async def read(
        self, transaction_id: int | None, *sampled: Any, at: datetime | None = None, connector: int = 1
    ) -> None:
        """Numbers are registers in Wh, anything else a sampled value as it is."""
        values = [sampled_wh(each) if isinstance(each, int | float) else each for each in sampled]
        payload: Payload = {
            "connectorId": connector,
            "meterValue": [{"timestamp": stamp(at), "sampledValue": values}],
        }
        if transaction_id is not None:
            payload["transactionId"] = transaction_id
        assert await self.call("MeterValues", payload) == {}

    async def status(self, word: str, connector: int = 1, **changes: Any) -> None:
        payload = {"connectorId": connector, "errorCode": "NoError", "status": word, **changes}
        assert await self.call("StatusNotification", payload) == {}


DROP = object()
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)


def minute(number: float) -> datetime:
    """Minutes after a moment three hours ago."""
    return BEGIN + timedelta(minutes=number)


def stamp(at: Any) -> Any:
    """A time as text; a text, and what is to be left out, stays."""
    return written(at or BEGIN) if at is None or isinstance(at, datetime) else at


def sampled_wh(wh: float) -> Payload:
    return {"value": str(wh), "measurand": REGISTER, "unit": "Wh"}


def event(
    kind: str, transaction_id: str, seq_no: int, wh: float | None = None, at: datetime | None = None, **changes: Any
) -> Payload:
    """A TransactionEvent of OCPP 2.x."""
    payload: Payload = {
        "eventType": kind,
        "timestamp": stamp(at),
        "triggerReason": "MeterValuePeriodic",
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": transaction_id},
    }
    if kind == "Started":
        payload["idToken"] = {"idToken": CARD, "type": "ISO14443"}
    if wh is not None:
        payload["meterValue"] = [{"timestamp": stamp(at), "sampledValue": [{"value": wh}]}]
    return {name: value for name, value in (payload | changes).items() if value != DROP}


async def answers(socket: Socket, frame: Any) -> list[list[Any]]:
    """What comes back for a frame; a Heartbeat behind it shows that the socket lives."""
    return await socket.ask(frame if isinstance(frame, str | bytes) else json.dumps(frame))


@pytest.fixture(scope="module")
def place(gateway: GatewayUnderTest, django_db_blocker: Any) -> Iterator[Place]:
    with django_db_blocker.unblock():
        organization = cast.create_organization("Harbour Energy", receives_unknown_stations=True)
        site = cast.create_site(organization, "Harbour")
        driver = cast.create_driver(organization, "Alice")
        card = cast.create_token(organization, CARD, driver=driver)
        yield Place(gateway, site, Person(driver, card))
        empty_tables()


@pytest.fixture
async def quirky(place: Place) -> AsyncIterator[Quirky]:
    """A station that is known and not connected yet; OCPP 1.6 unless the test says otherwise."""
    station = Quirky(place, f"quirky-{next(numbers)}")
    yield station
    for socket in station.sockets:
        await socket.connection.close()
    for answer in station.knocks:
        await answer.close()


@pytest.fixture
async def quirky_2(quirky: Quirky) -> Quirky:
    quirky.version = "2.0.1"
    return quirky
