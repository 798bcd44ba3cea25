"""Periodic work on checks; the times are in settings.CELERY_BEAT_SCHEDULE."""

from celery import shared_task

from onboarding import services


@shared_task
def advance_checks() -> None:
    """Idempotent: a step that is over stays over."""
    services.advance_checks()
