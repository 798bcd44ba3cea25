"""Every URL of the admin and the console, found in the resolver: a new page is covered without anyone remembering."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from csms.console.anomalies import DECISIONS
from csms.console.commandmenu import FORMS
from csms.console.members import DEEDS
from csms.console.refusals import PARTS as REFUSAL_PARTS
from csms.console.sessions import PARTS as SESSION_PARTS
from csms.console.sites import PARTS as SITE_PARTS
from csms.console.station import PARTS as STATION_PARTS
from tests.admin.world import World

PARAMETER = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")
# Django's own answers, without a row of anybody.
WITHOUT_ROWS = ("jsi18n/", "login/", "logout/", "password_change/", "r/<", "autocomplete/", "search/", "(?P<")
CHOICES = {
    "kind": list(FORMS),
    "decision": list(DECISIONS),
    "deed": list(DEEDS),
    "action": ["Reset", "SetChargingProfile"],
    "version": ["2.0.1"],
}
PARTS = {
    "stations/chargingstation": list(STATION_PARTS),
    "stations/rejectedconnection": list(REFUSAL_PARTS),
    "stations/site": list(SITE_PARTS),
    "charging/session": list(SESSION_PARTS),
}


@dataclass(frozen=True)
class Door:
    """A route below /admin/, and the model whose row it opens."""

    route: str
    model: type[Model] | None

    @property
    def opens_a_row(self) -> bool:
        return bool(PARAMETER.search(self.route))

    def urls(self, world: World) -> list[str]:
        """The addresses of this door for the rows of a world."""
        urls = ["/admin/" + self.route]
        for match in PARAMETER.finditer(self.route):
            urls = [url.replace(match.group(0), value) for url in urls for value in self._values(match, world)]
        return urls

    def _values(self, match: re.Match[str], world: World) -> list[str]:
        name = match.group("name")
        if name in ("object_id", "pk", "id"):
            assert self.model is not None, f"Whose row does {self.route} open? Teach tests/admin/doors.py."
            return [str(world[self.model].pk)]
        if name == "part":
            return PARTS["/".join(self.route.split("/")[:2])]
        assert name in CHOICES, f"What can {name} be in {self.route}? Teach tests/admin/doors.py."
        return CHOICES[name]


def all_doors() -> list[Door]:
    """Without Django's own helpers; the superusers' apps are doors too."""
    routes = {route for route in _routes(get_resolver()) if route.startswith("admin/")}
    below = sorted(route.removeprefix("admin/") for route in routes)
    return [Door(route, _model_of(route)) for route in below if not route.startswith(WITHOUT_ROWS)]


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        here = prefix + (str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _routes(entry, here)
        elif isinstance(entry, URLPattern):
            yield here


def _model_of(route: str) -> type[Model] | None:
    app, _, rest = route.partition("/")
    try:
        return apps.get_model(app, rest.partition("/")[0])
    except LookupError:
        return None
