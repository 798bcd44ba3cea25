"""Periodic work of the API; the times are in settings.CELERY_BEAT_SCHEDULE."""

from celery import shared_task

from api import services

# A run that finds more leaves the rest to the next, so that a slow endpoint holds up one run only.
MOST_OF_A_RUN = 200


@shared_task
def deliver_webhooks() -> None:
    """Idempotent: each delivery is claimed by one worker at a time."""
    while services.take_up_events():
        pass
    for _ in range(MOST_OF_A_RUN):
        if not services.deliver_next():
            break


@shared_task
def delete_old_rows() -> None:
    """Idempotent: what is gone is gone."""
    services.delete_old_answers()
    services.delete_old_events()
