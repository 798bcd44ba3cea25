"""Doing jobs, and caring for them; the times are in settings.CELERY_BEAT_SCHEDULE."""

from celery import shared_task

from jobs import services


@shared_task
def do_job(job_id: int) -> None:
    """Idempotent: only a queued job is begun."""
    services.do_job(job_id)


@shared_task
def look_after_jobs() -> None:
    """Idempotent: what ended is left alone."""
    services.look_after_jobs()


@shared_task
def delete_old_jobs() -> None:
    """Idempotent: what is gone is gone."""
    services.delete_old_jobs()
