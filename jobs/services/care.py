"""What a worker that died left behind, what a lost message forgot, and what is old."""

from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jobs.locks import held
from jobs.models import Job
from jobs.services.starting import ring
from jobs.states import JobStatus
from live.publish import publish

WAITS = timedelta(seconds=60)
DIED = "The worker that did it ended before it was done; nothing was changed. Start it again."


def look_after_jobs() -> int:
    """Mark jobs failed whose worker is gone, and ring again for those nobody took. Returns how many failed."""
    for pk in Job.objects.filter(status=JobStatus.QUEUED, requested_at__lt=timezone.now() - WAITS).values_list(
        "pk", flat=True
    ):
        ring(pk)
    running = list(Job.objects.filter(status=JobStatus.RUNNING).values_list("pk", flat=True))
    return sum(_mark_abandoned(pk) for pk in running)


def _mark_abandoned(pk: int) -> int:
    with held(pk) as is_abandoned:
        if not is_abandoned:
            return 0
        failed = Job.objects.filter(pk=pk, status=JobStatus.RUNNING).update(
            status=JobStatus.FAILED, detail=DIED, finished_at=timezone.now()
        )
        if failed:
            publish(f"job:{pk}", kind="job")
        return failed


def delete_old_jobs() -> int:
    """With their files, after JOB_RETENTION_DAYS. Returns how many. What is under way stays."""
    before = timezone.now() - timedelta(days=settings.JOB_RETENTION_DAYS)
    old = Job.objects.exclude(pk__in=Job.objects.open().values("pk")).filter(requested_at__lt=before)
    return sum(_delete(job) for job in old.iterator(chunk_size=500))


@transaction.atomic
def _delete(job: Job) -> int:
    for stored in (job.input, job.result):
        if stored.name:
            transaction.on_commit(partial(stored.storage.delete, stored.name))
    job.delete()
    return 1
