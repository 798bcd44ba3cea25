"""One command for a whole network of simulated stations of every version: the table tells the truth of each."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import AuditEvent, User
from simulator import CallError, Charger, EvseSpec
from simulator.faults import Fault
from stations import services
from stations.commands import ClearCache
from stations.errors import StationError
from stations.models import ChargingStation, Command, CommandBatch, Site
from stations.outcomes import counts_of
from stations.secrets import hash_secret
from tests.conftest import SECRET, VERSIONS
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest
from tests.usecases.asking import always

# The whole of it takes a minute: WHOLE_NETWORK=1 pytest tests/usecases/test_commands_for_many.py
WHOLE = bool(os.environ.get("WHOLE_NETWORK"))
STATIONS, OFFLINE, SLOW, ERRONEOUS = (500, 50, 20, 10) if WHOLE else (100, 20, 5, 5)
REFUSING, IGNORANT = 4, 3
CONNECTED = STATIONS - OFFLINE


@pytest.fixture(scope="module")
def hasty_gateway(django_db_setup: None, django_db_blocker: object, _namespace: None) -> Iterator[GatewayUnderTest]:
    """It gives up a CALL after two seconds."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        process = GatewayUnderTest(OCPP_CALL_TIMEOUT_S="2")
    yield process
    assert process.stop() == 0, process.output()[-3000:]


def _know(harbour: Site) -> None:
    secret_hash = hash_secret(SECRET)
    ChargingStation.objects.bulk_create(
        ChargingStation(
            organization=harbour.organization,
            site=harbour,
            identity=f"many-{number:03}",
            secret_hash=secret_hash,
            ocpp_version=VERSIONS[number % 3],
        )
        for number in range(STATIONS)
    )


@pytest.fixture
async def network(hasty_gateway: GatewayUnderTest, harbour: Site) -> AsyncIterator[list[Charger]]:
    """All but the last ``OFFLINE`` are connected; each tells its inventory at once when it is asked."""
    await sync_to_async(_know)(harbour)
    chargers = [
        Charger(
            url=hasty_gateway.url,
            identity=f"many-{number:03}",
            version=VERSIONS[number % 3],
            password=SECRET,
            evses=[EvseSpec()],
        )
        for number in range(CONNECTED)
    ]
    try:
        await asyncio.gather(*(_come(charger) for charger in chargers))
        await eventually(_nothing_under_way, 60)
        yield chargers
    finally:
        await asyncio.gather(*(charger.close() for charger in chargers))


async def _come(charger: Charger) -> None:
    await charger.connect()
    await charger.boot()


async def _nothing_under_way() -> bool:
    """The inventory each new station is asked for is through."""
    through = Command.objects.exclude(status__in=("queued", "sent"))
    return await through.acount() == CONNECTED


async def _counts(batch: CommandBatch) -> dict[str, int]:
    return {slug: count for slug, count in (await sync_to_async(counts_of)(batch)).items() if count}


async def _settled(batch: CommandBatch) -> dict[str, int]:
    async def is_through() -> dict[str, int] | None:
        counts = await _counts(batch)
        return None if counts.keys() & {"queued", "sent"} else counts

    return await eventually(is_through, 60)


def _misbehave(network: list[Charger]) -> None:
    by_kind = iter(network)
    for charger, _ in zip(by_kind, range(SLOW), strict=False):
        charger.faults.active.add(Fault.DELAY_ANSWERS)
        charger.faults.answer_delay_s = 60
    for charger, _ in zip(by_kind, range(ERRONEOUS), strict=False):
        charger.faults.active.add(Fault.ANSWER_ERROR)
    for charger, _ in zip(by_kind, range(REFUSING), strict=False):
        charger.on("ClearCache", always({"status": "Rejected"}))
    for charger, _ in zip(by_kind, range(IGNORANT), strict=False):
        charger.on("ClearCache", _unknown)


def _unknown(_: object) -> None:
    raise CallError("NotImplemented", "what is a cache?")


