"""Vendor profiles: what is known of a vendor's, a model's or a firmware's behaviour."""

from fnmatch import fnmatchcase
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from stations.traits import Trait

PATTERN_HELP = "Upper or lower case is the same; * stands for anything, ? for one character. Empty: any"


class VendorProfileQuerySet(TenantQuerySet["VendorProfile"]):
    """Profiles of everybody are seen by everybody, and changed by superusers."""

    def visible_to(self, user: Any) -> Self:
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(models.Q(organization=None) | models.Q(organization__in=user.organization_ids))

    def in_force_for(self, organization_id: int) -> Self:
        return self.filter(models.Q(organization=None) | models.Q(organization=organization_id), is_enabled=True)


class VendorProfile(models.Model):
    """Switches traits on for the stations that match all its patterns."""

    organization = models.ForeignKey(
        Organization,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="vendor_profiles",
        help_text="Empty: for the stations of everybody",
    )
    name = models.CharField(max_length=100)
    vendor_pattern = models.CharField("vendor", max_length=50, blank=True, help_text=PATTERN_HELP)
    model_pattern = models.CharField("model", max_length=50, blank=True, help_text=PATTERN_HELP)
    firmware_pattern = models.CharField("firmware", max_length=50, blank=True, help_text=PATTERN_HELP)
    traits = ArrayField(models.CharField(max_length=30), default=list, help_text="What is known of these stations")
    is_enabled = models.BooleanField("enabled", default=True)
    notes = models.TextField(blank=True, help_text="Where this is known from")
    shipped_as = models.CharField(max_length=40, blank=True, editable=False, help_text="Its name in the shipped set")
    is_edited = models.BooleanField(default=False, editable=False, help_text="Kept as it is when a new set is shipped")

    objects = VendorProfileQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["shipped_as"], condition=~models.Q(shipped_as=""), name="one_shipped_vendor_profile"
            ),
            models.CheckConstraint(
                condition=~models.Q(vendor_pattern="", model_pattern="", firmware_pattern=""),
                name="vendor_profile_matches_something",
                violation_error_message="Enter at least one of vendor, model and firmware.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def trait_labels(self) -> list[str]:
        return [str(Trait(trait).label) for trait in self.traits if trait in Trait.values]

    def matches(self, vendor: str, model: str, firmware_version: str) -> bool:
        wanted = ((vendor, self.vendor_pattern), (model, self.model_pattern), (firmware_version, self.firmware_pattern))
        return all(not pattern or fnmatchcase(told.lower(), pattern.lower()) for told, pattern in wanted)
