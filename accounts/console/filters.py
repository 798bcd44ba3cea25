"""List filters that offer only what the user may see."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ScopedFilter(admin.RelatedFieldListFilter):
    """Choices of a related row, from the user's organizations."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        visible = field.remote_field.model._default_manager.visible_to(request.user)
        choices: list[Any] = field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": visible.values("pk")},
        )
        return choices
