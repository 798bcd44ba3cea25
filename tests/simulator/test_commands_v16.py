"""Every command a 1.6 station knows: its answer and its effect."""

import pytest

from simulator import Charger, EvseSpec
from tests.simulator.conftest import MakeCharger
from tests.simulator.scripted_csms import Payload, ScriptedCsms

CARD = "04A2B3C4D5E6F7"


@pytest.fixture
async def station(make_charger: MakeCharger, csms: ScriptedCsms) -> Charger:
    charger = make_charger("1.6", evses=[EvseSpec(), EvseSpec()])
    await charger.connect()
    await charger.boot()
    csms.forget()
    return charger


async def order(csms: ScriptedCsms, station: Charger, action: str, payload: Payload) -> Payload:
    """The answer, once every effect has happened."""
    answer = await csms.command(action, payload)
    await station.settle()
    return answer


async def test_remote_start_waits_for_the_cable(csms: ScriptedCsms, station: Charger) -> None:
    answer = await order(csms, station, "RemoteStartTransaction", {"idTag": CARD, "connectorId": 2})
    assert answer == {"status": "Accepted"}
    assert "StartTransaction" not in csms.actions()
    await station.plug_in(evse=2)
    assert csms.payloads("StartTransaction")[0]["idTag"] == CARD
    assert "Authorize" not in csms.actions()


async def test_remote_start_prefers_the_connector_with_a_car(csms: ScriptedCsms, station: Charger) -> None:
    await station.plug_in(evse=2)
    await order(csms, station, "RemoteStartTransaction", {"idTag": CARD})
    assert csms.payloads("StartTransaction")[0]["connectorId"] == 2


async def test_remote_start_asks_first_when_configured(csms: ScriptedCsms, station: Charger) -> None:
    station.settings.authorizes_remote_starts = True
    await station.plug_in()
    await order(csms, station, "RemoteStartTransaction", {"idTag": CARD})
    assert csms.actions().index("Authorize") < csms.actions().index("StartTransaction")


@pytest.mark.parametrize("connector", [1, 3])
async def test_remote_start_is_refused_where_it_cannot_work(
    csms: ScriptedCsms, station: Charger, connector: int
) -> None:
    await station.start_charging(CARD, evse=1)
    answer = await order(csms, station, "RemoteStartTransaction", {"idTag": "B0B", "connectorId": connector})
    assert answer == {"status": "Rejected"}


async def test_remote_start_brings_its_profile(csms: ScriptedCsms, station: Charger) -> None:
    await station.plug_in()
    content = profile(limit=10, unit="A", purpose="TxProfile", kind="Relative")
    await order(csms, station, "RemoteStartTransaction", {"idTag": CARD, "connectorId": 1, "chargingProfile": content})
    assert station.evse(1).power_w == 10 * 230 * 3


