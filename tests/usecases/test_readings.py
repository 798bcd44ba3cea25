"""Meter values of all kinds: OCPP 1.6 §4.7 and §7, OCPP 2.0.1 block J."""

from typing import Any

import pytest

from charging.models import MeterReading, Session, SessionAnomaly, SignedReading
from charging.states import AnomalyKind, Location, Measurand, Phase, ReadingContext
from simulator import Charger
from tests.conftest import Person, every_version
from tests.usecases.facts import kinds_of_anomalies
from tests.usecases.telling import VERSIONS_2, Payload, Telling, value_of

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)


async def said(telling: Telling, minutes: float, *sampled: Payload) -> None:
    """These sampled values, word for word, in a message about the session."""
    values = [{"timestamp": telling.at(minutes), "sampledValue": list(sampled)}]
    await telling.read(None, minutes, meterValue=values)


async def readings() -> list[tuple[Measurand, float]]:
    rows = MeterReading.objects.order_by("at", "measurand", "phase")
    return [(Measurand(row.measurand), row.value) async for row in rows]


async def running(station: Charger, person: Person, wh: int = 1000) -> Telling:
    """A session, its begin told without a reading."""
    telling = Telling(station, person.uid)
    changes: Payload = {} if station.version == "1.6" else {"meterValue": None}
    await telling.start(wh, **changes)
    return telling


async def test_what_is_left_out_has_a_meaning(station_16: Charger, alice: Person) -> None:
    """Quirk 104. Rule 57."""
    telling = await running(station_16, alice)
    await said(telling, 5, {"value": "1500"})
    reading = await MeterReading.objects.aget()
    assert (reading.measurand, reading.value) == (Measurand.ENERGY_IMPORT_REGISTER, 1500)
    assert (reading.context, reading.location, reading.phase) == (
        ReadingContext.PERIODIC,
        Location.OUTLET,
        Phase.TOTAL,
    )
    assert (await Session.objects.aget()).energy_wh == 500


@every_version
async def test_kilowatt_hours_are_not_watt_hours(station: Charger, alice: Person, version: str) -> None:
    """Rule 59."""
    telling = await running(station, alice)
    if version == "1.6":
        await said(telling, 5, {"value": "1.75", "unit": "kWh"})
    else:
        await said(telling, 5, value_of(version, 1.0, unitOfMeasure={"unit": "kWh"}))
        await said(telling, 6, value_of(version, 1.75, unitOfMeasure={"unit": "kWh"}))
    assert (await Session.objects.aget()).energy_wh == 750
    assert (await readings())[-1] == (Measurand.ENERGY_IMPORT_REGISTER, 1750)


@every_2_x
async def test_the_multiplier_is_a_power_of_ten(station: Charger, alice: Person, version: str) -> None:
    """Forgetting it bills a thousandfold. Rule 58."""
    telling = await running(station, alice)
    await said(telling, 1, value_of(version, 1.0, unitOfMeasure={"unit": "Wh", "multiplier": 3}))
    await said(telling, 5, value_of(version, 12344.0, unitOfMeasure={"unit": "kWh", "multiplier": -4}))
    assert [value for _, value in await readings()] == [1000, pytest.approx(1234.4)]
    assert (await Session.objects.aget()).energy_wh == 234


async def test_signed_values_of_1_6_are_kept_byte_for_byte(station_16: Charger, alice: Person) -> None:
    """OCMF and others. They are no numbers. Quirk 102. Rule 65."""
    telling = await running(station_16, alice)
    data = 'OCMF|{"FV":"1.0","GI":"ABL","RD":[{"RV":1500.0,"RU":"Wh"}]}|{"SD":"3045 é\\u00e9"}'
    sampled = {"value": data, "format": "SignedData", "context": "Transaction.Begin"}
    for _ in range(2):
        await said(telling, 5, sampled)
    signed = await SignedReading.objects.aget()
    assert (signed.data, signed.context, signed.session_id) == (data, ReadingContext.BEGIN, (await _session()).pk)
    assert await readings() == []