async def test_the_table_tells_what_became_of_each(network: list[Charger], harbour: Site, olga: User) -> None:
    """Accepted, refused, erring, slow, away, unable; then the failed are asked again, and those that mended answer."""
    _misbehave(network)
    batch = await sync_to_async(services.send_to_many)(
        organization=harbour.organization, stations=ChargingStation.objects.all(), wanted=ClearCache(), by=olga
    )
    counts = await _settled(batch)
    odd = {"error": ERRONEOUS, "timed-out": SLOW, "rejected": REFUSING, "not-supported": IGNORANT, "offline": OFFLINE}
    assert counts == odd | {"accepted": CONNECTED - SLOW - ERRONEOUS - REFUSING - IGNORANT}
    errors = Command.objects.filter(batch=batch, error_code="InternalError", status="rejected")
    assert await errors.acount() == ERRONEOUS

    for charger in network:
        charger.faults.active.clear()
        charger.on("ClearCache", always({"status": "Accepted"}))
    tried = await sync_to_async(services.retry_batch)(batch=batch, by=olga)
    assert tried == ERRONEOUS + SLOW + REFUSING + OFFLINE
    after = await _settled(batch)
    assert after["offline"] == OFFLINE
    assert after["not-supported"] == IGNORANT
    assert sum(after.values()) == STATIONS
    assert after["accepted"] >= counts["accepted"] + ERRONEOUS + REFUSING
    assert await Command.objects.filter(batch=batch).acount() == STATIONS + tried
    asked = [event.action async for event in AuditEvent.objects.filter(actor=olga).order_by("pk")]
    assert asked == ["commands sent to many", "batch tried again"]


async def test_it_waits_for_who_comes_back_and_is_cancelled_for_the_rest(
    hasty_gateway: GatewayUnderTest, harbour: Site, olga: User
) -> None:
    await sync_to_async(_know)(harbour)
    batch = await sync_to_async(services.send_to_many)(
        organization=harbour.organization,
        stations=ChargingStation.objects.all(),
        wanted=ClearCache(),
        by=olga,
        waits_for=timedelta(hours=1),
    )
    assert await _counts(batch) == {"queued": STATIONS}
    charger = Charger(url=hasty_gateway.url, identity="many-001", version="2.0.1", password=SECRET, evses=[EvseSpec()])
    await _come(charger)

    async def came_back() -> bool:
        return await _counts(batch) == {"queued": STATIONS - 1, "accepted": 1}

    await eventually(came_back, 15)
    assert await sync_to_async(services.cancel_batch)(batch=batch, by=olga) == STATIONS - 1
    assert await _counts(batch) == {"cancelled": STATIONS - 1, "accepted": 1}
    await charger.close()


async def test_each_is_given_a_password_of_its_own(network: list[Charger], harbour: Site, olga: User) -> None:
    """It counts for those that took it; who refuses or is away keeps the old one. Sent again, nobody is asked twice."""
    network[0].on("ChangeConfiguration", always({"status": "Rejected"}))
    before = await _secrets()
    question = services.Question(
        "SetPassword", {}, partial(services.change_password, by=olga), refusals=(StationError,)
    )
    key = uuid.uuid4()
    told: dict[str, Any] = {"organization": harbour.organization, "question": question, "by": olga, "public_id": key}
    batch = await sync_to_async(services.ask_each)(stations=ChargingStation.objects.all(), **told)
    assert await _settled(batch) == {"accepted": CONNECTED - 1, "rejected": 1, "offline": OFFLINE}
    after = await _secrets()
    changed = {identity for identity, secret in after.items() if secret != before[identity]}
    assert changed == {charger.identity for charger in network[1:]}
    assert len({after[identity] for identity in changed}) == CONNECTED - 1
    again = await sync_to_async(services.ask_each)(stations=ChargingStation.objects.all(), **told)
    assert again == batch
    assert await Command.objects.filter(batch=batch).acount() == STATIONS


async def _secrets() -> dict[str, str]:
    rows = ChargingStation.objects.values_list("identity", "secret_hash")
    return {identity: secret_hash async for identity, secret_hash in rows}
