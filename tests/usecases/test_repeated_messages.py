"""Every message a station may send is sent twice; the second time changes nothing. Rule 11. Rule 42."""

import pytest
from django.db.models import Model

from drivers.models import AuthorizationRecord
from firmware.models import FirmwareProgress, LogProgress
from gateway.versions import ROUTES
from simulator import Charger
from simulator.certificates import Wallet
from stations.models import ChargingStation, Command, SecurityEvent, StationCertificate
from stations.states import OcppVersion
from tests.conftest import VERSIONS, MakeCharger, Person
from tests.usecases.facts import everything_known, finished
from tests.usecases.telling import Message, Payload, Telling, id_token, two_hours_ago, value_of, written

NOW = written(two_hours_ago())
PLACE = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}
VALUE_2 = {"timestamp": NOW, "sampledValue": [value_of("2.0.1", 1234)]}

# A card that is presented twice was presented twice, and staff see both.
# What is told of an upload or an update again is counted.
CSR = Wallet(owner="Harbour Energy").request("old_faithful")

GROWS: dict[str, tuple[type[Model], ...]] = {
    "Authorize": (AuthorizationRecord,),
    "DiagnosticsStatusNotification": (LogProgress,),
    "LogStatusNotification": (LogProgress,),
    # The same certificate is sent again, and this charger, which has no use for it, tells so.
    "SignCertificate": (StationCertificate, SecurityEvent, ChargingStation),
    "FirmwareStatusNotification": (FirmwareProgress,),
    "SignedFirmwareStatusNotification": (FirmwareProgress,),
}


def _both(telling: Telling) -> dict[str, Payload]:
    """Messages of the same form in all versions."""
    return {
        "Heartbeat": {},
        "DataTransfer": {"vendorId": "org.example", "messageId": "greet", "data": "hello"},
        "FirmwareStatusNotification": {"status": "Downloaded"},
        "LogStatusNotification": {"status": "Uploaded", "requestId": 7},
        "SignCertificate": {"csr": CSR},
        "SecurityEventNotification": {"type": "SettingSystemTime", "timestamp": NOW},
    }


def _messages_16(telling: Telling) -> dict[str, Payload]:
    return _both(telling) | {
        "BootNotification": {"chargePointVendor": "Voltaria", "chargePointModel": "Twin", "firmwareVersion": "1.4.2"},
        "Authorize": {"idTag": telling.uid},
        "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "SuspendedEV", "timestamp": NOW},
        "StartTransaction": telling.start_message()[1],
        "MeterValues": telling.reading_message(1400, 5)[1] if telling.transaction_id.isdecimal() else {},
        "StopTransaction": telling.stop_message(1500, 10)[1] if telling.transaction_id.isdecimal() else {},
        "DiagnosticsStatusNotification": {"status": "Uploading"},
        "SignedFirmwareStatusNotification": {"status": "Installed", "requestId": 7},
    }


def _messages_201(telling: Telling) -> dict[str, Payload]:
    limit = {"chargingLimitSource": "EMS"}
    report = {**PLACE, "variableAttribute": [{"value": "Available"}]}
    event = PLACE | {"eventId": 5, "timestamp": NOW, "trigger": "Delta", "actualValue": "Reserved"}
    schedule = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 1000.0}]}
    profile = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
    }
    monitor = {"id": 1, "transaction": False, "value": 1.0, "type": "Delta", "severity": 5}
    display = {"id": 1, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "hi"}}
    return _both(telling) | {
        "BootNotification": {"reason": "PowerUp", "chargingStation": {"vendorName": "Voltaria", "model": "Twin"}},
        "Authorize": {"idToken": id_token(telling.uid or "")},
        "StatusNotification": {"timestamp": NOW, "connectorStatus": "Reserved", "evseId": 1, "connectorId": 1},
        "TransactionEvent": telling.event("Updated", "MeterValuePeriodic", 1400, 5, seqNo=1)[1],
        "MeterValues": {"evseId": 1, "meterValue": [VALUE_2]},
        "NotifyReport": {"requestId": 1, "generatedAt": NOW, "seqNo": 0, "reportData": [report]},
        "NotifyEvent": {
            "generatedAt": NOW,
            "seqNo": 0,
            "eventData": [event | {"eventNotificationType": "HardWiredNotification"}],
        },
        "NotifyMonitoringReport": {
            "requestId": 1,
            "seqNo": 0,
            "generatedAt": NOW,
            "monitor": [{**PLACE, "variableMonitoring": [monitor]}],
        },
        "NotifyCustomerInformation": {"data": "none", "seqNo": 0, "generatedAt": NOW, "requestId": 1},
        "NotifyDisplayMessages": {"requestId": 1, "messageInfo": [display]},
        "NotifyChargingLimit": {"chargingLimit": limit},
        "ClearedChargingLimit": limit,
        "ReportChargingProfiles": {
            "requestId": 1,
            "chargingLimitSource": "CSO",
            "evseId": 1,
            "chargingProfile": [profile],
        },
        "ReservationStatusUpdate": {"reservationId": 1, "reservationUpdateStatus": "Expired"},
        "PublishFirmwareStatusNotification": {"status": "Downloaded"},
        "FirmwareStatusNotification": {"status": "Downloaded", "requestId": 7},
    }


