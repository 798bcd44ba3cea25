"""The command palette: one field that finds everything a person may see. One query a kind, few rows of each."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import Case, Model, Q, QuerySet, Value, When
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.console.searching import MOST_NAMED, matching, with_words
from accounts.console.tenants import permission, permitted, sees_several_organizations, user_of
from accounts.models import User
from charging.models import Session, SessionAnomaly
from csms.console.access import staff_only
from csms.console.navigation import navigation
from drivers.models import Driver, IdToken, token_key
from stations.models import ChargingStation, Command, RejectedConnection, Site

EACH = 5
SHORTEST, LONGEST = 2, 100
SHORTEST_TAIL = 4
# What hides the rest of a value: drivers/masking.py.
DOT = "•"
LARGEST_KEY = 2**63 - 1


class Found(NamedTuple):
    kind: str
    icon: str
    title: str
    note: str
    link: str
    organization: str = ""


class Kind(NamedTuple):
    """What is looked for, and how a row of it is shown."""

    name: str
    icon: str
    model: type[Model]
    find: Callable[[QuerySet[Any], str], QuerySet[Any]]
    url: str
    note: Callable[[Any], str]
    related: tuple[str, ...] = ()


@staff_only
@require_safe
def results(request: HttpRequest) -> HttpResponseBase:
    """At the address of Unfold's own search, which keeps answers for five minutes, also of those who left."""
    term = request.GET.get("s", "").replace("\x00", "").strip()[:LONGEST]
    shown = found(request, term) if len(term) >= SHORTEST else []
    context = {"results": shown, "term": term, "shortest": SHORTEST, "several": sees_several_organizations(request)}
    return render(request, "console/search/results.html", context)


def found(request: HttpRequest, term: str) -> list[Found]:
    rows = [hit for kind in KINDS for hit in _rows(request, kind, term)]
    return [*_pages(request, term), *rows, *_colleagues(request, term)]


def _pages(request: HttpRequest, term: str) -> list[Found]:
    entries = [(group.get("title", ""), entry) for group in navigation(request) for entry in group["items"]]
    allowed = [(title, entry) for title, entry in entries if entry.get("permission", _anybody)(request)]
    return [
        Found("Page", entry["icon"], entry["title"], str(title), str(entry["link"]))
        for title, entry in allowed
        if term.lower() in entry["title"].lower()
    ][:EACH]


def _anybody(request: HttpRequest) -> bool:
    return True


def _rows(request: HttpRequest, kind: Kind, term: str) -> list[Found]:
    user, wanted = user_of(request), permission(kind.model, "view")
    if not user.has_perm(wanted):
        return []
    manager: Any = kind.model._default_manager
    visible = permitted(user, manager.visible_to(user), wanted).select_related(*kind.related)
    return [
        Found(kind.name, kind.icon, str(row), kind.note(row), reverse(kind.url, args=[row.pk]), _owner(row))
        for row in kind.find(visible, term)[:EACH]
    ]


def _owner(row: Model) -> str:
    own: Any = row
    return str(own.organization or "") if hasattr(row, "organization") else str(own.station.organization)


def _colleagues(request: HttpRequest, term: str) -> list[Found]:
    people = admin.site._registry[User]
    if not people.has_view_permission(request):
        return []
    visible = people.get_queryset(request)
    rows = matching(visible, ["email", "first_name", "last_name"], term, user_of(request)).order_by("email")
    return [
        Found("Colleague", "verified_user", str(row), row.email, reverse("admin:accounts_user_change", args=[row.pk]))
        for row in rows[:EACH]
    ]


