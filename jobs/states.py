"""States of a job: queued → running → done, failed or cancelled."""

from django.db import models


class JobStatus(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


OPEN_STATUSES = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})
