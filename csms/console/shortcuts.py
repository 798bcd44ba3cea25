"""Keyboard shortcuts: the table that the keys follow and people read. Each person can turn them off (WCAG 2.1.4)."""

from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.console.tenants import user_of
from accounts.models import User
from csms.console.access import page_context, staff_only

# The second key after g, where it leads, and what one must be allowed to see.
PLACES = (
    ("d", "Dashboard", "admin:index", ""),
    ("s", "Stations", "admin:stations_chargingstation_changelist", "stations.view_chargingstation"),
    ("l", "Sites", "admin:stations_site_changelist", "stations.view_site"),
    ("m", "Map", "console:map", "stations.view_site"),
    ("e", "Sessions", "admin:charging_session_changelist", "charging.view_session"),
    ("a", "Anomalies", "admin:charging_sessionanomaly_changelist", "charging.view_sessionanomaly"),
    ("r", "Refused chargers", "admin:stations_rejectedconnection_changelist", "stations.view_rejectedconnection"),
    ("c", "Commands", "admin:stations_command_changelist", "stations.view_command"),
    ("t", "Tokens", "admin:drivers_idtoken_changelist", "drivers.view_idtoken"),
    ("p", "Drivers", "admin:drivers_driver_changelist", "drivers.view_driver"),
)


class Place(NamedTuple):
    key: str
    title: str
    url: str


@staff_only
@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """As a page, and as what the dialog shows."""
    context = {"places": places_for(user_of(request))}
    if request.headers.get("X-Fragment") == "shortcuts":
        return render(request, "console/shortcuts/dialog.html", context)
    return render(request, "console/shortcuts.html", page_context(request, None, title="Keyboard shortcuts", **context))


def places_for(user: User) -> list[Place]:
    return [
        Place(key, title, reverse(name)) for key, title, name, wanted in PLACES if not wanted or user.has_perm(wanted)
    ]
