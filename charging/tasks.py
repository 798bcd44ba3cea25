"""Periodic jobs; when they run is in the beat schedule of csms/settings.py."""

from celery import shared_task

from charging import services


@shared_task
def flag_silent_sessions() -> None:
    """Idempotent: a session is put into the review queue once."""
    services.flag_silent_sessions()


@shared_task
def follow_reservation(command_id: int) -> None:
    """Idempotent: a reservation moves once."""
    services.follow_reservation(command_id)


@shared_task
def look_after_reservations() -> None:
    """Idempotent: backs ``follow_reservation``, and ends what nobody used in time."""
    services.follow_reservations()
    services.expire_reservations()


@shared_task
def flag_unreported_starts() -> None:
    """Idempotent: a charging connector is put into the review queue once."""
    services.flag_unreported_starts()


@shared_task
def poll_readings() -> None:
    """Idempotent: who was asked and has not answered is not asked again."""
    services.poll_readings()


@shared_task
def check_signatures() -> None:
    """Idempotent: each signed value is checked once. Locked ones are somebody else's."""
    while services.check_signatures():
        pass


@shared_task
def roll_readings() -> None:
    """Idempotent: what is there is not made, what is gone is gone. A lock that is not had is waited for next time."""
    services.roll_readings()


@shared_task
def record_load() -> None:
    """Idempotent: each slot of five minutes is recorded once."""
    services.record_load()