async def test_remote_stop(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    number = station.evse(1).transaction_id
    assert await order(csms, station, "RemoteStopTransaction", {"transactionId": number}) == {"status": "Accepted"}
    assert csms.payloads("StopTransaction")[0]["reason"] == "Remote"
    assert await order(csms, station, "RemoteStopTransaction", {"transactionId": number}) == {"status": "Rejected"}


async def test_soft_reset_stops_first_and_boots_again(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    csms.forget()
    assert await order(csms, station, "Reset", {"type": "Soft"}) == {"status": "Accepted"}
    assert csms.actions()[0] == "StopTransaction"
    assert csms.payloads("StopTransaction")[0]["reason"] == "SoftReset"
    assert csms.actions().count("BootNotification") == 1
    assert len(csms.sockets) == 2


async def test_hard_reset_tells_of_the_stop_after_the_boot(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    csms.forget()
    await order(csms, station, "Reset", {"type": "Hard"})
    assert csms.actions()[0] == "BootNotification"
    assert csms.payloads("StopTransaction")[0]["reason"] == "HardReset"


async def test_unlock_ends_the_transaction(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    assert await order(csms, station, "UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
    assert csms.payloads("StopTransaction")[0]["reason"] == "UnlockCommand"
    assert await order(csms, station, "UnlockConnector", {"connectorId": 9}) == {"status": "NotSupported"}


async def test_change_availability_of_a_free_connector(csms: ScriptedCsms, station: Charger) -> None:
    answer = await order(csms, station, "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    assert answer == {"status": "Accepted"}
    assert csms.payloads("StatusNotification")[-1]["status"] == "Unavailable"
    await order(csms, station, "ChangeAvailability", {"connectorId": 1, "type": "Operative"})
    assert csms.payloads("StatusNotification")[-1]["status"] == "Available"


async def test_change_availability_waits_for_the_transaction(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    answer = await order(csms, station, "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
    assert answer == {"status": "Scheduled"}
    assert station.evse(1).status == "Charging"
    await station.unplug()
    assert station.evse(1).status == "Unavailable"


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ("Heartbeat", ["Heartbeat"]),
        ("StatusNotification", ["StatusNotification"] * 3),
        ("MeterValues", ["MeterValues"] * 2),
        ("DiagnosticsStatusNotification", ["DiagnosticsStatusNotification"]),
        ("FirmwareStatusNotification", ["FirmwareStatusNotification"]),
    ],
)
async def test_trigger_message(csms: ScriptedCsms, station: Charger, wanted: str, sent: list[str]) -> None:
    assert await order(csms, station, "TriggerMessage", {"requestedMessage": wanted}) == {"status": "Accepted"}
    assert csms.actions() == sent


async def test_trigger_message_for_one_connector_and_for_none(csms: ScriptedCsms, station: Charger) -> None:
    await order(csms, station, "TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 2})
    assert [payload["connectorId"] for payload in csms.payloads("StatusNotification")] == [2]
    refused = await order(csms, station, "TriggerMessage", {"requestedMessage": "Heartbeat", "connectorId": 9})
    assert refused == {"status": "Rejected"}
    boot = await order(csms, station, "TriggerMessage", {"requestedMessage": "BootNotification"})
    assert boot == {"status": "Rejected"}


async def test_clear_cache_forgets_the_cards(csms: ScriptedCsms, station: Charger) -> None:
    await station.tap(CARD)
    assert station.memory.cache
    assert await order(csms, station, "ClearCache", {}) == {"status": "Accepted"}
    assert station.memory.cache == {}


async def test_get_configuration(csms: ScriptedCsms, station: Charger) -> None:
    everything = await order(csms, station, "GetConfiguration", {})
    assert len(everything["configurationKey"]) >= 40
    asked = ["heartbeatinterval", "NumberOfConnectors", "Nonsense", "AuthorizationKey"]
    some = await order(csms, station, "GetConfiguration", {"key": asked})
    values = {item["key"]: (item["value"], item["readonly"]) for item in some["configurationKey"]}
    assert values == {"HeartbeatInterval": ("300", False), "NumberOfConnectors": ("2", True)}
    assert some["unknownKey"] == ["Nonsense", "AuthorizationKey"]


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("MeterValueSampleInterval", "10", "Accepted"),
        ("MeterValueSampleInterval", "-1", "Rejected"),
        ("LocalPreAuthorize", "maybe", "Rejected"),
        ("NumberOfConnectors", "9", "Rejected"),
        ("WebSocketPingInterval", "30", "RebootRequired"),
        ("Nonsense", "1", "NotSupported"),
    ],
)
async def test_change_configuration(csms: ScriptedCsms, station: Charger, key: str, value: str, status: str) -> None:
    assert await order(csms, station, "ChangeConfiguration", {"key": key, "value": value}) == {"status": status}


async def test_a_shorter_sample_interval_takes_effect(csms: ScriptedCsms, station: Charger) -> None:
    await order(csms, station, "ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "10"})
    await station.start_charging(CARD)
    await station.advance(60)
    assert csms.actions().count("MeterValues") == 6


async def test_a_new_authorization_key_is_used_as_raw_bytes(csms: ScriptedCsms, station: Charger) -> None:
    key = "000102030405060708090a0b0c0d0e0f10111213"
    await order(csms, station, "ChangeConfiguration", {"key": "AuthorizationKey", "value": key})
    assert csms.authorizations[-1] == "old_faithful:" + bytes.fromhex(key).decode("latin-1")


async def test_data_transfer(csms: ScriptedCsms, station: Charger) -> None:
    own = {"vendorId": "Voltaria", "messageId": "echo", "data": "hello"}
    assert await order(csms, station, "DataTransfer", own) == {"status": "Accepted", "data": "hello"}
    assert (await order(csms, station, "DataTransfer", {"vendorId": "Else"}))["status"] == "UnknownVendorId"
    unknown = {"vendorId": "Voltaria", "messageId": "dance"}
    assert (await order(csms, station, "DataTransfer", unknown))["status"] == "UnknownMessageId"


async def test_a_charging_profile_limits_the_power_and_goes_again(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    content = profile(limit=7_000, unit="W", purpose="TxDefaultProfile", kind="Relative")
    answer = await order(csms, station, "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": content})
    assert answer == {"status": "Accepted"}
    await station.advance(3600)
    assert station.evse(1).meter_wh == 7_000
    assert await order(csms, station, "ClearChargingProfile", {"id": 1}) == {"status": "Accepted"}
    assert station.evse(1).power_w == 11_000
    assert await order(csms, station, "ClearChargingProfile", {"id": 1}) == {"status": "Unknown"}


async def test_a_limit_below_six_ampere_suspends(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    content = profile(limit=5, unit="A", purpose="TxDefaultProfile", kind="Relative")
    await order(csms, station, "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": content})
    assert csms.payloads("StatusNotification")[-1]["status"] == "SuspendedEVSE"


async def test_a_tx_profile_needs_its_transaction(csms: ScriptedCsms, station: Charger) -> None:
    content = profile(limit=10, unit="A", purpose="TxProfile", kind="Relative")
    answer = await order(csms, station, "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": content})
    assert answer == {"status": "Rejected"}


async def test_composite_schedule_shows_each_step(csms: ScriptedCsms, station: Charger) -> None:
    await station.start_charging(CARD)
    content = profile(limit=16, unit="A", purpose="TxProfile", kind="Relative")
    content["chargingSchedule"]["chargingSchedulePeriod"].append({"startPeriod": 600, "limit": 8})
    content["chargingSchedule"]["duration"] = 1200
    await order(csms, station, "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": content})
    answer = await order(
        csms, station, "GetCompositeSchedule", {"connectorId": 1, "duration": 1800, "chargingRateUnit": "A"}
    )
    steps = answer["chargingSchedule"]["chargingSchedulePeriod"]
    assert [(step["startPeriod"], step["limit"]) for step in steps] == [(0, 16), (600, 8), (1200, 31.9)]


async def test_the_local_list(csms: ScriptedCsms, station: Charger) -> None:
    assert await order(csms, station, "GetLocalListVersion", {}) == {"listVersion": 0}
    full = {
        "listVersion": 3,
        "updateType": "Full",
        "localAuthorizationList": [{"idTag": CARD, "idTagInfo": {"status": "Accepted"}}],
    }
    assert await order(csms, station, "SendLocalList", full) == {"status": "Accepted"}
    assert await order(csms, station, "GetLocalListVersion", {}) == {"listVersion": 3}
    late = {"listVersion": 2, "updateType": "Differential", "localAuthorizationList": [{"idTag": CARD}]}
    assert await order(csms, station, "SendLocalList", late) == {"status": "VersionMismatch"}
    assert await order(csms, station, "SendLocalList", late | {"listVersion": 4}) == {"status": "Accepted"}
    assert station.memory.local_list.entries == {}


async def test_a_card_of_the_local_list_needs_no_question(csms: ScriptedCsms, station: Charger) -> None:
    station.settings.preauthorizes_locally = True
    full = {
        "listVersion": 1,
        "updateType": "Full",
        "localAuthorizationList": [{"idTag": CARD, "idTagInfo": {"status": "Accepted"}}],
    }
    await order(csms, station, "SendLocalList", full)
    await station.start_charging(CARD)
    assert "Authorize" not in csms.actions()
    assert "StartTransaction" in csms.actions()


async def test_a_reservation_is_for_its_card_alone(csms: ScriptedCsms, station: Charger) -> None:
    wish = {"connectorId": 1, "expiryDate": "2026-11-22T12:30:00Z", "idTag": CARD, "reservationId": 5}
    assert await order(csms, station, "ReserveNow", wish) == {"status": "Accepted"}
    assert csms.payloads("StatusNotification")[-1]["status"] == "Reserved"
    assert await order(csms, station, "ReserveNow", wish | {"reservationId": 6}) == {"status": "Occupied"}
    await station.tap("DEADBEEF")
    assert station.evse(1).token is None
    await station.start_charging(CARD)
    assert csms.payloads("StartTransaction")[0]["reservationId"] == 5
    assert await order(csms, station, "CancelReservation", {"reservationId": 5}) == {"status": "Rejected"}


async def test_a_reservation_is_cancelled_or_expires(csms: ScriptedCsms, station: Charger) -> None:
    wish = {"connectorId": 1, "expiryDate": "2026-11-22T12:30:00Z", "idTag": CARD, "reservationId": 5}
    await order(csms, station, "ReserveNow", wish)
    assert await order(csms, station, "CancelReservation", {"reservationId": 5}) == {"status": "Accepted"}
    await order(csms, station, "ReserveNow", wish)
    await station.advance(1800)
    assert csms.payloads("StatusNotification")[-1]["status"] == "Available"


async def test_a_firmware_update_ends_with_the_new_version(csms: ScriptedCsms, station: Charger) -> None:
    wish = {"location": "ftp://files.example/voltaria-2.0.0.bin", "retrieveDate": "2026-11-22T12:00:00Z"}
    assert await order(csms, station, "UpdateFirmware", wish) == {}
    statuses = [payload["status"] for payload in csms.payloads("FirmwareStatusNotification")]
    assert statuses == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert csms.payloads("BootNotification")[-1]["firmwareVersion"] == "2.0.0"


async def test_diagnostics_and_logs_are_uploaded(csms: ScriptedCsms, station: Charger) -> None:
    answer = await order(csms, station, "GetDiagnostics", {"location": "ftp://files.example/"})
    assert answer["fileName"]
    assert [payload["status"] for payload in csms.payloads("DiagnosticsStatusNotification")] == [
        "Uploading",
        "Uploaded",
    ]
    wish = {"log": {"remoteLocation": "ftp://files.example/"}, "logType": "SecurityLog", "requestId": 8}
    assert (await order(csms, station, "GetLog", wish))["status"] == "Accepted"
    assert csms.payloads("LogStatusNotification")[-1] == {"status": "Uploaded", "requestId": 8}


def profile(*, limit: float, unit: str, purpose: str, kind: str) -> Payload:
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": {
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
    }
