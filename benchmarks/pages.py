"""The pages of the console, from the admin's registry: a new list is measured without being named."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Model
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import AuditEvent, User
from charging.models import Session, SessionAnomaly
from stations.models import ChargingStation, Command, CommandBatch, RejectedConnection, Site

# What somebody types: a word many rows have, a station, a card, a number, and something nobody has.
SEARCHES = ("hamburg", "ST-000017", "Card 0000042", "4711", "nothing like this")
SINGLE = ("admin:index", "console:dashboard_part", "console:dashboard_load", "console:map", "console:map_part")


class Page(NamedTuple):
    name: str
    url: str


def pages_for(user: User) -> Iterator[Page]:
    for name in SINGLE:
        yield Page(name, reverse(name))
    for model_admin in admin.site._registry.values():
        if model_admin.has_view_permission(_request(user)):
            yield from _list_pages(model_admin, user)
    yield from _station_pages(user)
    yield from _row_pages(user)


def _request(user: User, query: str = "") -> Any:
    request = RequestFactory().get(f"/?{query}")
    request.user = user
    return request


def _list_pages(model_admin: Any, user: User) -> Iterator[Page]:
    name = model_admin.model._meta.label
    url = reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")

    def page(what: str, **query: Any) -> Page:
        return Page(f"{name} {what}", f"{url}?{urlencode(query)}" if query else url)

    request = _request(user)
    shown: ChangeList = model_admin.get_changelist_instance(request)
    yield page("list")
    last = shown.result_count // model_admin.list_per_page
    for number, which in ((2, "page 2"), (last, "last page")):
        if number <= last and number > 1:
            yield page(which, p=number)
    yield from _filtered(shown, page)
    if model_admin.get_search_fields(request):
        for term in SEARCHES:
            yield page(f"search “{term}”", q=term)
    for column in range(1, len(shown.list_display)):
        if shown.get_ordering_field(shown.list_display[column]):
            yield page(f"by {shown.list_display[column]}", o=column)
            yield page(f"by {shown.list_display[column]}, falling", o=-column)


def _filtered(shown: ChangeList, page: Any) -> Iterator[Page]:
    """Each filter with its first, second and last choice."""
    for spec in shown.filter_specs:
        choices = [choice for choice in spec.choices(shown) if choice.get("query_string")]
        for choice in {str(each["query_string"]): each for each in [*choices[1:3], *choices[-1:]]}.values():
            listed = page(f"{spec.title} = {choice['display']}")
            yield listed._replace(url=listed.url + str(choice["query_string"]))


def _station_pages(user: User) -> Iterator[Page]:
    stations = ChargingStation.objects.visible_to(user).order_by("pk")
    station = stations[len(stations[:100]) // 2]
    yield Page("station page", reverse("console:station", args=[station.pk]))
    frames = reverse("console:station_frames", args=[station.pk])
    yield Page("wire log", frames)
    yield Page("wire log, an action", f"{frames}?action=StatusNotification")
    yield Page("wire log, a text", f"{frames}?text=no+such+text")
    yield Page("station form", reverse("admin:stations_chargingstation_change", args=[station.pk]))
    yield Page("remote start form", reverse("console:command", args=[station.pk, "start"]))
    many = reverse("console:many")
    yield Page("command for all stations", f"{many}?{urlencode({'filter': ''})}")


def _row_pages(user: User) -> Iterator[Page]:
    """The newest of each kind, the largest site and batch."""
    largest = Site.objects.visible_to(user).annotate(stations_here=Count("stations")).order_by("-stations_here").first()
    batch = CommandBatch.objects.visible_to(user).order_by("pk").first()
    newest: dict[str, type[Model]] = {
        "session": Session, "anomaly": SessionAnomaly, "refusal": RejectedConnection, "command_page": Command,
        "audit_event": AuditEvent,
    }  # fmt: skip
    rows: dict[str, Any] = {
        name: model._default_manager.visible_to(user).order_by("-pk").first()  # type: ignore[attr-defined]
        for name, model in newest.items()
    }
    for name, row in {**rows, "site": largest, "batch": batch, "batch_table": batch}.items():
        if row is not None:
            yield Page(name.replace("_", " "), reverse(f"console:{name}", args=[row.pk]))
    yield Page("session series", reverse("console:session_series", args=[rows["session"].pk]))
