"""A job is queued as a row; Celery only hears that there is one."""

from functools import partial
from typing import Any

from celery import current_app
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Organization, User
from jobs.models import Job
from jobs.states import JobStatus
from live.publish import publish

TASK = "jobs.tasks.do_job"


@transaction.atomic
def start_job(
    *,
    organization: Organization,
    kind: str,
    title: str,
    by: User,
    arguments: dict[str, Any] | None = None,
    file: "File[Any] | None" = None,
    follows: Job | None = None,
) -> Job:
    """Queue a job; the same ``follows`` again is the same job."""
    job = Job(organization=organization, kind=kind, title=title[:200], arguments=arguments or {}, requested_by=by)
    if follows is not None:
        Job.objects.select_for_update(no_key=True).get(pk=follows.pk)
        if known := Job.objects.filter(follows=follows).first():
            return known
        job.follows = follows
    if file is not None:
        job.input, job.input_name = file, (file.name or "")[-120:]
    job.save()
    ring(job.pk)
    audit.record(actor=by, action="job started", target=job, kind=kind, file=job.input_name)
    return job


def ring(job_id: int) -> None:
    """On commit. A Redis that is away costs time: the sweep finds the row."""
    transaction.on_commit(partial(current_app.send_task, TASK, (job_id,)), robust=True)


@transaction.atomic
def cancel_job(*, job: Job, by: User) -> bool:
    """What waits ends at once, what runs at its next step. False when it had ended before."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=job.pk, status=JobStatus.QUEUED).update(
        status=JobStatus.CANCELLED, cancel_asked_at=now, finished_at=now, detail="Cancelled before it began."
    )
    running = Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING, cancel_asked_at=None).update(cancel_asked_at=now)
    if waiting or running:
        publish(f"job:{job.pk}", kind="job")
        audit.record(actor=by, action="job cancelled", target=job)
    return bool(waiting or running)
