"""Periodic work on files of stations; the times are in settings.CELERY_BEAT_SCHEDULE."""

from celery import shared_task

from firmware import services


@shared_task
def delete_old_logs() -> None:
    """Idempotent: what is gone is gone."""
    services.delete_old_logs()
