"""Pages by cursor: what is added meanwhile moves nothing, and page 2 000 costs as much as page 1."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class Pages(CursorPagination):
    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    page_size_query_description = "Rows of a page, at most 500; 50 unless told."
    cursor_query_description = "Where the page begins: taken from `next` or `previous` of another page."

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """The order asked for; the key decides between equals."""
        ordering = super().get_ordering(request, queryset, view)
        direction = "-" if ordering[0].startswith("-") else ""
        names = {name.lstrip("-") for name in ordering}
        return ordering if names & {"pk", "id"} else (*ordering, f"{direction}pk")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """A cursor that somebody wrote by hand points nowhere."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, OverflowError) as error:
            raise NotFound(self.invalid_cursor_message) from error

    def _get_position_from_instance(self, instance: Model, ordering: Sequence[str]) -> str:
        """Times to the microsecond, in a form that a filter reads back."""
        value = getattr(instance, ordering[0].lstrip("-"))
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
