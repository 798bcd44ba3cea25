"""Every route of the API, found in the resolver: a new one is covered without anyone remembering."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from api.permissions import needed
from tests.admin.world import World

IDENTIFIERS = {"identity": "identity", "public_id": "public_id"}


@dataclass(frozen=True)
class Route:
    """An operation of the router: a method on an address of a view."""

    name: str
    method: str
    action: str
    view: type[Any]
    opens_a_row: bool

    @property
    def permission(self) -> str:
        view = self.view()
        view.action = self.action
        return needed(view, self.method)

    def url(self, world: World) -> str:
        if not self.opens_a_row:
            return reverse(f"api:{self.name}")
        row = world[self.view.queryset.model]
        keyword = self.view.lookup_url_kwarg or self.view.lookup_field
        return reverse(f"api:{self.name}", kwargs={keyword: getattr(row, IDENTIFIERS.get(keyword, "pk"))})

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def all_routes() -> list[Route]:
    found = {str(route): route for route in _routes(get_resolver())}
    return list(found.values())


def _routes(resolver: URLResolver) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _routes(entry)
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "actions"):
            view: Any = entry.callback
            opens = bool(entry.pattern.regex.groups)
            for method, action in view.actions.items():
                if method == "head":
                    continue
                yield Route(str(entry.name), method.upper(), action, view.cls, opens)
