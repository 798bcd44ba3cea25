"""What we believe a station holds as its own list of tokens, and where lists are kept fresh by themselves."""

from collections.abc import Callable
from typing import ClassVar

from django.db import models

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from drivers.masking import mask
from drivers.states import AuthorizationStatus, TokenType
from stations.models import ChargingStation, Command, Site


class LocalList(models.Model):
    """OCPP 1.6 §3.5.2, OCPP 2.0.1 block D. Its entries are what the station accepted, while ``is_certain``."""

    organization_path = "station__organization"

    station = models.OneToOneField(ChargingStation, on_delete=models.CASCADE, related_name="local_list")
    version = models.BigIntegerField(default=0, help_text="Of what the station last accepted from us")
    version_told = models.BigIntegerField(
        null=True, help_text="As the station last answered; 0: no list, -1: it keeps none (OCPP 1.6)"
    )
    told_at = models.DateTimeField(null=True)
    is_certain = models.BooleanField("entries are certain", default=False)
    digest = models.CharField(max_length=64, blank=True, editable=False, help_text="Of the entries, to compare many")
    left_out = models.PositiveIntegerField(default=0, help_text="Tokens for which the station has no room")

    is_refreshing = models.BooleanField(default=False)
    must_be_full = models.BooleanField(default=False, editable=False, help_text="Send all of it, not what changed")
    command = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")
    refreshed_at = models.DateTimeField(null=True, help_text="When it was last found, or made, what it should be")
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last refresh did not succeed")
    failed_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["station"]
        verbose_name = "local list"

    def __str__(self) -> str:
        return f"Local list of {self.station}"


class LocalListEntry(models.Model):
    """One token as the station knows it. OCPP 1.6 knows no types."""

    organization_path = "list__station__organization"
    masked_fields: ClassVar[dict[str, Callable[[str], str]]] = {"value": mask, "key": mask}

    list = models.ForeignKey(LocalList, on_delete=models.CASCADE, related_name="entries")
    value = models.CharField(max_length=255, help_text="As it was sent")
    key = models.CharField(max_length=255, help_text="As it is compared")
    type = models.CharField(max_length=20, choices=TokenType, blank=True)
    status = models.CharField(max_length=20, choices=AuthorizationStatus)
    group_id = models.CharField(max_length=36, blank=True)
    expires_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["list", "key", "type"]
        verbose_name_plural = "local list entries"
        constraints = [models.UniqueConstraint(fields=["list", "key", "type"], name="one_entry_per_token")]

    def __str__(self) -> str:
        return mask(self.value)


class LocalListRule(models.Model):
    """Whether lists are kept fresh: of a station, a site, or the whole organization. The closest rule counts."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="local_list_rules")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="local_list_rules")
    station = models.ForeignKey(
        ChargingStation, null=True, blank=True, on_delete=models.CASCADE, related_name="local_list_rules"
    )
    keeps_fresh = models.BooleanField(
        default=True, help_text="Send what changed by itself, and the whole list where the station lost it"
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["organization", "site", "station"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "site", "station"],
                name="one_local_list_rule",
                nulls_distinct=False,
                violation_error_message="There is a rule for this already.",
            ),
            models.CheckConstraint(
                condition=models.Q(site=None) | models.Q(station=None),
                name="local_list_rule_has_one_place",
                violation_error_message="Choose a site or a station, not both.",
            ),
        ]

    def __str__(self) -> str:
        place = self.station or self.site or self.organization
        return f"{place}: {'kept fresh' if self.keeps_fresh else 'left alone'}"
