"""Counting that stays cheap: nobody turns to page 2 000 of the wire log."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property


class AtLeast(int):
    """So far was counted; there are more."""

    def __str__(self) -> str:
        return f"{int(self):,}+".replace(",", "\u202f")


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts up to ``limit`` rows, so that a list of many millions costs no more. Filters reach the rest."""

    limit = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        found = int(rows.order_by()[: self.limit + 1].count())
        return found if found <= self.limit else AtLeast(self.limit)


class RecordPaginator(BoundedPaginator):
    """Of what happened there may be a hundred times more than of what is there."""

    limit = 2_000
