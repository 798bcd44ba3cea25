"""Sessions that seem to have ended without a word."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from charging.anomalies import open_session_anomaly
from charging.models import Session
from charging.states import AnomalyKind
from stations.models import StatusInterval
from stations.states import ConnectorStatus

# Some stations show Available before they send the stop, some for a moment while they charge.
AVAILABLE_FOR = timedelta(minutes=10)
AT_ONCE = 500


def flag_silent_sessions(now: datetime | None = None) -> int:
    """Put the sessions that should have ended by now into the review queue, once each; the count of new ones."""
    now = now or timezone.now()
    return sum(_flag(session, now) for session in _silent(now))


def _silent(now: datetime) -> list[Session]:
    silent_since = now - timedelta(hours=settings.SESSION_SILENT_AFTER_H)
    return list(
        Session.objects.awaiting_stop()
        .select_related("station")
        .annotate(is_unplugged=Exists(_available(now - AVAILABLE_FOR)))
        .filter(Q(is_unplugged=True, start_received_at__lt=now - AVAILABLE_FOR) | Q(updated_at__lt=silent_since))
        .order_by("pk")[:AT_ONCE]
    )


def _available(since: datetime) -> QuerySet[StatusInterval]:
    """The connector of the session, if it has shown Available ever since."""
    return StatusInterval.objects.filter(
        connector__number=Coalesce(OuterRef("connector_number"), 1),
        connector__evse__station=OuterRef("station"),
        connector__evse__number=OuterRef("evse_number"),
        status=ConnectorStatus.AVAILABLE,
        ended_at=None,
        started_at__lt=since,
    )


@transaction.atomic
def _flag(session: Session, now: datetime) -> bool:
    # Its stop may have come since it was selected.
    if not Session.objects.ongoing().select_for_update(no_key=True).filter(pk=session.pk):
        return False
    hours = round((now - session.updated_at).total_seconds() / 3600)
    is_unplugged: bool = getattr(session, "is_unplugged", False)
    return open_session_anomaly(
        session,
        AnomalyKind.MISSING_STOP,
        "The connector has been available for ten minutes, but the session goes on."
        if is_unplugged
        else f"Nothing was heard of the session for {hours} hours.",
        proposal="End it at its last reading.",
        evidence={"last_heard_at": session.updated_at.isoformat()},
    )
