"""The wire log and the connections it belongs to are kept for OCPP_FRAME_RETENTION_DAYS."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from stations.models import Frame, StationConnection

# A day of a large network in one transaction would hold its locks and its space for minutes.
AT_ONCE = 50_000


def delete_old_frames() -> int:
    """Returns how many frames. A connection that is open stays, however old."""
    before = timezone.now() - timedelta(days=settings.OCPP_FRAME_RETENTION_DAYS)
    count = _delete_in_slices(Frame.objects.filter(at__lt=before))
    _delete_in_slices(StationConnection.objects.filter(closed_at__lt=before))
    return count


def _delete_in_slices(rows: QuerySet[Any]) -> int:
    total = 0
    while True:
        few = rows.order_by().values("pk")[:AT_ONCE]
        count: int = rows.model._default_manager.filter(pk__in=few).order_by().delete()[0]
        total += count
        if not count:
            return total
