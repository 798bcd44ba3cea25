"""What all serializers share: sparse fieldsets, and references that stay within the caller's organization."""

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.models import Organization
from api.principals import principal_of


class SparseSerializer(serializers.ModelSerializer[Any]):
    """``?fields=id,name`` leaves the rest away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        request = self.context.get("request")
        if self.parent is None and self.context.get("is_sparse") and isinstance(request, Request):
            self._keep(request.query_params.get("fields", ""))

    def _keep(self, asked: str) -> None:
        names = {name.strip() for name in asked.split(",") if name.strip()}
        if not names:
            return
        if unknown := names - set(self.fields):
            known = ", ".join(self.fields)
            raise ValidationError(
                {"fields": f"There is no field {', '.join(sorted(unknown))[:100]}. There are {known}."}
            )
        for name in set(self.fields) - names:
            self.fields.pop(name)


class OwnRow(serializers.PrimaryKeyRelatedField[Any]):
    """Another row that the caller sees; of the same organization, see ``TenantSerializer``."""

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return rows.visible_to(principal_of(self.context["request"]))  # type: ignore[no-any-return]


class OwnOrganization(serializers.SlugRelatedField[Any]):
    """One in which the caller may add such a row. A key knows only one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="slug", queryset=Organization.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        parent: Any = self.parent
        return Organization.objects.filter(pk__in=_may_add_in(self.context["request"], parent.Meta.model))


class TenantSerializer(SparseSerializer):
    """A row of an organization, which is chosen when it is made and never changes."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None:
            attrs.pop("organization", None)
            own = self.instance.organization
        else:
            own = attrs.setdefault("organization", self._only_organization())
        for name, value in attrs.items():
            if isinstance(value, Model) and getattr(value, "organization_id", own.pk) != own.pk:
                raise ValidationError({name: "This belongs to another organization."})
        return attrs

    def _only_organization(self) -> Organization:
        allowed = _may_add_in(self.context["request"], self.Meta.model)
        if len(allowed) != 1:
            raise ValidationError({"organization": "Say in which organization."})
        return Organization.objects.get(pk=allowed[0])


def _may_add_in(request: Request, model: type[Model]) -> list[int]:
    principal = principal_of(request)
    if principal.is_superuser:
        return list(Organization.objects.values_list("pk", flat=True))
    return principal.organizations_allowing(f"{model._meta.app_label}.add_{model._meta.model_name}")
