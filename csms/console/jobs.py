"""The page of a job: progress, log, cancel, result."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.console.tenants import user_of
from csms.console.access import page_context, staff_only, visible
from jobs.kinds import KINDS
from jobs.models import Job
from jobs.services import cancel_job
from live.topics import sign


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    job = find(request, pk)
    context = page_context(
        request, Job, title=str(job), original=job, live_token=sign(user_of(request).pk, [f"job:{job.pk}"])
    )
    return render(request, "console/job.html", context | _state(request, job))


@staff_only
@require_safe
def part(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _part(request, find(request, pk))


@staff_only
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    job = own(request, pk)
    cancel_job(job=job, by=user_of(request))
    return _part(request, find(request, pk))


@staff_only
@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponseBase:
    job = own(request, pk)
    if not job.result:
        raise Http404
    return FileResponse(
        job.result.open("rb"),
        as_attachment=True,
        filename=job.result_name,
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"},
    )


def find(request: HttpRequest, pk: int) -> Job:
    return visible(Job.objects.select_related("organization", "requested_by", "next"), request, pk)


def own(request: HttpRequest, pk: int) -> Job:
    """Files and decisions of a job are for whoever started it, and for owners."""
    job = find(request, pk)
    if not _is_own(request, job):
        raise PermissionDenied
    return job


def _is_own(request: HttpRequest, job: Job) -> bool:
    user = user_of(request)
    return job.requested_by_id == user.pk or user.has_perm("jobs.change_job", job)


def _part(request: HttpRequest, job: Job) -> HttpResponseBase:
    return render(request, "console/job/body.html", _state(request, job))


def _state(request: HttpRequest, job: Job) -> dict[str, Any]:
    kind = KINDS.get(job.kind)
    return {
        "job": job,
        "kind": kind,
        "lines": [(line["at"][11:19], line["text"]) for line in job.log],
        "is_own": _is_own(request, job),
        "next": getattr(job, "next", None),
        "zone": job.organization.time_zone,
    }
