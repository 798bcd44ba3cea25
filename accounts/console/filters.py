"""List filters that offer only what the user may see, and cost the same however many rows there are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from accounts.console.audited import user_of

if TYPE_CHECKING:
    BasePicked = admin.RelatedFieldListFilter
else:
    BasePicked = AutocompleteSelectFilter


class ScopedFilter(admin.RelatedFieldListFilter):
    """Choices of a related row, from the user's organizations: for the few of which there are never many."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        visible = field.remote_field.model._default_manager.visible_to(request.user)
        choices: list[Any] = field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": visible.values("pk")},
        )
        return choices


class PickedFilter(BasePicked):
    """Of many related rows one, found by typing. The list needs ``list_filter_submit``."""

    request: HttpRequest

    field: Any

    def choices(self, changelist: Any) -> Iterator[Any]:
        """What is chosen is named, and so it is looked for among the rows the user sees."""
        visible = self.field.remote_field.model._default_manager.visible_to(user_of(self.request))
        choice: Any
        for choice in super().choices(changelist):
            choice["form"].fields[self.lookup_kwarg].queryset = visible
            yield choice
