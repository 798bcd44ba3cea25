"""Why a station is not connected: what was last heard of it, and what to do."""

from dataclasses import dataclass
from datetime import datetime

from stations.models import ChargingStation, RejectedConnection, StationConnection
from stations.states import RefusalCause, RefusalHandling


@dataclass(frozen=True, slots=True)
class Reason:
    what: str
    """In a sentence without an end."""
    advice: str
    evidence: str = ""
    at: datetime | None = None
    """Since when, or when."""
    anomaly_id: int | None = None
    refusal_id: int | None = None


def why_offline(station: ChargingStation) -> Reason | None:
    """None where it is connected, or where nobody ever heard of it. Reads ``connection__gateway``."""
    if station.is_online:
        return None
    refusals = RejectedConnection.objects.filter(station=station).exclude(handling=RefusalHandling.DISMISSED)
    refusal = refusals.order_by("-last_at").first()
    last = StationConnection.objects.filter(station=station).first()
    if refusal is not None and (last is None or refusal.last_at > _last_heard(station, last)):
        return Reason(
            f"It knocks and is refused: {RefusalCause(refusal.cause).label.lower()}",
            refusal.advice,
            f"{refusal.count} tries. {refusal.detail}".strip(),
            refusal.last_at,
            refusal_id=refusal.pk,
        )
    if not station.is_enabled:
        return Reason("It is disabled here, so it is refused", "Enable it if it should be in service.")
    if last is None:
        return None
    return Reason(
        "Its connection ended and it has not knocked since",
        "Look at its power, its network and signal, and at the address that is entered in it. A refused try would be "
        "shown here.",
        f"The connection ended: {last.close_told or 'without a word'}.",
        last.closed_at or station.last_seen_at,
    )


def _last_heard(station: ChargingStation, last: StationConnection) -> datetime:
    """What was refused before it came in and spoke is not why it is away: another may have tried its identity."""
    return max(last.opened_at, station.last_seen_at or last.opened_at)