@every_2_x
async def test_signed_values_of_2_x_keep_what_checks_them(station: Charger, alice: Person, version: str) -> None:
    """Rule 65."""
    telling = await running(station, alice)
    signature = {
        "signedMeterData": "QUJDREVGRw==\n  ",
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "encodingMethod": "OCMF",
        "publicKey": "b2NtZjpiYXNlMTY6",
    }
    await said(telling, 5, value_of(version, 1500.0, signedMeterValue=signature))
    signed = await SignedReading.objects.aget()
    assert (signed.data, signed.signing_method) == (signature["signedMeterData"], signature["signingMethod"])
    assert (signed.encoding_method, signed.public_key) == ("OCMF", signature["publicKey"])
    assert await readings() == [(Measurand.ENERGY_IMPORT_REGISTER, 1500)]


async def _session() -> Session:
    return await Session.objects.aget()


async def test_readings_that_are_not_for_billing(station_16: Charger, alice: Person) -> None:
    """Interval energy, other measurands, other places: kept, not counted as the register. Rule 61. Rule 62."""
    telling = await running(station_16, alice)
    await said(
        telling,
        5,
        {"value": "250", "measurand": "Energy.Active.Import.Interval", "unit": "Wh"},
        {"value": "999999", "measurand": "Energy.Active.Import.Register", "location": "Inlet", "unit": "Wh"},
        {"value": "11.04", "measurand": "Power.Active.Import", "unit": "kW"},
        {"value": "50.01", "measurand": "Frequency"},
        {"value": "61", "measurand": "SoC", "unit": "Percent"},
        {"value": "31", "measurand": "Temperature", "unit": "Celcius"},
    )
    session = await _session()
    assert (session.energy_wh, session.power_w, session.soc_percent) == (0, 11_040, 61)
    assert (Measurand.FREQUENCY, 50.01) in await readings()
    assert (Measurand.TEMPERATURE, 31) in await readings()


@every_version
async def test_energy_told_by_phase_is_added_up(station: Charger, alice: Person, version: str) -> None:
    """Quirk 106."""
    telling = await running(station, alice, 0)
    for minutes, wh in ((1, 0), (5, 400)):
        await said(telling, minutes, *(value_of(version, wh, phase=phase) for phase in ("L1", "L2", "L3")))
    assert (await _session()).energy_wh == 1200


async def test_values_that_are_no_numbers_do_not_spoil_the_others(station_16: Charger, alice: Person) -> None:
    """Quirks 43, 44, 103, 105: the message is answered, the rest of it is used."""
    telling = await running(station_16, alice)
    await said(telling, 5, {"value": ""}, {"value": "n/a"}, {"value": 1300}, {"value": "1300,5", "unit": "Fathom"})
    await telling.read(None, 6, meterValue=[{"timestamp": telling.at(6), "sampledValue": []}])
    assert await readings() == [(Measurand.ENERGY_IMPORT_REGISTER, 1300)]
    await said(telling, 7, {"value": "1400,5"})
    assert (await readings())[-1][1] == 1400.5


@every_version
async def test_numbers_and_texts_are_read_alike(station: Charger, alice: Person, version: str) -> None:
    """Quirk 44: numbers in 1.6, which has texts, and texts in 2.x, which has numbers. Rule 21."""
    telling = await running(station, alice)
    await said(telling, 1, value_of(version, 0) | {"value": 1000 if version == "1.6" else "1000"})
    await said(telling, 5, value_of(version, 0) | {"value": 1250.0 if version == "1.6" else "1250.0"})
    assert (await _session()).energy_wh == 250


async def test_begin_and_end_mean_what_they_say(station_16: Charger, alice: Person) -> None:
    """Whatever their order in the message. Rule 63."""
    telling = Telling(station_16, alice.uid)
    await telling.start(meterStart=None)
    contexts = (("Transaction.End", 10, 1500), ("Transaction.Begin", 0, 1000))
    data = [
        {"timestamp": telling.at(minutes), "sampledValue": [value_of("1.6", wh, context=context)]}
        for context, minutes, wh in contexts
    ]
    await telling.stop(0, 10, meterStop=None, transactionData=data)
    session = await _session()
    assert (session.meter_stop_wh, session.energy_wh) == (1500, 500)