def _messages_21(telling: Telling) -> dict[str, Payload]:
    return _messages_201(telling) | {
        "NotifyEvent": _notify_event_21(_messages_201(telling)["NotifyEvent"]),
        "NotifyMonitoringReport": _monitoring_21(_messages_201(telling)["NotifyMonitoringReport"]),
        "NotifyPriorityCharging": {"transactionId": telling.transaction_id, "activated": True},
        "NotifyDERAlarm": {"controlType": "FreqDroop", "timestamp": NOW},
        "NotifyDERStartStop": {"controlId": "1", "started": True, "timestamp": NOW},
        "ReportDERControl": {"requestId": 1, "tbc": False},
    }


def _notify_event_21(payload: Payload) -> Payload:
    return payload | {"eventData": [{**event, "severity": 5} for event in payload["eventData"]]}


def _monitoring_21(payload: Payload) -> Payload:
    def with_kind(monitors: list[Payload]) -> list[Payload]:
        return [{**monitor, "eventNotificationType": "HardWiredMonitor"} for monitor in monitors]

    told = [{**item, "variableMonitoring": with_kind(item["variableMonitoring"])} for item in payload["monitor"]]
    return payload | {"monitor": told}


MESSAGES = {"1.6": _messages_16, "2.0.1": _messages_201, "2.1": _messages_21}
NEEDS_A_SESSION = frozenset({"MeterValues", "StopTransaction", "TransactionEvent"})
HANDLERS = [(version, action) for version in VERSIONS for action in sorted(ROUTES[OcppVersion(version)].handlers)]


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_message_has_a_case_here(version: str, make_charger: MakeCharger) -> None:
    """A new handler is specified here first."""
    telling = Telling(await make_charger(version), "04A1B2C3D4E5F6")
    assert set(MESSAGES[version](telling)) == set(ROUTES[OcppVersion(version)].handlers)


@pytest.mark.parametrize(("version", "action"), HANDLERS, ids=lambda value: str(value))
async def test_the_second_time_changes_nothing(
    make_charger: MakeCharger, alice: Person, version: str, action: str
) -> None:
    """With the same message id, and with a new one. Rule 11. Rule 42."""
    station = await _ready(make_charger, version)
    telling = Telling(station, alice.uid)
    if action in NEEDS_A_SESSION:
        await telling.start(1000)
    message: Message = (action, MESSAGES[version](telling)[action])
    first = await station.call(*message)
    growing = GROWS.get(action, ())
    known = await everything_known(but=growing)
    for new_id in (False, True):
        again = await station.repeat_last(action, new_id=new_id)
        assert _without_time(again) == _without_time(first)
    assert await everything_known(but=growing) == known


async def _ready(make_charger: MakeCharger, version: str) -> Charger:
    """Booted, and with its first report told: nothing else is under way."""
    station = await make_charger(version)
    await station.connect()
    await station.boot()
    await station.wait_for_call("GetConfiguration" if version == "1.6" else "GetBaseReport")
    await station.settle()
    command = await Command.objects.aget()
    await finished(command)
    return station


def _without_time(answer: Payload) -> Payload:
    return {name: value for name, value in answer.items() if name != "currentTime"}
