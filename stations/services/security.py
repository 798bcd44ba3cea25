"""Security events: kept once, standing out until somebody has seen them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from live.publish import publish
from stations.models import ChargingStation, SecurityEvent
from stations.security_events import FORGED_HEADERS, is_alarm, is_critical

CHANGED = "security"


@transaction.atomic
def record_security_event(*, station_id: int, kind: str, info: str, at: datetime, received_at: datetime) -> bool:
    """Keep what a station tells. The same again is the same event. Returns whether it was new."""
    alarm = is_alarm(kind)
    _, is_new = SecurityEvent.objects.get_or_create(
        station_id=station_id,
        type=kind[:50],
        at=at,
        info=info[:255],
        defaults={"is_critical": is_critical(kind), "is_alarm": alarm, "received_at": received_at},
    )
    if is_new and alarm:
        ChargingStation.objects.filter(pk=station_id).update(security_alarm_at=received_at)
    if is_new:
        publish(f"station:{station_id}", kind=CHANGED)
    return is_new


def note_forged_headers(*, station: ChargingStation, names: Sequence[str], address: str | None) -> None:
    """Somebody said in this station's name what only a proxy of ours may say; it was not believed. Once an hour."""
    now = timezone.now()
    record_security_event(
        station_id=station.pk,
        kind=FORGED_HEADERS,
        info=f"{', '.join(names)} from {address or 'an unknown address'}",
        at=now.replace(minute=0, second=0, microsecond=0),
        received_at=now,
    )


@transaction.atomic
def mark_security_events_seen(*, station: ChargingStation, by: User) -> int:
    """Somebody has looked at all there are; the next one stands out again. Returns how many they were."""
    ChargingStation.objects.select_for_update(of=("self",)).get(pk=station.pk)
    open_ones = SecurityEvent.objects.filter(station=station, is_alarm=True, seen_at=None)
    count = open_ones.update(seen_at=timezone.now(), seen_by=by)
    ChargingStation.objects.filter(pk=station.pk).update(security_alarm_at=None)
    if count:
        audit.record(actor=by, action="security events seen", target=station, count=count)
        publish(f"station:{station.pk}", kind=CHANGED)
    return count
