"""Organizations, the people in them, and the record of what they did."""

from collections.abc import Collection
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models

from accounts.roles import Role, allows
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


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address, which is compared without regard to case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractUser):
    """A person who logs in by e-mail. What they may do follows from their memberships."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True, help_text="Kept in lower case")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        ordering = ["email"]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    @cached_property
    def roles(self) -> dict[int, Role]:
        """Role by organization id; read once per request."""
        return {
            organization_id: Role(role)
            for organization_id, role in self.memberships.values_list("organization_id", "role")
        }

    @property
    def organization_ids(self) -> list[int]:
        return list(self.roles)

    def organizations_allowing(self, permission: str) -> list[int]:
        """Ids of the organizations in which a role of this user grants the permission."""
        return [organization_id for organization_id, role in self.roles.items() if allows(role, permission)]


class Membership(models.Model):
    """A user's role in an organization."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["organization", "user"]
        constraints = [models.UniqueConstraint(fields=["user", "organization"], name="one_role_per_organization")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} of {self.organization}"

    def clean(self) -> None:
        super().clean()
        if self.role != Role.OWNER and self.pk is not None:
            refuse_to_lose_owners([self])


def refuse_to_lose_owners(leaving: Collection[Membership]) -> None:
    """Raise ValidationError if an organization has an owner now, and none when these are gone or hold other roles."""
    owners = Membership.objects.filter(role=Role.OWNER, user__is_active=True)
    gone = [membership.pk for membership in leaving]
    left = set(owners.exclude(pk__in=gone).values_list("organization_id", flat=True))
    for membership in owners.filter(pk__in=gone).select_related("organization"):
        if membership.organization_id not in left:
            raise ValidationError(f"{membership.organization} needs an owner: make somebody else one first.")


class AuditEvent(models.Model):
    """Who did what to which object. Rows are only ever added."""

    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="audit_events")
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="audit_events")
    action = models.CharField(max_length=60, help_text="What was done, for example “anomaly dismissed”")
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    object_label = models.CharField(max_length=200)
    details = models.JSONField(default=dict, help_text="Values before and after; never a secret")
    at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["object_type", "object_id"])]

    def __str__(self) -> str:
        return f"{self.action}: {self.object_label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("An audit event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit event is never deleted.")


def organization_of(row: models.Model) -> int | None:
    """The id of the organization the row belongs to, following its model's ``organization_path``."""
    path: str = getattr(row, "organization_path", "organization")
    value: Any = row
    for step in path.split("__"):
        value = getattr(value, step, None)
        if value is None:
            return None
    return int(value.pk) if isinstance(value, models.Model) else int(value)
