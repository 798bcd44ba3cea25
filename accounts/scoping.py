"""Who sees which rows: the one filter that admin, API, portal and exports use."""

from typing import Any, Self, TypeVar

from django.db import models

RowT = TypeVar("RowT", bound=models.Model, covariant=True)


class TenantQuerySet(models.QuerySet[RowT]):
    """Rows of a tenant. The model says in ``organization_path`` how a row reaches its organization."""

    def visible_to(self, user: Any) -> Self:
        """The rows of the organizations the user is a member of; all of them for a superuser."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        path = getattr(self.model, "organization_path", "organization")
        return self.filter(**{f"{path}__in": user.organization_ids})
