"""Periodic work on stations; the times are in settings.CELERY_BEAT_SCHEDULE."""

from celery import shared_task

from stations import services


@shared_task
def close_abandoned_connections() -> None:
    """Idempotent: a closed connection is left alone."""
    services.close_abandoned_connections()


@shared_task
def expire_commands() -> None:
    """Idempotent: only queued commands expire."""
    services.expire_commands()


@shared_task
def roll_frames() -> None:
    """Idempotent: what is there is not made, what is gone is gone. A lock that is not had is waited for next time."""
    services.roll_frames()


@shared_task
def delete_old_refusals() -> None:
    """Idempotent: what is gone is gone."""
    services.delete_old_refusals()


@shared_task
def measure_trouble() -> None:
    """Idempotent: all is measured anew."""
    services.measure_trouble()
