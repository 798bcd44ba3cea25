"""The tenants, and which of them a row belongs to."""

from typing import Any

from django.db import models

from accounts.scoping import TenantQuerySet


class OrganizationKind(models.TextChoices):
    OPERATOR = "operator", "Charge point operator"
    SITE_HOST = "site_host", "Site host"
    FLEET = "fleet", "Fleet"
    PARTNER = "partner", "Partner"


class Organization(models.Model):
    """A tenant. Every other row belongs to one; members of one see nothing of another."""

    organization_path = "pk"

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=50, unique=True)
    kind = models.CharField(max_length=20, choices=OrganizationKind, default=OrganizationKind.OPERATOR)
    time_zone = models.CharField(max_length=63, default="UTC", help_text="IANA name, for example Europe/Berlin")
    currency = models.CharField(max_length=3, default="EUR", help_text="ISO 4217 code")
    heartbeat_interval_s = models.PositiveIntegerField(
        "heartbeat interval", default=300, help_text="Seconds between heartbeats, told to a station when it boots"
    )
    accepts_insecure_stations = models.BooleanField(
        default=False, help_text="Security profile 0: stations of this organization may connect without a password"
    )
    accepts_missing_subprotocol = models.BooleanField(
        default=True, help_text="A station that names no OCPP version is spoken to in 1.6"
    )
    receives_unknown_stations = models.BooleanField(
        default=False, help_text="Refused connections of unknown stations appear in this organization's inbox"
    )
    requires_second_factor = models.BooleanField(
        "staff must use a second factor",
        default=False,
        help_text="Whoever has none sets it up before anything else",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["receives_unknown_stations"],
                condition=models.Q(receives_unknown_stations=True),
                name="one_organization_receives_unknown_stations",
                violation_error_message="Another organization already receives unknown stations.",
            ),
            models.CheckConstraint(
                condition=models.Q(heartbeat_interval_s__gte=10), name="heartbeat_interval_at_least_10_s"
            ),
        ]

    def __str__(self) -> str:
        return self.name


def organization_of(row: models.Model) -> int | None:
    """The id of the organization the row belongs to, following its model's ``organization_path``."""
    path: str = getattr(row, "organization_path", "organization")
    value: Any = row
    for step in path.split("__"):
        value = getattr(value, step, None)
        if value is None:
            return None
    return int(value.pk) if isinstance(value, models.Model) else int(value)
