"""Stations tell years at the end of the calendar: staff can look at all that came of it, in any zone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from charging.models import Session, SessionAnomaly
from smartcharging.services import restore_profiles
from stations.models import ChargingStation, InstalledCertificate, Site
from stations.states import CertificateKind
from tests.conftest import every_version
from tests.gateway.conftest import OpenSocket
from tests.usecases.console import Console

YEARS = ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z")
PARTS = ("variables", "limits", "quirks", "security", "logs", "upkeep", "wire")
LISTS = ("charging_session", "charging_sessionanomaly", "stations_securityevent")


def messages(version: str, at: str, name: str) -> list[tuple[str, dict[str, Any]]]:
    reading = {"timestamp": at, "sampledValue": [{"value": 1500 if version != "1.6" else "1500"}]}
    security = ("SecurityEventNotification", {"type": "FirmwareUpdated", "timestamp": at, "techInfo": "x"})
    if version == "1.6":
        return [
            security,
            ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": at}),
            ("StartTransaction", {"connectorId": 1, "idTag": "04A1", "meterStart": 1000, "timestamp": at}),
            ("MeterValues", {"connectorId": 1, "meterValue": [reading]}),
            ("StopTransaction", {"transactionId": 0, "meterStop": 2000, "timestamp": at, "transactionData": [reading]}),
        ]
    info = {"transactionInfo": {"transactionId": name}, "triggerReason": "Authorized", "timestamp": at}
    profile = {
        "id": 7,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "validFrom": YEARS[1],
        "validTo": at,
        "chargingSchedule": [
            {
                "id": 1,
                "startSchedule": at,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}],
            }
        ],
    }
    return [
        security,
        ("StatusNotification", {"evseId": 1, "connectorId": 1, "connectorStatus": "Occupied", "timestamp": at}),
        ("TransactionEvent", {"eventType": "Started", "seqNo": 0, "evse": {"id": 1}, "meterValue": [reading], **info}),
        ("TransactionEvent", {"eventType": "Updated", "seqNo": 1, "meterValue": [reading], **info}),
        ("TransactionEvent", {"eventType": "Ended", "seqNo": 3, "meterValue": [reading], **info}),
        (
            "ReportChargingProfiles",
            {"requestId": 1, "chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [profile]},
        ),
    ]


@every_version
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Honolulu"])
async def test_staff_can_look_at_years_at_the_end_of_the_calendar(
    open_raw: OpenSocket, harbour: Site, olga: User, settings: Settings, version: str, zone: str
) -> None:
    settings.STATIC_ROOT = None
    await Site.objects.aupdate(time_zone=zone)
    socket = await open_raw(version)
    for at in YEARS:
        for action, payload in messages(version, at, f"t{at[:4]}"):
            answer = await socket.call(action, payload)
            assert answer[0] == 3, answer
    await socket.connection.close()
    console = Console(olga)
    station = await ChargingStation.objects.aget()
    await InstalledCertificate.objects.acreate(
        station=station,
        kind=CertificateKind.MANUFACTURER_ROOT,
        serial_number="01",
        expires_at=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        reported_at=timezone.now(),
    )
    await console.page("console:station", station.pk)
    for part in PARTS:
        await console.page("console:station_part", station.pk, part)
    for name in LISTS:
        await console.page(f"admin:{name}_changelist")
    async for session in Session.objects.all():
        await console.page("console:session", session.pk)
        await console.page("console:session_series", session.pk)
    async for anomaly in SessionAnomaly.objects.all():
        await console.page("console:anomaly", anomaly.pk)
    assert await console.in_thread(restore_profiles) >= 0
