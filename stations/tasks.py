"""Periodic work on stations; the times are in settings.CELERY_BEAT_SCHEDULE."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from stations import services
from stations.models import Frame


@shared_task
def close_abandoned_connections() -> None:
    """Idempotent: a closed connection is left alone."""
    services.close_abandoned_connections()


@shared_task
def expire_commands() -> None:
    """Idempotent: only queued commands expire."""
    services.expire_commands()


@shared_task
def delete_old_frames() -> None:
    """The wire log is kept for OCPP_FRAME_RETENTION_DAYS."""
    Frame.objects.filter(at__lt=timezone.now() - timedelta(days=settings.OCPP_FRAME_RETENTION_DAYS)).delete()
