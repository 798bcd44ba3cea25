"""Readings are partitioned by month and kept for READING_RETENTION_MONTHS."""

from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone

from charging.partitions import READINGS
from live.partitions import drop_partitions, make_partitions


def roll_readings() -> list[str]:
    """Make the partitions of the coming months and drop those that are over. Returns their names."""
    now = timezone.now()
    made = make_partitions(READINGS, now)
    return [*made, *drop_partitions(READINGS, _kept_since(now))] if settings.READING_RETENTION_MONTHS else made


def _kept_since(now: datetime) -> datetime:
    months = now.year * 12 + now.month - 1 - int(settings.READING_RETENTION_MONTHS)
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
