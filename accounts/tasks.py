"""Periodic work about people; when it runs is in csms/settings.py."""

from celery import shared_task
from django.core.management import call_command

from accounts.impersonation import end_expired
from accounts.sessions import forget_dead_sessions


@shared_task
def delete_old_sessions() -> None:
    call_command("clearsessions")
    forget_dead_sessions()


@shared_task
def end_impersonations() -> None:
    end_expired()
