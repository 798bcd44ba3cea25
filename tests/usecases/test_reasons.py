"""Why a session has no energy, why a car gets what it gets, why a station is away: as its page says it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from charging.models import Session
from charging.profiles import Period, Purpose, RateUnit
from drivers.models import IdToken
from simulator import Car, Charger, HandshakeRefused, ManualClock
from stations.models import ChargingStation, Connector
from tests.conftest import MakeCharger, Person, every_version
from tests.gateway.polling import eventually
from tests.usecases.asking import at_rest
from tests.usecases.console import Console
from tests.usecases.telling import Payload, Telling, value_of
from tests.usecases.test_charging_profiles import STATION_MAX, send, wish


async def part_of(console: Console, session: Session, part: str = "reasons") -> str:
    return await console.page("console:session_part", session.pk, part)


def power(version: str, at: str) -> list[Payload]:
    value: Any = "0" if version == "1.6" else 0
    return [{"timestamp": at, "sampledValue": [{"value": value, "measurand": "Power.Active.Import"}]}]


@every_version
async def test_no_energy_and_no_meter_values(station: Charger, alice: Person, console: Console, version: str) -> None:
    telling = Telling(station, alice.uid)
    no_meter: Payload = {} if version == "1.6" else {"meterValue": None}
    await telling.start(1000, **no_meter)
    await telling.stop(1000, 30, **no_meter)
    page = await part_of(console, await Session.objects.aget())
    assert "The station sent no meter values" in page
    assert ("stood still" in page) == (version == "1.6")


@every_version
async def test_no_energy_and_no_register(station: Charger, alice: Person, console: Console, version: str) -> None:
    telling = Telling(station, alice.uid)
    no_meter: Payload = {"meterStart": None} if version == "1.6" else {"meterValue": None}
    await telling.start(1000, **no_meter)
    await telling.read(None, 5, meterValue=power(version, telling.at(5)))
    page = await part_of(console, await Session.objects.aget())
    assert "Add Energy.Active.Import.Register" in page


@every_version
async def test_no_energy_for_a_refused_card_that_was_gone_at_once(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    await IdToken.objects.aupdate(is_blocked=True)
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.stop(1000, 0.5)
    page = await part_of(console, await Session.objects.aget())
    assert "The card was refused" in page
    assert "It lasted 30 s" in page
    assert page.index("The card was refused") < page.index("It lasted 30 s") < page.index("The meter stood still")


@every_version
async def test_no_energy_at_a_place_of_which_nothing_was_told(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """Neither a status nor a reading."""
    telling = Telling(station, alice.uid, evse=9)
    no_meter: Payload = {"meterStart": None} if version == "1.6" else {"meterValue": None}
    await telling.start(1000, **no_meter)
    page = await part_of(console, await Session.objects.aget())
    assert "The station sent no meter values" in page


@every_version
async def test_no_energy_because_it_is_elsewhere(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """What waits in the review queue names the session that has nothing; and a meter that fell is told."""
    telling = Telling(station, alice.uid, begins_at=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=9))
    await telling.start(5000)
    if version == "1.6":
        values = [{"timestamp": telling.at(5), "sampledValue": [value_of("1.6", 9000)]}]
        await station.call("MeterValues", {"connectorId": 1, "transactionId": 4711, "meterValue": values})
    await telling.stop(1200, 8)
    page = await part_of(console, await Session.objects.aget())
    assert "Meter went backwards" in page
    assert ("Its energy may be elsewhere: Readings of an unknown transaction" in page) == (version == "1.6")


@every_version
async def test_nothing_to_explain(station: Charger, alice: Person, console: Console, version: str) -> None:
    """Energy flowed, or the session has just begun."""
    begun = Telling(station, alice.uid, evse=2, begins_at=datetime.now(UTC).replace(microsecond=0))
    await begun.start(1000)
    assert "Why 0" not in await part_of(console, await Session.objects.aget())
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.stop(9000, 30)
    assert "data-reason" not in await part_of(console, await Session.objects.aget(ended_at__isnull=False))


@every_version
async def test_what_limits_a_car(make_charger: MakeCharger, alice: Person, console: Console, version: str) -> None:
    """The lowest of all first; of one purpose only the profile that prevails. A car that asks for less is told so."""
    clock = ManualClock(datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=8))
    station = await make_charger(version, clock=clock)
    await station.connect()
    await station.boot()
    await at_rest(station)
    await Connector.objects.filter(evse__number=1).aupdate(max_current_a=32)
    await send(wish(14))
    await send(wish(10, stack_level=1))
    whole: dict[str, Any] = {**STATION_MAX, "unit": RateUnit.WATTS, "periods": (Period(0, 8280),)}
    await send(wish(**whole))
    await station.plug_in(evse=1, car=Car(ac_max_w=4140))
    await station.tap(alice.uid, evse=1)
    await station.advance(300)
    await station.meter_values(evse=1)
    page = await part_of(console, await Session.objects.aget())
    assert "The car gets 6 A. It could get 10 A: the car asks for less." in page
    told = [page.index(words) for words in ("10&nbsp;A", "12&nbsp;A", "32&nbsp;A")]
    assert told == sorted(told)
    assert "14&nbsp;A" not in page
    await send(wish(6, purpose=Purpose.TX_DEFAULT, stack_level=2))
    page = await part_of(console, await Session.objects.aget())
    assert "The charging profile “limit of every session” allows 6 A." in page
    await send(wish(0, stack_level=3))
    page = await part_of(console, await Session.objects.aget())
    assert "this is a pause" in page
    assert "At its last reading the car got 6 A; the next one shows what it gets since then." in page


@every_version
async def test_why_a_station_is_away(station: Charger, console: Console, version: str) -> None:
    """Online nothing; then how its connection ended; then why it is refused."""
    assert 'data-reason="offline"' not in await console.station_part(station, "head")
    await station.close()

    async def is_away() -> bool:
        row = await ChargingStation.objects.select_related("connection__gateway").aget()
        return not row.is_online

    await eventually(is_away)
    assert "Its connection ended" in await console.station_part(station, "head")
    station.password = "wrong"
    with pytest.raises(HandshakeRefused):
        await station.connect()
    page = await console.station_part(station, "head")
    assert "It knocks and is refused: wrong password" in page
    assert "set a new one on the station page" in page


@every_version
async def test_a_stranger_who_was_refused_is_not_why_a_station_is_away(
    make_charger: MakeCharger, station: Charger, console: Console, version: str
) -> None:
    """Somebody tried its identity while it was connected and spoke."""
    stranger = await make_charger(version, station.identity, is_known=False)
    stranger.password = "wrong"
    with pytest.raises(HandshakeRefused):
        await stranger.connect()
    await station.heartbeat()
    await station.close()

    async def is_away() -> bool:
        row = await ChargingStation.objects.select_related("connection__gateway").aget()
        return not row.is_online

    await eventually(is_away)
    page = await console.station_part(station, "head")
    assert "Its connection ended" in page
    assert "It knocks" not in page
