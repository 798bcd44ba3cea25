"""Every command a 2.0.1 and a 2.1 station knows: its answer and its effect."""

from typing import Any

import pytest

from simulator import Charger, EvseSpec
from tests.simulator.conftest import MakeCharger
from tests.simulator.scripted_csms import Payload, ScriptedCsms
from tests.simulator.signing import signing_certificate

CARD = "04A2B3C4D5E6F7"
TOKEN = {"idToken": CARD, "type": "ISO14443"}


@pytest.fixture(params=["2.0.1", "2.1"])
async def station(make_charger: MakeCharger, csms: ScriptedCsms, request: pytest.FixtureRequest) -> Charger:
    charger = make_charger(request.param, evses=[EvseSpec(), EvseSpec(connectors=2, kind="DC", max_power_w=150_000)])
    await charger.connect()
    await charger.boot()
    csms.forget()
    return charger


CERTIFICATE = signing_certificate()[0]


async def order(csms: ScriptedCsms, station: Charger, action: str, payload: Payload) -> Payload:
    """The answer, once every effect has happened."""
    answer = await csms.command(action, payload)
    await station.settle()
    return answer


def events(csms: ScriptedCsms) -> list[Payload]:
    return csms.payloads("TransactionEvent")


async def test_request_start_waits_for_the_cable(csms: ScriptedCsms, station: Charger) -> None:
    wish = {"idToken": TOKEN, "remoteStartId": 77, "evseId": 1}
    assert await order(csms, station, "RequestStartTransaction", wish) == {"status": "Accepted"}
    assert events(csms) == []
    await station.plug_in()
    assert events(csms)[0]["transactionInfo"]["remoteStartId"] == 77
    assert events(csms)[0]["idToken"] == TOKEN


async def test_request_start_takes_the_transaction_of_a_waiting_car(csms: ScriptedCsms, station: Charger) -> None:
    station.settings.tx_start_point = "EVConnected"
    await station.plug_in()
    answer = await order(csms, station, "RequestStartTransaction", {"idToken": TOKEN, "remoteStartId": 5, "evseId": 1})
    assert answer == {"status": "Accepted", "transactionId": station.evse(1).transaction_id}
    assert events(csms)[-1]["triggerReason"] == "RemoteStart"
    assert events(csms)[-1]["transactionInfo"]["remoteStartId"] == 5
    assert events(csms)[-1]["transactionInfo"]["chargingState"] == "Charging"


