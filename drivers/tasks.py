"""Periodic jobs; when they run is in the beat schedule of csms/settings.py."""

from celery import shared_task

from drivers import services


@shared_task
def refresh_local_lists() -> None:
    """Idempotent: what is under way is left alone, what is right is not sent."""
    services.give_up_refreshes()
    services.refresh_local_lists()
