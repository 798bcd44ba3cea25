"""What is checked, in this order, and what becomes of it."""

from django.db import models


class StepKind(models.TextChoices):
    BOOT = "boot", "Boot"
    CONFIGURATION = "configuration", "Configuration"
    STATUS = "status", "Status"
    LOCAL_LIST = "local_list", "Local list"
    REMOTE_START = "remote_start", "Remote start"
    METER = "meter", "Meter values"
    LIMIT = "limit", "Limit obeyed"
    OFFLINE = "offline", "Offline and back"
    REMOTE_STOP = "remote_stop", "Remote stop"


class StepStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    PASSED = "passed", "Passed"
    REMARKS = "remarks", "Passed with remarks"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Not checked"


class RunStatus(models.TextChoices):
    RUNNING = "running", "Running"
    PASSED = "passed", "Passed"
    REMARKS = "remarks", "Passed with remarks"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


OPEN_STEPS = frozenset({StepStatus.WAITING, StepStatus.RUNNING})
