"""A car is charged, from the tap to the last message, in each version."""

from typing import Any

import pytest

from simulator import Car, Charger, EvseSpec, Settings, StopReason
from tests.simulator.conftest import MakeCharger
from tests.simulator.scripted_csms import ScriptedCsms

CARD = "04A2B3C4D5E6F7"


def test_every_version_is_known(version: str) -> None:
    assert Charger(url="ws://127.0.0.1:1", identity="x", version=f"ocpp{version}").version == version


async def test_boot_tells_the_status_of_everything(csms: ScriptedCsms, make_charger: MakeCharger, version: str) -> None:
    charger = make_charger(version, evses=[EvseSpec(), EvseSpec(kind="DC", max_power_w=150_000)])
    await charger.connect()
    answer = await charger.boot()
    assert answer["status"] == "Accepted"
    assert charger.settings.heartbeat_interval_s == 300
    connectors = 3 if version == "1.6" else 2
    assert csms.actions() == ["BootNotification"] + ["StatusNotification"] * connectors


@pytest.mark.parametrize("plugs_first", [True, False])
async def test_plug_and_tap_in_either_order_start_one_transaction(
    csms: ScriptedCsms, charger: Charger, plugs_first: bool
) -> None:
    if plugs_first:
        await charger.plug_in()
        await charger.tap(CARD)
    else:
        await charger.tap(CARD)
        await charger.plug_in()
    assert len(starts(csms)) == 1
    assert charger.evse(1).transaction_id is not None
    assert charger.evse(1).power_w == 11_000


async def test_energy_is_the_integral_of_power_to_the_watt_hour(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD, car=Car(capacity_wh=60_000, soc_percent=20))
    await charger.advance(3600)
    await charger.tap(CARD)
    assert charger.evse(1).meter_wh == 11_000
    assert energies(csms)[-1] == 11_000
    assert len(samples(csms)) == 60
    await charger.unplug()


async def test_each_sample_fits_its_register(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD, car=Car(capacity_wh=40_000, soc_percent=88))
    await charger.advance(3600)
    registers = energies(csms)
    powers = [value_of(sample, "Power.Active.Import") for sample in samples(csms)]
    assert registers == sorted(registers)
    for before, after, power_w in zip(registers[1:], registers[2:], powers, strict=False):
        assert after - before <= power_w / 60 + 1


async def test_phases_add_up_to_the_power(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD)
    await charger.advance(60)
    sample = samples(csms)[-1]
    ampere = {item["phase"]: float(item["value"]) for item in sample if item["measurand"] == "Current.Import"}
    volt = {item["phase"][:2]: float(item["value"]) for item in sample if item["measurand"] == "Voltage"}
    assert sum(ampere[phase] * volt[phase] for phase in ("L1", "L2", "L3")) == pytest.approx(11_000, rel=1e-3)


async def test_a_one_phase_car_takes_a_third_of_what_the_evse_has(make_charger: MakeCharger, version: str) -> None:
    charger = make_charger(version)
    await charger.connect()
    await charger.boot()
    await charger.start_charging(CARD, car=Car(ac_phases=1, ac_max_w=7_400))
    assert charger.evse(1).power_w == pytest.approx(22_000 / 3)


async def test_a_fast_charger_reports_soc_and_tapers(
    csms: ScriptedCsms, make_charger: MakeCharger, version: str
) -> None:
    charger = make_charger(version, evses=[EvseSpec(kind="DC", max_power_w=150_000)])
    await charger.connect()
    await charger.boot()
    await charger.start_charging(CARD, car=Car(capacity_wh=60_000, soc_percent=30))
    await charger.advance(30 * 60)
    socs = [value_of(sample, "SoC") for sample in samples(csms)]
    powers = [value_of(sample, "Power.Active.Import") for sample in samples(csms)]
    assert socs == sorted(socs)
    assert powers[0] == 150_000
    assert powers[-1] < 60_000
    assert charger.evse(1).meter_wh == pytest.approx((socs[-1] - 30) * 600, abs=60)


async def test_a_full_car_suspends_the_session(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD, car=Car(capacity_wh=20_000, soc_percent=99))
    await charger.advance(3600)
    assert charger.evse(1).charging_state == "SuspendedEV"
    assert charger.evse(1).transaction is not None
    assert "SuspendedEV" in str(csms.received)
    assert charger.evse(1).power_w == 0


async def test_the_same_card_stops_and_another_does_not(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD)
    await charger.tap("DEADBEEF")
    assert charger.evse(1).transaction is not None
    await charger.tap(CARD.lower())
    assert charger.evse(1).transaction is None
    assert reason_of_stop(csms) == "Local"


