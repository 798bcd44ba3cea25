"""Periodic work of the API; the times are in settings.CELERY_BEAT_SCHEDULE."""

import time

from celery import shared_task

from api import services

# A run that finds more leaves it to the next: the worker has other work.
RUN_S = 10.0


@shared_task
def deliver_webhooks() -> None:
    """Idempotent: each delivery is claimed by one worker at a time."""
    while services.take_up_events():
        pass
    until = time.monotonic() + RUN_S
    while time.monotonic() < until and services.deliver_next():
        pass


@shared_task
def delete_old_rows() -> None:
    """Idempotent: what is gone is gone."""
    services.delete_old_answers()
    services.delete_old_events()
