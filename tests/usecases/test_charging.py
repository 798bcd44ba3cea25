"""A car charges: OCPP 1.6 §3 and §4, OCPP 2.0.1 blocks B, C, E, J. Through the real socket, on every version."""

from typing import Any

from charging.models import MeterReading, Session
from charging.states import SessionStatus
from drivers.states import AuthorizationStatus
from simulator import Charger
from stations.models import ChargingStation
from stations.states import ConnectorStatus, OcppVersion
from tests.conftest import MakeCharger, Person, every_version


@every_version
async def test_cold_boot_is_accepted(station: Charger, version: str) -> None:
    """TC_001_CSMS, TC_B_01_CSMS."""
    row = await ChargingStation.objects.aget()
    assert (row.vendor, row.model, row.ocpp_version) == ("Voltaria", "Twin 22", OcppVersion(version))
    assert row.booted_at is not None
    assert await ChargingStation.objects.online().acount() == 1


@every_version
async def test_E03_E04_a_car_charges_from_plug_to_unplug(station: Charger, alice: Person, version: str) -> None:
    """TC_003_CSMS, TC_E_03_CSMS: one session, Alice's, with the energy of the station's meter to the Wh."""
    evse = station.evse(1)
    meter_start_wh = evse.meter_wh
    await station.plug_in(evse=1)
    authorization = await station.tap(alice.uid, evse=1)
    assert str(authorization.status) == AuthorizationStatus.ACCEPTED
    session = await Session.objects.aget()
    assert (session.driver_id, session.evse_number, session.status) == (alice.driver.pk, 1, SessionStatus.CHARGING)
    await station.advance(600)
    await station.meter_values(evse=1)
    await session.arefresh_from_db()
    assert session.energy_wh == evse.meter_wh - meter_start_wh > 0
    await station.stop_charging(evse=1)
    await station.unplug(evse=1)
    await session.arefresh_from_db()
    assert (session.status, session.energy_wh) == (SessionStatus.ENDED, evse.meter_wh - meter_start_wh)
    assert await MeterReading.objects.filter(session=session).acount() > 1
    assert not await session.anomalies.aexists()
    connector = await (await ChargingStation.objects.aget()).evses.aget(number=1)
    assert (await connector.connectors.aget()).status == ConnectorStatus.AVAILABLE


@every_version
async def test_a_repeated_message_changes_nothing(station: Charger, alice: Person, version: str) -> None:
    await station.plug_in(evse=1)
    await station.tap(alice.uid, evse=1)
    await station.advance(300)
    start = "StartTransaction" if version == "1.6" else "TransactionEvent"
    await station.repeat_last(start, new_id=True)
    await station.meter_values(evse=1)
    await station.stop_charging(evse=1)
    before: dict[str, Any] = dict(await Session.objects.values().aget())
    readings = await MeterReading.objects.acount()
    await station.repeat_last("StopTransaction" if version == "1.6" else "TransactionEvent", new_id=True)
    after: dict[str, Any] = dict(await Session.objects.values().aget())
    assert after | {"updated_at": None} == before | {"updated_at": None}
    assert await MeterReading.objects.acount() == readings


async def test_TC_023_an_unknown_card_is_refused(make_charger: MakeCharger, charlie: Person) -> None:
    """Charlie's card is good at Charlie's, and unknown at Harbour Energy."""
    station = await make_charger("1.6")
    await station.connect()
    await station.boot()
    answer = await station.call("Authorize", {"idTag": charlie.uid})
    assert answer["idTagInfo"]["status"] == "Invalid"