async def test_a_card_of_the_same_group_stops(csms: ScriptedCsms, charger: Charger) -> None:
    group_16 = {"idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET"}}
    group_2 = {"idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "FLEET", "type": "Central"}}}
    csms.script["Authorize"] = lambda payload: group_16 if "idTag" in payload else group_2
    csms.script["StartTransaction"] = lambda _: {"transactionId": 7, **group_16}
    csms.script["TransactionEvent"] = lambda payload: group_2 if "idToken" in payload else {}
    await charger.start_charging(CARD)
    await charger.tap("B0B")
    assert charger.evse(1).transaction is None


async def test_unplugging_ends_the_transaction(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD)
    await charger.advance(90)
    await charger.unplug()
    assert reason_of_stop(csms) == "EVDisconnected"
    assert charger.evse(1).status == "Available"


async def test_a_blocked_card_does_not_start(csms: ScriptedCsms, charger: Charger) -> None:
    csms.script["Authorize"] = lambda payload: {
        "idTagInfo" if "idTag" in payload else "idTokenInfo": {"status": "Blocked"}
    }
    await charger.plug_in()
    authorization = await charger.tap(CARD)
    assert authorization.status == "Blocked"
    assert starts(csms) == []


async def test_a_token_refused_at_the_start_ends_the_transaction(csms: ScriptedCsms, charger: Charger) -> None:
    csms.script["StartTransaction"] = lambda _: {"transactionId": 9, "idTagInfo": {"status": "Invalid"}}
    csms.script["TransactionEvent"] = lambda payload: (
        {"idTokenInfo": {"status": "Invalid"}} if payload["eventType"] == "Started" else {}
    )
    await charger.start_charging(CARD)
    assert charger.evse(1).transaction is None
    assert reason_of_stop(csms) == "DeAuthorized"


async def test_a_tap_without_a_car_lapses(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.tap(CARD)
    await charger.advance(59)
    assert charger.evse(1).token is not None
    await charger.advance(1)
    assert charger.evse(1).token is None
    await charger.plug_in()
    assert starts(csms) == []


async def test_clock_aligned_values_come_on_the_quarter(
    csms: ScriptedCsms, make_charger: MakeCharger, version: str
) -> None:
    charger = make_charger(version, settings=Settings(aligned_interval_s=900, sample_interval_s=0))
    await charger.connect()
    await charger.boot()
    await charger.advance(3600)
    times = [value["timestamp"][11:19] for payload in csms.payloads("MeterValues") for value in payload["meterValue"]]
    assert times == ["12:15:00", "12:30:00", "12:45:00", "13:00:00"]


async def test_an_idle_station_sends_heartbeats(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.advance(3600)
    assert csms.actions().count("Heartbeat") == 12


async def test_a_stop_of_1_6_carries_begin_and_end_when_asked(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger("1.6", settings=Settings(stop_measurands="Energy.Active.Import.Register"))
    await charger.connect()
    await charger.boot()
    await charger.start_charging(CARD)
    await charger.advance(600)
    await charger.stop_charging(reason=StopReason.EMERGENCY_STOP)
    stop = csms.payloads("StopTransaction")[-1]
    contexts = [value["sampledValue"][0]["context"] for value in stop["transactionData"]]
    assert contexts == ["Transaction.Begin", "Transaction.End"]
    assert stop["reason"] == "EmergencyStop"


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_transaction_events_count_from_zero(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD)
    await charger.advance(180)
    await charger.tap(CARD)
    events = csms.payloads("TransactionEvent")
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    assert [event["eventType"] for event in events] == ["Started"] + ["Updated"] * (len(events) - 2) + ["Ended"]
    assert events[-1]["transactionInfo"]["timeSpentCharging"] == 180
    assert "offline" not in events[0]


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_transaction_may_start_with_the_cable_and_end_with_it(
    csms: ScriptedCsms, make_charger: MakeCharger, version: str
) -> None:
    charger = make_charger(version, settings=Settings(tx_start_point="EVConnected", tx_stop_point="EVConnected"))
    await charger.connect()
    await charger.boot()
    await charger.plug_in()
    assert csms.payloads("TransactionEvent")[0]["triggerReason"] == "CablePluggedIn"
    await charger.tap(CARD)
    await charger.advance(60)
    await charger.tap(CARD)
    assert charger.evse(1).transaction is not None
    await charger.unplug()
    reasons = [event["triggerReason"] for event in csms.payloads("TransactionEvent")]
    assert reasons == [
        "CablePluggedIn",
        "Authorized",
        "MeterValuePeriodic",
        "StopAuthorized",
        "EVCommunicationLost",
    ]
    assert csms.payloads("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"] == "Local"


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_transaction_may_start_with_the_card(
    csms: ScriptedCsms, make_charger: MakeCharger, version: str
) -> None:
    charger = make_charger(version, settings=Settings(tx_start_point="Authorized"))
    await charger.connect()
    await charger.boot()
    await charger.tap(CARD)
    started = csms.payloads("TransactionEvent")[0]
    assert (started["eventType"], started["transactionInfo"]["chargingState"]) == ("Started", "Idle")
    await charger.plug_in()
    assert "Charging" in str(csms.payloads("TransactionEvent")[-1]["transactionInfo"])


def starts(csms: ScriptedCsms) -> list[dict[str, Any]]:
    events = [event for event in csms.payloads("TransactionEvent") if event["eventType"] == "Started"]
    return csms.payloads("StartTransaction") + events


def reason_of_stop(csms: ScriptedCsms) -> str:
    stops = csms.payloads("StopTransaction")
    if stops:
        return str(stops[-1]["reason"])
    return str(csms.payloads("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"])


def samples(csms: ScriptedCsms) -> list[list[dict[str, Any]]]:
    """The sampled values of each periodic sample, whatever message they came in."""
    found = []
    for _, payload in csms.received:
        for value in payload.get("meterValue", []):
            if value["sampledValue"][0]["context"] == "Sample.Periodic":
                found.append(value["sampledValue"])
    return found


def energies(csms: ScriptedCsms) -> list[float]:
    """Every register value told, in order: start, samples, stop."""
    found: list[float] = []
    for _, payload in csms.received:
        found += [payload[key] for key in ("meterStart", "meterStop") if key in payload]
        for value in payload.get("meterValue", []):
            found += [float(item["value"]) for item in value["sampledValue"] if "Register" in item["measurand"]]
    return found


def value_of(sample: list[dict[str, Any]], measurand: str) -> float:
    return next(float(item["value"]) for item in sample if item["measurand"] == measurand)
