"""Quirks 99 to 116: meters of real chargers. Each test carries the number of its quirk."""

from datetime import datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from charging.models import SignedReading
from charging.services import poll_readings
from charging.states import Measurand, Phase
from csms.console.charts import curve_of
from stations.commands import SetVariables, VariableName, VariableValue
from stations.repairs import Repair
from stations.states import CommandStatus
from stations.traits import Trait
from tests.usecases.quirks import DROP, Quirky, minute, sampled_wh

# Register at the start; readings (minute, register); register at the stop; energy; what is odd about it.
REGISTERS: dict[str, tuple[Any, list[tuple[int, int]], int, int, list[str]]] = {
    "q099 readings count from the session": (1_000_000, [(5, 0), (10, 500), (15, 900)], 1_001_000, 1000, []),
    "q099 start counts from the session": (0, [(5, 7_000_000), (10, 7_000_400)], 7_000_500, 500, ["register_jump"]),
    "q100 register falls": (5000, [(5, 5600)], 400, 600, ["register_decrease"]),
    "q100 reset in the middle": (5000, [(5, 5600), (10, 100), (15, 300)], 300, 800, ["register_decrease"]),
    "q100 reset before the first reading": (5000, [(5, 1000), (10, 19_000)], 20_000, 15_000, ["register_decrease"]),
    "q100 zero until the meter is read": (5000, [(5, 0), (10, 12_000)], 20_000, 15_000, []),
    "q100 never negative": (5000, [], 400, 0, ["register_decrease"]),
    "q100 another meter": (5000, [(5, 5600), (10, 900_000), (15, 900_300)], 900_300, 900, ["register_jump"]),
    "q101 start of 0": (0, [(5, 9_000_000), (10, 9_000_400)], 9_000_500, 500, ["register_jump"]),
    "q101 start of null": (None, [(0, 70_000), (10, 70_400)], 70_500, 500, []),
    "q101 no start": (DROP, [(0, 70_000), (10, 70_400)], 70_500, 500, []),
}


@pytest.mark.parametrize("case", REGISTERS)
async def test_registers(quirky: Quirky, case: str) -> None:
    start, readings, stop, energy_wh, odd = REGISTERS[case]
    await quirky.connect()
    transaction_id = await quirky.start(start, minute(0))
    for minutes, register in readings:
        await quirky.read(transaction_id, register, at=minute(minutes))
    await quirky.stop(transaction_id, stop, minute(20))
    session = await quirky.session()
    assert (session.energy_wh, await quirky.anomalies()) == (energy_wh, odd)


async def test_q099_a_register_of_the_session_behind_a_stale_start(quirky: Quirky) -> None:
    """No frame shows it: the profile tells that the register begins anew, so the start's old value means nothing."""
    await quirky.knows(Trait.SESSION_REGISTER)
    await quirky.connect()
    transaction_id = await quirky.start(300, minute(0))
    await quirky.read(transaction_id, 400, at=minute(5))
    assert (await quirky.session()).energy_wh == 400
    await quirky.stop(transaction_id, 900, minute(20))
    session = await quirky.session()
    assert (session.energy_wh, session.meter_start_wh) == (900, 300)


async def test_q102_signed_data_is_no_number(quirky: Quirky) -> None:
    """Kept byte for byte, also where it is in an ordinary value."""
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    signed = ['OCMF|{"RD":[]}|{"SD":"00"}', "AbC0"]
    await quirky.read(transaction_id, {"value": signed[0]}, {"value": signed[1], "format": "SignedData"}, 1200)
    rows = SignedReading.objects.filter(station__identity=quirky.identity).order_by("-data")
    assert [row.data async for row in rows] == signed
    assert [row.value async for row in quirky.readings()] == [1200]
    await quirky.mended(Repair.SIGNED_DATA_MISPLACED)


async def test_q103_an_empty_value_among_others(quirky: Quirky) -> None:
    await quirky.connect()
    await quirky.read(None, {"value": ""}, 1200)
    assert [row.value async for row in quirky.readings()] == [1200]
    await quirky.mended(Repair.VALUE_UNREADABLE)


async def test_q104_nothing_but_a_value(quirky: Quirky) -> None:
    """Wh, the imported energy, sampled from time to time at the outlet."""
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    await quirky.read(transaction_id, {"value": "1300"}, at=minute(5))
    assert (await quirky.session()).energy_wh == 300


async def test_q105_kwh_without_a_unit_and_decimal_commas(quirky: Quirky) -> None:
    await quirky.knows(Trait.KWH_WITHOUT_UNIT)
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    await quirky.read(transaction_id, {"value": "1,25"}, {"value": "230", "measurand": "Voltage"}, at=minute(5))
    assert sorted([row.value async for row in quirky.readings()]) == [230, 1250]
    assert (await quirky.session()).energy_wh == 250
    await quirky.mended(Repair.UNIT_ASSUMED)
    await quirky.mended(Repair.DECIMAL_COMMA)


def by_phase(*values: int) -> list[dict[str, Any]]:
    return [sampled_wh(value) | {"phase": f"L{number}"} for number, value in enumerate(values, 1)]


# The sampled values of a first and a last reading, and the energy between them.
PHASES: dict[str, tuple[list[Any], list[Any], int]] = {
    "q106 energy by phase": (by_phase(100, 200, 300), by_phase(150, 260, 370), 180),
    "q106 energy of one phase": (by_phase(100), by_phase(180), 80),
    "q110 phases and total disagree": ([600, *by_phase(100, 200, 300)], [800, *by_phase(150, 260, 370)], 200),
}