async def test_request_stop(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    wish = {"transactionId": station.evse(1).transaction_id}
    assert await order(csms, station, "RequestStopTransaction", wish) == {"status": "Accepted"}
    assert events(csms)[-1]["triggerReason"] == "RemoteStop"
    assert events(csms)[-1]["transactionInfo"]["stoppedReason"] == "Remote"
    assert await order(csms, station, "RequestStopTransaction", wish) == {"status": "Rejected"}


async def test_immediate_reset_ends_and_boots(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    csms.forget()
    assert await order(csms, station, "Reset", {"type": "Immediate"}) == {"status": "Accepted"}
    assert csms.actions()[:2] == ["TransactionEvent", "BootNotification"]
    assert events(csms)[0]["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert csms.payloads("BootNotification")[0]["reason"] == "RemoteReset"


async def test_reset_on_idle_waits_for_the_transaction(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    assert await order(csms, station, "Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
    assert "BootNotification" not in csms.actions()
    await station.tap(CARD)
    await station.settle()
    assert csms.payloads("BootNotification")[0]["reason"] == "ScheduledReset"


async def test_one_evse_resets_alone(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD, evse=1)
    assert await order(csms, station, "Reset", {"type": "Immediate", "evseId": 1}) == {"status": "Accepted"}
    assert station.evse(1).transaction is None
    assert "BootNotification" not in csms.actions()
    assert len(csms.sockets) == 1
    await station.start_charging(CARD, evse=2)
    assert await order(csms, station, "Reset", {"type": "OnIdle", "evseId": 2}) == {"status": "Scheduled"}


async def test_unlock(csms: ScriptedCsms, station: Charger) -> None:
    place = {"evseId": 1, "connectorId": 1}
    assert await order(csms, station, "UnlockConnector", place) == {"status": "Unlocked"}
    await station.start_charging(CARD)
    assert await order(csms, station, "UnlockConnector", place) == {"status": "OngoingAuthorizedTransaction"}
    unknown = {"evseId": 1, "connectorId": 2}
    assert await order(csms, station, "UnlockConnector", unknown) == {"status": "UnknownConnector"}


async def test_change_availability(csms: ScriptedCsms, station: Charger) -> None:
    wish = {"operationalStatus": "Inoperative", "evse": {"id": 1}}
    assert await order(csms, station, "ChangeAvailability", wish) == {"status": "Accepted"}
    assert csms.payloads("StatusNotification")[-1]["connectorStatus"] == "Unavailable"
    await station.start_charging(CARD, evse=2)
    everything = {"operationalStatus": "Inoperative"}
    assert await order(csms, station, "ChangeAvailability", everything) == {"status": "Scheduled"}
    await station.unplug(evse=2)
    assert csms.payloads("StatusNotification")[-1]["connectorStatus"] == "Unavailable"


async def test_the_other_connector_of_a_busy_evse_is_unavailable(csms: ScriptedCsms, station: Charger) -> None:
    await station.plug_in(evse=2, connector=2)
    states = {payload["connectorId"]: payload["connectorStatus"] for payload in csms.payloads("StatusNotification")}
    assert states == {1: "Unavailable", 2: "Occupied"}


@pytest.mark.parametrize(
    ("wish", "sent"),
    [
        ({"requestedMessage": "Heartbeat"}, ["Heartbeat"]),
        ({"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 2}}, ["StatusNotification"]),
        ({"requestedMessage": "MeterValues", "evse": {"id": 1}}, ["MeterValues"]),
        ({"requestedMessage": "FirmwareStatusNotification"}, ["FirmwareStatusNotification"]),
        ({"requestedMessage": "LogStatusNotification"}, ["LogStatusNotification"]),
    ],
)
async def test_trigger_message(csms: ScriptedCsms, station: Charger, wish: Payload, sent: list[str]) -> None:
    assert await order(csms, station, "TriggerMessage", wish) == {"status": "Accepted"}
    assert csms.actions() == sent


async def test_trigger_message_of_a_transaction(csms: ScriptedCsms, station: Charger) -> None:
    wish = {"requestedMessage": "TransactionEvent"}
    assert await order(csms, station, "TriggerMessage", wish) == {"status": "Rejected"}
    await station.start_charging(CARD)
    assert await order(csms, station, "TriggerMessage", wish) == {"status": "Accepted"}
    assert events(csms)[-1]["triggerReason"] == "Trigger"


@pytest.mark.parametrize("wanted", ["StatusNotification", "BootNotification"])
async def test_impossible_triggers_are_rejected(csms: ScriptedCsms, station: Charger, wanted: str) -> None:
    assert await order(csms, station, "TriggerMessage", {"requestedMessage": wanted}) == {"status": "Rejected"}


async def test_unsupported_triggers_are_not_implemented(csms: ScriptedCsms, station: Charger) -> None:
    wish = {"requestedMessage": "SignV2GCertificate"}
    assert await order(csms, station, "TriggerMessage", wish) == {"status": "NotImplemented"}


@pytest.mark.parametrize("kind", ["FullInventory", "ConfigurationInventory", "SummaryInventory"])
async def test_a_base_report_comes_in_parts(csms: ScriptedCsms, station: Charger, kind: str) -> None:
    answer = await order(csms, station, "GetBaseReport", {"requestId": 12, "reportBase": kind})
    assert answer == {"status": "Accepted"}
    parts = csms.payloads("NotifyReport")
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part["tbc"] for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {part["requestId"] for part in parts} == {12}
    if kind == "FullInventory":
        assert sum(len(part["reportData"]) for part in parts) >= 90


async def test_a_report_is_filtered(csms: ScriptedCsms, station: Charger) -> None:
    wish = {"requestId": 1, "componentVariable": [{"component": {"name": "Connector"}}]}
    await order(csms, station, "GetReport", wish)
    found = [item["component"] for part in csms.payloads("NotifyReport") for item in part["reportData"]]
    assert len(found) == 12
    nothing = {"requestId": 2, "componentVariable": [{"component": {"name": "Nonsense"}}]}
    assert await order(csms, station, "GetReport", nothing) == {"status": "EmptyResultSet"}


def limit(profile_id: int, stack_level: int) -> Payload:
    schedule: Payload = {
        "id": profile_id,
        "chargingRateUnit": "A",
        "startSchedule": "2026-01-01T00:00:00Z",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 60, "limit": 6.0}],
    }
    return {
        "id": profile_id,
        "stackLevel": stack_level,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Recurring",
        "recurrencyKind": "Daily",
        "validTo": "2030-01-01T00:00:00Z",
        "chargingSchedule": [schedule],
    }


async def test_charging_profiles_are_reported_as_they_were_set(csms: ScriptedCsms, station: Charger) -> None:
    """K09. One report for each EVSE, the last one says so; nothing is told of what was not asked for."""
    of_2, of_1 = limit(9, stack_level=2), limit(10, stack_level=0)
    for evse_id, profile in ((2, of_2), (1, of_1)):
        wish = {"evseId": evse_id, "chargingProfile": profile}
        assert await order(csms, station, "SetChargingProfile", wish) == {"status": "Accepted"}
    whole: Payload = {"requestId": 3, "chargingProfile": {"chargingLimitSource": ["CSO"]}}
    assert await order(csms, station, "GetChargingProfiles", whole) == {"status": "Accepted"}
    told = csms.payloads("ReportChargingProfiles")
    places = [(part["evseId"], part["tbc"], part["chargingProfile"]) for part in told]
    assert places == [(1, True, [of_1]), (2, False, [of_2])]
    for criteria in ({"chargingLimitSource": ["EMS"]}, {"stackLevel": 1}, {"chargingProfileId": [11]}):
        none = {"requestId": 4, "chargingProfile": criteria}
        assert await order(csms, station, "GetChargingProfiles", none) == {"status": "NoProfiles"}


def asked(component: str, variable: str, **more: Any) -> Payload:
    return {"component": {"name": component}, "variable": {"name": variable}, **more}


async def test_get_variables(csms: ScriptedCsms, station: Charger) -> None:
    wishes = [
        asked("OCPPCommCtrlr", "HeartbeatInterval"),
        asked("Nonsense", "HeartbeatInterval"),
        asked("OCPPCommCtrlr", "Nonsense"),
        asked("OCPPCommCtrlr", "HeartbeatInterval", attributeType="Target"),
        asked("SecurityCtrlr", "BasicAuthPassword"),
    ]
    answer = await order(csms, station, "GetVariables", {"getVariableData": wishes})
    results = [(result["attributeStatus"], result.get("attributeValue")) for result in answer["getVariableResult"]]
    assert results == [
        ("Accepted", "300"),
        ("UnknownComponent", None),
        ("UnknownVariable", None),
        ("NotSupportedAttributeType", None),
        ("Rejected", None),
    ]


async def test_availability_is_a_variable(csms: ScriptedCsms, station: Charger) -> None:
    await station.plug_in(evse=2, connector=2)
    place = {"component": {"name": "Connector", "evse": {"id": 2, "connectorId": 2}}}
    wish = {"getVariableData": [{**place, "variable": {"name": "AvailabilityState"}}]}
    answer = await order(csms, station, "GetVariables", wish)
    assert answer["getVariableResult"][0]["attributeValue"] == "Occupied"


async def test_set_variables(csms: ScriptedCsms, station: Charger) -> None:
    wishes = [
        asked("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="10"),
        asked("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="soon"),
        asked("SampledDataCtrlr", "TxUpdatedMeasurands", attributeValue="Energy.Active.Import.Register"),
        asked("SampledDataCtrlr", "TxUpdatedMeasurands", attributeValue="Happiness"),
        asked("ChargingStation", "Model", attributeValue="Other"),
    ]
    answer = await order(csms, station, "SetVariables", {"setVariableData": wishes})
    statuses = [result["attributeStatus"] for result in answer["setVariableResult"]]
    assert statuses == ["Accepted", "Rejected", "Accepted", "Rejected", "Rejected"]
    await station.start_charging(CARD)
    await station.advance(60)
    periodic = [event for event in events(csms) if event["triggerReason"] == "MeterValuePeriodic"]
    assert len(periodic) == 6
    assert len(periodic[0]["meterValue"][0]["sampledValue"]) == 1


async def test_a_new_password_is_used_at_once(csms: ScriptedCsms, station: Charger) -> None:
    wish = asked("SecurityCtrlr", "BasicAuthPassword", attributeValue="a-new-and-long-one")
    await order(csms, station, "SetVariables", {"setVariableData": [wish]})
    assert csms.authorizations[-1] == "old_faithful:a-new-and-long-one"
    assert "BootNotification" not in csms.actions()


async def test_data_transfer(csms: ScriptedCsms, station: Charger) -> None:
    own = {"vendorId": "Voltaria", "messageId": "echo", "data": {"any": ["thing"]}}
    assert await order(csms, station, "DataTransfer", own) == {"status": "Accepted", "data": {"any": ["thing"]}}
    assert (await order(csms, station, "DataTransfer", {"vendorId": "Else"}))["status"] == "UnknownVendorId"


async def test_charging_profiles(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    content = profile(limit=7_000, purpose="TxProfile") | {"transactionId": station.evse(1).transaction_id}
    wish = {"evseId": 1, "chargingProfile": content}
    assert await order(csms, station, "SetChargingProfile", wish) == {"status": "Accepted"}
    assert station.evse(1).power_w == 7_000
    schedule = await order(csms, station, "GetCompositeSchedule", {"evseId": 1, "duration": 60})
    assert schedule["schedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 7_000}]
    assert await order(csms, station, "ClearChargingProfile", {"chargingProfileId": 1}) == {"status": "Accepted"}
    assert station.evse(1).power_w == 11_000


@pytest.mark.parametrize(
    ("evse_id", "purpose"),
    [(1, "TxProfile"), (0, "TxProfile"), (1, "ChargingStationMaxProfile"), (0, "ChargingStationExternalConstraints")],
)
async def test_impossible_profiles_are_rejected(
    csms: ScriptedCsms, station: Charger, evse_id: int, purpose: str
) -> None:
    wish = {"evseId": evse_id, "chargingProfile": profile(limit=7_000, purpose=purpose)}
    assert await order(csms, station, "SetChargingProfile", wish) == {"status": "Rejected"}


async def test_a_zero_limit_suspends_by_the_station(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    wish = {"evseId": 0, "chargingProfile": profile(limit=0, purpose="ChargingStationMaxProfile")}
    await order(csms, station, "SetChargingProfile", wish)
    assert events(csms)[-1]["transactionInfo"]["chargingState"] == "SuspendedEVSE"


async def test_the_local_list(csms: ScriptedCsms, station: Charger) -> None:
    assert await order(csms, station, "GetLocalListVersion", {}) == {"versionNumber": 0}
    entry = {"idToken": TOKEN, "idTokenInfo": {"status": "Accepted"}}
    full = {"versionNumber": 3, "updateType": "Full", "localAuthorizationList": [entry]}
    assert await order(csms, station, "SendLocalList", full) == {"status": "Accepted"}
    twice = full | {"localAuthorizationList": [entry, entry]}
    assert await order(csms, station, "SendLocalList", twice) == {"status": "Failed"}
    late = {"versionNumber": 3, "updateType": "Differential"}
    assert await order(csms, station, "SendLocalList", late) == {"status": "VersionMismatch"}
    assert await order(csms, station, "ClearCache", {}) == {"status": "Accepted"}


async def test_reservations(csms: ScriptedCsms, station: Charger) -> None:
    wish = {"id": 9, "expiryDateTime": "2026-11-22T12:30:00Z", "idToken": TOKEN, "evseId": 1}
    assert await order(csms, station, "ReserveNow", wish) == {"status": "Accepted"}
    assert csms.payloads("StatusNotification")[-1]["connectorStatus"] == "Reserved"
    await station.start_charging(CARD)
    assert events(csms)[0]["reservationId"] == 9
    assert await order(csms, station, "CancelReservation", {"reservationId": 9}) == {"status": "Rejected"}
    anywhere = {key: value for key, value in wish.items() if key != "evseId"}
    assert await order(csms, station, "ReserveNow", anywhere) == {"status": "Accepted"}
    assert station.evse(2).reservation is not None
    assert await order(csms, station, "ReserveNow", wish | {"id": 10}) == {"status": "Occupied"}
    assert await order(csms, station, "CancelReservation", {"reservationId": 9}) == {"status": "Accepted"}


async def test_a_firmware_update(csms: ScriptedCsms, station: Charger) -> None:
    firmware = {"location": "ftp://files.example/fw.bin", "retrieveDateTime": "2026-11-22T12:00:00Z"}
    wish = {"requestId": 3, "firmware": firmware | {"signature": "AA==", "signingCertificate": CERTIFICATE}}
    assert await order(csms, station, "UpdateFirmware", wish) == {"status": "Accepted"}
    statuses = [payload["status"] for payload in csms.payloads("FirmwareStatusNotification")]
    assert statuses[2:] == ["SignatureVerified", "Installing", "InstallRebooting", "Installed"]
    boot = csms.payloads("BootNotification")[-1]
    assert (boot["reason"], boot["chargingStation"]["firmwareVersion"]) == ("FirmwareUpdate", "1.4.3")


async def test_a_log_is_uploaded(csms: ScriptedCsms, station: Charger) -> None:
    wish = {"log": {"remoteLocation": "ftp://files.example/"}, "logType": "DiagnosticsLog", "requestId": 8}
    assert (await order(csms, station, "GetLog", wish))["status"] == "Accepted"
    assert [payload["status"] for payload in csms.payloads("LogStatusNotification")] == ["Uploading", "Uploaded"]


async def test_the_status_of_a_transaction(csms: ScriptedCsms, station: Charger) -> None:
    assert await order(csms, station, "GetTransactionStatus", {}) == {"messagesInQueue": False}
    await station.start_charging(CARD)
    wish = {"transactionId": station.evse(1).transaction_id}
    answer = await order(csms, station, "GetTransactionStatus", wish)
    assert answer == {"messagesInQueue": False, "ongoingIndicator": True}


async def test_availability_may_be_told_by_events(csms: ScriptedCsms, station: Charger) -> None:
    station.availability_reports = "event"
    await station.plug_in()
    event = csms.payloads("NotifyEvent")[0]["eventData"][0]
    assert (event["variable"]["name"], event["actualValue"]) == ("AvailabilityState", "Occupied")
    assert "StatusNotification" not in csms.actions()


def profile(*, limit: float, purpose: str) -> Payload:
    schedule = {
        "id": 1,
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        "startSchedule": "2026-11-22T12:00:00Z",
    }
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
    }
