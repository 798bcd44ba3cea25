"""Periodic jobs; when they run is in the beat schedule of csms/settings.py."""

from celery import shared_task

from charging import services


@shared_task
def flag_silent_sessions() -> None:
    """Idempotent: a session is put into the review queue once."""
    services.flag_silent_sessions()


@shared_task
def record_load() -> None:
    """Idempotent: each slot of five minutes is recorded once."""
    services.record_load()
