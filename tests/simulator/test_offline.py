"""Without a connection the energy still flows, and everything is told later, once and in order."""

import pytest

from simulator import Charger, Settings
from tests.simulator.conftest import MakeCharger
from tests.simulator.scripted_csms import ScriptedCsms

CARD = "04A2B3C4D5E6F7"
TRANSACTION_ACTIONS = {"StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"}


async def test_a_session_of_1_6_offline_is_replayed_in_order(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = await booted(make_charger, "1.6")
    csms.forget()
    await charger.go_offline()
    await offline_session(charger)
    assert csms.received == []
    await charger.come_online()
    told = [action for action in csms.actions() if action in TRANSACTION_ACTIONS]
    assert told == ["StartTransaction", *["MeterValues"] * 10, "StopTransaction"]
    assert {payload["transactionId"] for payload in csms.payloads("MeterValues")} == {1}
    stop = csms.payloads("StopTransaction")[0]
    assert (stop["transactionId"], stop["meterStop"]) == (1, 1833)
    assert "BootNotification" not in csms.actions()


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_session_of_2_offline_is_marked_so(csms: ScriptedCsms, make_charger: MakeCharger, version: str) -> None:
    charger = await booted(make_charger, version)
    await charger.go_offline()
    await offline_session(charger)
    await charger.come_online()
    events = csms.payloads("TransactionEvent")
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    assert all(event["offline"] is True for event in events)
    assert events[0]["timestamp"] == "2026-11-22T12:00:00Z"
    assert events[-1]["timestamp"] == "2026-11-22T12:10:00Z"


async def test_a_session_goes_on_through_an_outage(csms: ScriptedCsms, charger: Charger) -> None:
    await charger.start_charging(CARD)
    await charger.advance(120)
    await charger.go_offline()
    await charger.advance(120)
    await charger.come_online()
    await charger.advance(120)
    await charger.tap(CARD)
    assert charger.evse(1).meter_wh == 1100
    assert len(charger.queue) == 0
    assert csms.actions().count("BootNotification") == 1


async def test_changed_status_is_told_after_a_short_outage(csms: ScriptedCsms, charger: Charger) -> None:
    csms.forget()
    await charger.go_offline()
    await charger.come_online()
    assert csms.received == []
    await charger.go_offline()
    await charger.plug_in()
    await charger.come_online()
    assert csms.actions() == ["StatusNotification"]


async def test_a_known_card_counts_offline_and_an_unknown_one_may_not(
    csms: ScriptedCsms, make_charger: MakeCharger, version: str
) -> None:
    charger = await booted(make_charger, version, allows_unknown_offline=False)
    await charger.tap(CARD)
    await charger.advance(60)
    await charger.go_offline()
    assert (await charger.tap(CARD)).status == "Accepted"
    await charger.advance(60)
    assert (await charger.tap("B0B")).status == "Invalid"


async def test_a_message_that_failed_is_tried_again_before_later_ones(
    csms: ScriptedCsms, make_charger: MakeCharger
) -> None:
    charger = await booted(make_charger, "1.6", message_retry_interval_s=0)
    failures = iter([True, True])
    good = csms.script.get("StartTransaction", csms.default("StartTransaction"))
    csms.script["StartTransaction"] = lambda payload: (
        {"error": "InternalError"} if next(failures, False) else good(payload)
    )
    await charger.start_charging(CARD)
    await charger.advance(60)
    await csms.wait_for("MeterValues")
    assert csms.actions().count("StartTransaction") == 3
    assert csms.payloads("MeterValues")[0]["transactionId"] == 1


async def test_a_message_is_dropped_after_its_attempts(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = await booted(make_charger, "1.6", message_retry_interval_s=0)
    csms.script["StartTransaction"] = lambda _: {"error": "InternalError"}
    await charger.start_charging(CARD)
    await charger.tap(CARD)
    await csms.wait_for("StopTransaction")
    assert csms.actions().count("StartTransaction") == 3
    assert csms.payloads("StopTransaction")[0]["transactionId"] == -1


async def test_an_offline_start_that_is_refused_later_is_stopped(csms: ScriptedCsms, charger: Charger) -> None:
    csms.script["StartTransaction"] = lambda _: {"transactionId": 3, "idTagInfo": {"status": "Blocked"}}
    csms.script["TransactionEvent"] = lambda payload: (
        {"idTokenInfo": {"status": "Blocked"}} if "idToken" in payload else {}
    )
    await charger.go_offline()
    await charger.start_charging(CARD)
    await charger.come_online()
    await charger.settle()
    assert charger.evse(1).transaction is None


async def test_a_pending_station_boots_again_and_is_silent_until_accepted(
    csms: ScriptedCsms, make_charger: MakeCharger, version: str
) -> None:
    charger = make_charger(version)
    csms.script["BootNotification"] = lambda _: {
        "status": "Pending",
        "currentTime": "2026-11-22T12:00:00Z",
        "interval": 1,
    }
    await charger.connect()
    answer = await charger.boot()
    assert answer["status"] == "Pending"
    await charger.start_charging(CARD)
    assert csms.actions() == ["BootNotification"]
    del csms.script["BootNotification"]
    await charger.boot_until_accepted()
    told = set(csms.actions())
    assert told & {"StartTransaction", "TransactionEvent"}
    assert "StatusNotification" in told


async def test_a_pending_station_boots_when_triggered(csms: ScriptedCsms, make_charger: MakeCharger) -> None:
    charger = make_charger("2.0.1")
    csms.script["BootNotification"] = lambda _: {
        "status": "Pending",
        "currentTime": "2026-11-22T12:00:00Z",
        "interval": 600,
    }
    await charger.connect()
    await charger.boot()
    start = {"idToken": {"idToken": CARD, "type": "ISO14443"}, "remoteStartId": 1}
    assert await csms.command("RequestStartTransaction", start) == {"status": "Rejected"}
    del csms.script["BootNotification"]
    assert (await csms.command("TriggerMessage", {"requestedMessage": "BootNotification"}))["status"] == "Accepted"
    await charger.settle()
    assert csms.payloads("BootNotification")[-1]["reason"] == "Triggered"
    assert charger.is_ready


async def booted(make_charger: MakeCharger, version: str, **settings: object) -> Charger:
    charger = make_charger(version, settings=Settings(**settings))  # type: ignore[arg-type]
    await charger.connect()
    await charger.boot()
    return charger


async def offline_session(charger: Charger) -> None:
    """Ten minutes at 11 kW."""
    await charger.start_charging(CARD)
    await charger.advance(600)
    await charger.tap(CARD)
    await charger.unplug()
