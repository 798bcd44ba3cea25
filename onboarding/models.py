"""Checks of new chargers, and their steps."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.scoping import TenantQuerySet
from drivers.models import IdToken
from onboarding.states import OPEN_STEPS, RunStatus, StepKind, StepStatus
from stations.models import ChargingStation, Command


class OnboardingCheck(models.Model):
    """One charger put through its paces at one EVSE. The scorecard is its steps."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="onboarding_checks")
    evse_number = models.PositiveSmallIntegerField("EVSE", help_text="Where the car for the check is plugged in")
    token = models.ForeignKey(IdToken, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=20, choices=RunStatus, default=RunStatus.RUNNING)
    # The station as it was: a scorecard of old firmware says nothing of the new one.
    ocpp_version = models.CharField("OCPP version", max_length=10)
    vendor = models.CharField(max_length=50, blank=True)
    model = models.CharField(max_length=50, blank=True)
    firmware_version = models.CharField(max_length=50, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "onboarding check"
        indexes = [models.Index(fields=["station", "-id"], name="checks_of_station")]
        constraints = [
            models.UniqueConstraint(fields=["station"], condition=Q(ended_at=None), name="one_open_check_per_station")
        ]

    def __str__(self) -> str:
        return f"Check of {self.station}"


class CheckStep(models.Model):
    """One thing that is checked. ``detail`` is one sentence; ``evidence`` holds what was measured, by its name."""

    organization_path = "onboarding_check__station__organization"

    onboarding_check = models.ForeignKey(OnboardingCheck, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=StepKind)
    status = models.CharField(max_length=20, choices=StepStatus, default=StepStatus.WAITING)
    detail = models.CharField(max_length=500, blank=True)
    evidence = models.JSONField(default=dict)
    memory = models.JSONField(default=dict, editable=False, help_text="What the step must know while it runs")
    is_confirmed = models.BooleanField(default=False, help_text="Somebody said that their part is done")
    command = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["onboarding_check", "position"]
        constraints = [models.UniqueConstraint(fields=["onboarding_check", "kind"], name="one_step_of_a_kind")]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STEPS
