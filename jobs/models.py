"""Long work, as a row: what it is, how far it came, what came out."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from jobs.states import OPEN_STATUSES, JobStatus


class JobQuerySet(TenantQuerySet["Job"]):
    """Jobs, asked about what is still to do."""

    def open(self) -> Self:
        return self.filter(status__in=sorted(OPEN_STATUSES))


class Job(models.Model):
    """One piece of work that takes longer than a request. Its kind says which function does it: jobs/kinds.py."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="jobs")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200, help_text="What it does, in words")
    arguments = models.JSONField(default=dict, help_text="Without secrets")
    follows = models.OneToOneField(
        "self", null=True, on_delete=models.SET_NULL, related_name="next", help_text="The job it goes on from"
    )
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="jobs")
    requested_at = models.DateTimeField(default=timezone.now)

    status = models.CharField(max_length=10, choices=JobStatus, default=JobStatus.QUEUED)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0, help_text="Steps done")
    total = models.PositiveIntegerField(default=0, help_text="Steps there are; 0: not known yet")
    log = models.JSONField(default=list, help_text="Lines with their time")
    detail = models.CharField(max_length=500, blank=True, help_text="The outcome in one sentence")
    report = models.JSONField(default=dict, help_text="What its page shows, by kind")

    input = models.FileField(upload_to="jobs/%Y/%m", max_length=200, blank=True)
    input_name = models.CharField(max_length=120, blank=True, help_text="As it was called when it was uploaded")
    result = models.FileField(upload_to="jobs/%Y/%m", max_length=200, blank=True)
    result_name = models.CharField(max_length=120, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["organization", "-id"]),
            models.Index(fields=["status"], condition=Q(status__in=sorted(OPEN_STATUSES)), name="open_jobs"),
            models.Index(fields=["requested_at"], name="jobs_by_age"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(total=0) | Q(done__lte=F("total")), name="no_more_done_than_there_is")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES
