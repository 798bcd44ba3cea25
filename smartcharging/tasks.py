"""Periodic jobs; when they run is in the beat schedule of csms/settings.py."""

from celery import shared_task

from smartcharging import services


@shared_task
def follow_profile(command_id: int) -> None:
    """Idempotent: a profile moves once."""
    services.follow_profile(command_id)


@shared_task
def look_after_profiles() -> None:
    """Idempotent: backs ``follow_profile``, follows the sessions, and sends again what a boot may have lost."""
    services.follow_profiles()
    services.restore_profiles()
    services.find_sessions()
    services.end_session_profiles()