def _stations(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Whose identity begins with it comes first."""
    first = Case(When(identity__istartswith=term, then=Value(0)), default=Value(1))
    fields = ["identity", "name", "serial_number", "vendor", "model"]
    return matching(rows, fields, term, None).order_by(first, "identity")


def _sites(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    return matching(rows, ["name", "street", "postal_code", "city"], term, None).order_by("name")


def _drivers(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Sorted by what has no index, so that the index of words is used and not that of names."""
    return with_words(rows, term).order_by(Lower("name"))


def _tokens(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """By the number printed on it, by its whole value, or by its last characters, as pages show them."""
    key = token_key(term).lstrip(DOT)
    labelled = IdToken.objects.order_by()
    wanted = Q(pk__in=with_words(labelled, term).values("pk")) | Q(key=key)
    if len(key) >= SHORTEST_TAIL and " " not in key:
        wanted |= Q(key__endswith=key)
    return rows.filter(wanted).order_by("label", "key")


def _sessions(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """By its number, the station's transaction id, or a card: by its whole value, or as pages show it."""
    key = token_key(term)
    tail = key.lstrip(DOT)
    is_shown = tail != key and len(tail) >= SHORTEST_TAIL
    cards = IdToken.objects.filter(Q(key__endswith=tail) if is_shown else Q(key=key)).order_by()
    wanted = Q(transaction_id=term) | Q(token__in=_few(cards))
    return rows.filter(wanted | _numbered(term)).order_by("-started_at")


def _commands(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    wanted = _numbered(term) | Q(message_id=term)
    with suppress(ValueError):
        wanted |= Q(public_id=uuid.UUID(term))
    return rows.filter(wanted).order_by("-pk")


def _anomalies(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """By its number, or those of a station."""
    stations = ChargingStation.objects.annotate(known_as=Lower("identity")).filter(known_as=term.lower()).order_by()
    return rows.filter(_numbered(term) | Q(station__in=_few(stations))).order_by("-opened_at")


def _refusals(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    return matching(rows, ["identity", "address__exact"], term, None).order_by("-last_at")


def _few(rows: QuerySet[Any]) -> list[int]:
    """Named one by one: a subquery beside an OR makes the database read the whole table."""
    return list(rows.values_list("pk", flat=True)[:MOST_NAMED])


def _numbered(term: str) -> Q:
    """``4711`` or ``#4711``."""
    number = term.removeprefix("#")
    if number.isascii() and number.isdecimal() and int(number) <= LARGEST_KEY:
        return Q(pk=int(number))
    return Q(pk__in=[])


PLACE = ("station__site", "station__organization")
KINDS = (
    Kind(
        "Station",
        "ev_station",
        ChargingStation,
        _stations,
        "console:station",
        lambda row: " · ".join(filter(None, (row.identity, str(row.site or ""), f"{row.vendor} {row.model}".strip()))),
        ("site", "organization"),
    ),
    Kind(
        "Site",
        "location_on",
        Site,
        _sites,
        "console:site",
        lambda row: " ".join(filter(None, (row.street, row.postal_code, row.city))),
        ("organization",),
    ),
    Kind(
        "Session",
        "electric_meter",
        Session,
        _sessions,
        "console:session",
        lambda row: f"Session {row.pk} · {row.get_status_display()}",
        (*PLACE, "organization"),
    ),
    Kind(
        "Token",
        "badge",
        IdToken,
        _tokens,
        "admin:drivers_idtoken_change",
        lambda row: " · ".join(filter(None, (row.masked_value, str(row.driver or "")))),
        ("driver", "organization"),
    ),
    Kind("Driver", "person", Driver, _drivers, "admin:drivers_driver_change", lambda row: "", ("organization",)),
    Kind(
        "Command",
        "send",
        Command,
        _commands,
        "console:command_page",
        lambda row: f"Command {row.pk} · {row.get_status_display()}",
        PLACE,
    ),
    Kind(
        "Anomaly",
        "flag",
        SessionAnomaly,
        _anomalies,
        "console:anomaly",
        lambda row: row.summary,
        (*PLACE, "organization"),
    ),
    Kind(
        "Refused charger",
        "sensors_off",
        RejectedConnection,
        _refusals,
        "console:refusal",
        lambda row: f"{row.identity} · {row.count} tries",
        ("organization",),
    ),
)