@pytest.mark.parametrize("case", PHASES)
async def test_phases(quirky: Quirky, case: str) -> None:
    """Added up where there is no total; the total counts where there is one."""
    first, last, energy_wh = PHASES[case]
    await quirky.connect()
    transaction_id = await quirky.start(DROP, minute(0))
    await quirky.read(transaction_id, *first, at=minute(0))
    await quirky.read(transaction_id, *last, at=minute(10))
    await quirky.call("StopTransaction", {"transactionId": transaction_id, "timestamp": "2020-01-01T00:00:00Z"})
    assert (await quirky.session()).energy_wh == energy_wh


@pytest.mark.parametrize(
    ("sampled", "measurand", "phase"),
    [
        ({"value": "231", "measurand": "Voltage", "phase": "N"}, Measurand.VOLTAGE, Phase.N),
        ({"value": "16", "measurand": "Current.Import", "phase": "L1-N"}, Measurand.CURRENT_IMPORT, Phase.L1_N),
        ({"value": "16", "measurand": "Current.Import.L2"}, Measurand.CURRENT_IMPORT, Phase.L2),
        ({"value": "231", "measurand": "Voltage-L3-N"}, Measurand.VOLTAGE, Phase.L3_N),
    ],
    ids=["q107", "q108", "q109", "q109 with a line"],
)
async def test_q107_q108_q109_phases_as_they_are_written(
    quirky: Quirky, sampled: dict[str, str], measurand: Measurand, phase: Phase
) -> None:
    await quirky.connect()
    await quirky.read(None, sampled)
    assert [(row.measurand, row.phase) async for row in quirky.readings()] == [(measurand, phase)]


async def test_q111_no_power_is_told(quirky: Quirky) -> None:
    """The curve shows what the register tells of it: 600 Wh in six minutes are 6 kW."""
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    for minutes, register in ((0, 1000), (6, 1600), (12, 2200)):
        await quirky.read(transaction_id, register, at=minute(minutes))
    await quirky.stop(transaction_id, 2200, minute(12))
    curve = await sync_to_async(curve_of)(await quirky.session())
    told = [power for power in curve.power_kw if power is not None]
    assert told == [pytest.approx(6, rel=0.1)] * 2


async def test_q112_power_is_not_zeroed(quirky: Quirky) -> None:
    """A station that is suspended gives none, whatever its last reading said."""
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    await quirky.read(transaction_id, {"value": "7400", "measurand": "Power.Active.Import", "unit": "W"})
    assert (await quirky.session()).power_w == 7400
    await quirky.status("SuspendedEVSE")
    assert (await quirky.session()).power_w == 0


async def test_q113_no_readings_unless_asked(quirky: Quirky) -> None:
    await quirky.knows(Trait.NEEDS_POLLING)
    await quirky.connect()
    await quirky.rest()
    await quirky.start(1000, minute(0))
    for _ in range(2):
        await sync_to_async(poll_readings)()
    call = await quirky.socket.command()
    assert call[2:] == ["TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}]
    await quirky.socket.send([3, call[1], {"status": "Accepted"}])
    assert await quirky.socket.answers_before_heartbeat() == []
    assert quirky.socket.commands == []


@pytest.mark.parametrize(("count", "status"), [(5, CommandStatus.NOT_SUPPORTED), (4, CommandStatus.ACCEPTED)])
async def test_q114_many_measurands_make_it_reboot(quirky: Quirky, count: int, status: CommandStatus) -> None:
    await quirky.knows(Trait.FEW_MEASURANDS)
    await quirky.connect()
    await quirky.rest()
    wanted = ",".join(["Voltage", "SoC", "Temperature", "Frequency", "Current.Import"][:count])
    change = SetVariables((VariableValue(VariableName("MeterValuesSampledData"), wanted),))
    if status == CommandStatus.NOT_SUPPORTED:
        assert (await quirky.finished(await quirky.ask(change))).status == status
    else:
        assert (await quirky.outcome(change, {"status": "Accepted"})).status == status


async def test_q115_a_flood_of_clock_aligned_values(quirky: Quirky) -> None:
    """All are answered, each value is kept once, and the energy is that of the registers."""
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    for number in range(60):
        sampled = sampled_wh(1000 + number // 2) | {"context": "Sample.Clock"}
        value = {"timestamp": stamp_of(number // 2), "sampledValue": [sampled]}
        payload = {"connectorId": 1, "transactionId": transaction_id, "meterValue": [value]}
        await quirky.socket.send([2, f"flood-{number}", "MeterValues", payload])
    heard = [await quirky.socket.receive() for _ in range(60)]
    assert {frame[0] for frame in heard} == {3}
    assert await quirky.readings().acount() == 30
    await quirky.stop(transaction_id, 1030, minute(31))
    assert (await quirky.session()).energy_wh == 30


def stamp_of(minutes: int) -> str:
    moment: datetime = minute(minutes)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_q116_clock_aligned_values_outside_of_a_transaction(quirky: Quirky) -> None:
    await quirky.connect()
    await quirky.read(None, sampled_wh(1500) | {"context": "Sample.Clock"})
    assert [row.session_id async for row in quirky.readings()] == [None]
    assert await quirky.anomalies() == []
