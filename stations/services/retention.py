"""The wire log and the connections it belongs to are kept for OCPP_FRAME_RETENTION_DAYS."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from live.partitions import drop_partitions, make_partitions
from stations.models import StationConnection
from stations.partitions import FRAMES

# A day of a large network in one transaction would hold its locks and its space for minutes.
AT_ONCE = 50_000


def roll_frames() -> list[str]:
    """Make the partitions of the coming days and drop those that are over. Returns their names.

    Frames go by the day, so the oldest are kept up to a day longer. A connection that is open stays, however old.
    """
    before = timezone.now() - timedelta(days=settings.OCPP_FRAME_RETENTION_DAYS)
    _delete_in_slices(StationConnection.objects.filter(closed_at__lt=before))
    return [*make_partitions(FRAMES, timezone.now()), *drop_partitions(FRAMES, before)]


def _delete_in_slices(rows: QuerySet[Any]) -> None:
    count = AT_ONCE
    while count:
        few = rows.order_by().values("pk")[:AT_ONCE]
        count = rows.model._default_manager.filter(pk__in=few).order_by().delete()[0]
