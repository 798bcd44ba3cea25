"""How people like their lists: filters they keep, columns they want to see."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from accounts.models.organization import Organization
from accounts.models.people import User
from accounts.scoping import TenantQuerySet


class SavedFilterQuerySet(TenantQuerySet["SavedFilter"]):
    def usable_by(self, user: Any) -> Self:
        """Own ones, and those that colleagues share."""
        return self.visible_to(user).filter(Q(owner=user) | Q(is_shared=True))


class SavedFilter(models.Model):
    """Filter, search and order of a list, under a name."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="saved_filters")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_filters")
    listed = models.CharField(max_length=100, help_text="The list: app.model")
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True, help_text="Filter and search, as in the address of the list")
    ordering = models.JSONField(default=list, help_text="Names of columns; a minus: downwards")
    is_shared = models.BooleanField("shared", default=False, help_text="Offered to everybody of the organization")

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "owner", "listed", "name"], name="unique_saved_filter")
        ]

    def __str__(self) -> str:
        return self.name


class SavedColumns(models.Model):
    """The columns somebody hides in a list."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_columns")
    listed = models.CharField(max_length=100, help_text="The list: app.model")
    hidden = models.JSONField(default=list, help_text="Names of columns")

    class Meta:
        verbose_name_plural = "saved columns"
        constraints = [models.UniqueConstraint(fields=["user", "listed"], name="one_choice_of_columns_per_list")]

    def __str__(self) -> str:
        return f"{self.listed} of {self.user}"
