"""What Unfold does again for each row of a list, done once: half of what the page costs."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from unfold.templatetags import unfold_list

_made, _cells = unfold_list.result_headers, unfold_list.items_for_result


def result_headers(changelist: Any) -> list[dict[str, Any]]:
    if "headings" not in changelist.__dict__:
        changelist.headings = list(_made(changelist))
    headings: list[dict[str, Any]] = changelist.headings
    return headings


def items_for_result(changelist: Any, row: Any, form: Any) -> Iterator[SafeString]:
    """On a phone each cell bears its heading. Unfold takes the first for the checkbox, also where there is none."""
    cells = _cells(changelist, row, form)
    if changelist.list_display[0] == "action_checkbox":
        return cells  # type: ignore[no-any-return]
    heading = conditional_escape(result_headers(changelist)[0]["text"])
    first = next(cells).replace(f'data-label="{gettext("Select record")}"', f'data-label="{heading}"', 1)
    return chain([SafeString(first)], cells)


def add_preserved_filters(context: dict[str, Any], url: str) -> str:
    """To the address of a row, so that one comes back to the list as it was. Django resolves the address of every row,
    only to see that it is not that of a list.
    """
    kept = context["preserved_filters"]
    return f"{url}?{kept}" if kept else url


def make_headings_once() -> None:
    """There is no other way in: Unfold's row asks its own module."""
    unfold_list.result_headers = result_headers
    unfold_list.items_for_result = items_for_result
    unfold_list.add_preserved_filters = add_preserved_filters
