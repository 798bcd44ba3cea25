"""Whether the message came that a station was asked to send."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from stations.models import Command, Direction, Frame
from stations.states import CommandStatus

TRIGGERS = frozenset({"TriggerMessage", "ExtendedTriggerMessage"})
CALL = 2
COMES_WITHIN = timedelta(minutes=1)
# What is asked for by another name than it comes by; a status of signed firmware has its own message in OCPP 1.6.
COMES_AS = {
    "SignChargePointCertificate": ("SignCertificate",),
    "SignChargingStationCertificate": ("SignCertificate",),
    "SignV2GCertificate": ("SignCertificate",),
    "SignV2G20Certificate": ("SignCertificate",),
    "SignCombinedCertificate": ("SignCertificate",),
    "FirmwareStatusNotification": ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
}


@dataclass(frozen=True)
class Triggered:
    """``frame`` None: it has not come, and may still come while ``is_awaited``."""

    action: str
    frame: Frame | None
    is_awaited: bool
    took: timedelta | None


def triggered_by(command: Command) -> Triggered | None:
    """None where nothing was asked for, or the station refused."""
    if command.action not in TRIGGERS or command.status != CommandStatus.ACCEPTED or command.sent_at is None:
        return None
    wanted = str((command.payload or {}).get("requestedMessage", ""))
    frames = Frame.objects.filter(
        station=command.station_id,
        direction=Direction.IN,
        message_type=CALL,
        action__in=COMES_AS.get(wanted, (wanted,)),
        at__range=(command.sent_at, command.sent_at + COMES_WITHIN),
    )
    frame = frames.order_by("at").first()
    return Triggered(
        action=frame.action if frame else wanted,
        frame=frame,
        is_awaited=frame is None and timezone.now() < command.sent_at + COMES_WITHIN,
        took=frame.at - command.sent_at if frame else None,
    )