async def test_a_single_object_where_a_list_belongs(station_16: Charger, alice: Person) -> None:
    """Quirk 42. Rule 15. Rule 20."""
    telling = await running(station_16, alice)
    sampled = {"timestamp": telling.at(5), "sampledValue": {"value": 1600}}
    await telling.read(None, 5, meterValue=sampled)
    assert (await _session()).energy_wh == 600


async def test_readings_that_name_no_transaction_belong_to_the_one_that_runs(
    station_16: Charger, alice: Person
) -> None:
    """Quirk 71: transactionId 0, -1 or none. Rule 41."""
    telling = await running(station_16, alice)
    for minutes, transaction_id in enumerate((None, 0, -1), start=1):
        await telling.read(1000 + 100 * minutes, minutes, transactionId=transaction_id)
    session = await _session()
    assert session.energy_wh == 300
    assert await MeterReading.objects.filter(session=session).acount() == 3


async def test_readings_of_a_transaction_we_do_not_know(station_16: Charger, alice: Person) -> None:
    """Quirks 72, 83: kept without a session, told once."""
    telling = await running(station_16, alice)
    for minutes, transaction_id in enumerate((4711, 4711, 2**63 - 1), start=1):
        await telling.read(9000, minutes, transactionId=transaction_id)
    assert (await _session()).energy_wh == 0
    assert await MeterReading.objects.filter(session=None).acount() == 3
    assert await SessionAnomaly.objects.filter(kind=AnomalyKind.UNKNOWN_TRANSACTION).acount() == 2


async def test_readings_before_the_start_are_not_counted(station_16: Charger, alice: Person) -> None:
    """Quirks 82, 116: nobody charges, the meter is read all the same."""
    telling = Telling(station_16, alice.uid, transaction_id="0")
    await telling.read(900, -5, transactionId=None)
    await telling.start(1000)
    await telling.stop(1100, 10)
    assert (await _session()).energy_wh == 100
    assert await MeterReading.objects.filter(session=None).acount() == 1


@every_version
async def test_the_stations_own_meter_belongs_to_nobody(station: Charger, alice: Person, version: str) -> None:
    """Connector 0, EVSE 0. Rule 46. Rule 64."""
    telling = await running(station, alice)
    values = [{"timestamp": telling.at(5), "sampledValue": [value_of(version, 88_000, context="Sample.Clock")]}]
    place = {"connectorId": 0} if version == "1.6" else {"evseId": 0}
    assert await station.call("MeterValues", {**place, "meterValue": values}) == {}
    reading = await MeterReading.objects.aget(evse_number=0)
    assert (reading.session_id, reading.context) == (None, ReadingContext.CLOCK)
    assert (await _session()).energy_wh == 0


@every_version
async def test_a_register_may_count_from_the_meters_making(station: Charger, alice: Person, version: str) -> None:
    """Energy is stop minus start. Rule 60."""
    telling = Telling(station, alice.uid)
    await telling.start(7_654_321)
    await telling.read(7_655_000, 5)
    await telling.stop(7_656_321, 10)
    session = await _session()
    assert (session.energy_wh, session.meter_start_wh, session.meter_stop_wh) == (2000, 7_654_321, 7_656_321)
    assert await kinds_of_anomalies() == set()


@every_version
async def test_words_nobody_knows_are_kept_as_other(station: Charger, alice: Person, version: str) -> None:
    """Quirks 51, 109. Rule 62."""
    telling = await running(station, alice)
    strange: dict[str, Any] = {"measurand": "Energy.Green", "context": "Breakfast", "phase": "L9", "location": "Roof"}
    await said(telling, 5, value_of(version, 5) | strange)
    reading = await MeterReading.objects.aget()
    assert (reading.measurand, reading.context) == (Measurand.OTHER, ReadingContext.OTHER)
