"""Chargers that may become stations by themselves: who is expected, and each organization's rule for the others."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from stations.models.station import ChargingStation, Site
from stations.states import EnrolmentMode, ExpectedBy, RegistrationStatus


class EnrolmentPolicy(models.Model):
    """How an organization takes chargers that nobody entered. docs/enrolment.md says why it is safe."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="enrolment_policy")
    mode = models.CharField("unknown chargers", max_length=10, choices=EnrolmentMode, default=EnrolmentMode.OFF)
    identity_patterns = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Separated by commas, * for anything: HAM-*, 2024-???. None: no identity fits",
    )
    most_per_hour = models.PositiveSmallIntegerField(
        default=20, help_text="Further chargers of that hour wait in the inbox, expected ones too"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="Where they are put"
    )
    key_hash = models.CharField(max_length=200, blank=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["organization"]
        verbose_name_plural = "enrolment policies"

    def __str__(self) -> str:
        return f"Enrolment of {self.organization}"


class ExpectedStation(models.Model):
    """An entry of the allow-list: a charger, or a row of them, that is expected before it first connects."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="expected_stations")
    by = models.CharField("known by", max_length=10, choices=ExpectedBy, default=ExpectedBy.IDENTITY)
    value = models.CharField(max_length=50, help_text="Upper or lower case is the same")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="expected_stations")
    registration = models.CharField(
        max_length=10,
        choices=RegistrationStatus,
        default=RegistrationStatus.ACCEPTED,
        help_text="Answer to its BootNotification",
    )
    note = models.CharField(max_length=200, blank=True, help_text="For example the order or the installer")
    station = models.ForeignKey(
        ChargingStation, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", help_text="Who came"
    )
    used_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                "by",
                Lower("value"),
                name="expected_once",
                violation_error_message="This is on the list already.",
            ),
            models.CheckConstraint(
                condition=~models.Q(value="") & ~models.Q(value__contains=":"),
                name="expected_value_fits_an_identity",
                violation_error_message="It must not be empty or contain a colon.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_by_display()} {self.value}"
