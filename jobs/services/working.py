"""Doing the work of one job, in a worker."""

import logging
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from jobs.errors import JobCancelled, JobFailed
from jobs.kinds import KINDS
from jobs.locks import held
from jobs.models import Job
from jobs.run import Run
from jobs.states import JobStatus
from live.publish import publish

log = logging.getLogger(__name__)


class Outcome(NamedTuple):
    status: JobStatus
    detail: str


CRASHED = Outcome(JobStatus.FAILED, "Something unexpected happened; nothing was changed. The server's log says what.")


def do_job(job_id: int) -> None:
    """Idempotent: only a queued job is begun, and only by one worker."""
    with held(job_id) as is_mine:
        if is_mine and _begin(job_id):
            _do(Job.objects.select_related("organization", "requested_by").get(pk=job_id))


@transaction.atomic
def _begin(job_id: int) -> bool:
    begun = Job.objects.filter(pk=job_id, status=JobStatus.QUEUED).update(
        status=JobStatus.RUNNING, started_at=timezone.now()
    )
    publish(f"job:{job_id}", kind="job")
    return bool(begun)


def _do(job: Job) -> None:
    run, outcome = Run(job), CRASHED
    try:
        outcome = _work(run)
    finally:
        run.close()
        _finish(run, outcome)


def _work(run: Run) -> Outcome:
    """What is unexpected goes on to Celery's log; the job is marked failed all the same."""
    kind = KINDS.get(run.job.kind)
    if kind is None:
        return Outcome(JobStatus.FAILED, "This server does not know such a job any more.")
    try:
        return Outcome(JobStatus.DONE, kind.work(run))
    except JobCancelled:
        return Outcome(JobStatus.CANCELLED, "Cancelled; nothing was changed.")
    except JobFailed as reason:
        return Outcome(JobStatus.FAILED, str(reason))


@transaction.atomic
def _finish(run: Run, outcome: Outcome) -> None:
    job = run.job
    Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING).update(
        status=outcome.status,
        detail=outcome.detail[:500],
        finished_at=timezone.now(),
        done=run.total if outcome.status == JobStatus.DONE else run.done,
        total=run.total,
        report=job.report,
        result=job.result.name or "",
        result_name=job.result_name,
    )
    log.info("job ended", extra={"job": job.pk, "kind": job.kind, "status": outcome.status})
    publish(f"job:{job.pk}", kind="job")
