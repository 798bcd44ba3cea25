"""People, and the role each holds in an organization."""

from collections.abc import Collection
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.models.organization import Organization
from accounts.roles import Role, allows
from accounts.scoping import TenantQuerySet


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
        if self.pk is not None and not self.is_active:
            refuse_to_lose_owners(list(self.memberships.all()))

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


@transaction.atomic
def refuse_to_lose_owners(leaving: Collection[Membership]) -> None:
    """Raise ValidationError if an organization has an owner now, and none when these are gone or hold other roles.

    Whoever saves in the same transaction keeps out everybody else who asks: two owners cannot demote each other.
    """
    concerned = Organization.objects.filter(pk__in={membership.organization_id for membership in leaving})
    list(concerned.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    owners = Membership.objects.filter(role=Role.OWNER, user__is_active=True)
    gone = [membership.pk for membership in leaving]
    left = set(owners.exclude(pk__in=gone).values_list("organization_id", flat=True))
    for membership in owners.filter(pk__in=gone).select_related("organization"):
        if membership.organization_id not in left:
            raise ValidationError(f"{membership.organization} needs an owner: make somebody else one first.")
