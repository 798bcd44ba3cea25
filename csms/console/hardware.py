"""A station's EVSEs and connectors: edited by hand, beside what the station itself reports."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.console.tenants import permission, user_of
from csms.console.access import page_context, require, staff_only
from csms.console.hardwareforms import HardwareForm, grown
from csms.console.station import COMMAND, find
from stations.connector_types import ConnectorType, PowerType
from stations.errors import PlaceInUse
from stations.hardware import EvsePart, Place, completed, differences, name_of, places_of
from stations.models import ChargingStation
from stations.reported import Reported, parts_of, reported_places
from stations.services import known_parts, save_parts
from stations.states import ConnectorStatus, OcppVersion

CHANGE = permission(ChargingStation, "change")
GROWS = re.compile(r"evses(-\d{1,3}-connectors)?")


@staff_only
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """``?reported`` fills the form with what the station reports; nothing is saved until it is sent."""
    station = find(request, pk)
    require(request, CHANGE, station)
    known, reported = known_parts(station), reported_places(station)
    whole = completed(known, parts_of(reported))
    context: dict[str, Any] = {"station": station, "rows": _rows(known, whole, reported), "zone": station.time_zone}
    context["differing"] = len({change.place for change in differences(known, whole)})
    takes_over = "reported" in request.GET and request.method == "GET"
    form = HardwareForm(whole if takes_over else known)
    if takes_over:
        context["changes"] = differences(known, whole)
    if request.method == "POST":
        form, outcome = _sent(request, station, known)
        if isinstance(outcome, HttpResponseBase):
            return outcome
        context |= outcome
    context |= page_context(request, ChargingStation, title=f"EVSEs of {station}", original=station)
    context |= {"form": form, "may_command": user_of(request).has_perm(COMMAND, station)}
    context["is_v16"] = station.ocpp_version == OcppVersion.V16
    return render(request, "console/hardware.html", context)


def _sent(
    request: HttpRequest, station: ChargingStation, known: Sequence[EvsePart]
) -> tuple[HardwareForm, HttpResponseBase | dict[str, Any]]:
    grows = request.POST.get("grow", "")
    if GROWS.fullmatch(grows):
        return HardwareForm(known, grown(request.POST, grows)), {}
    form = HardwareForm(known, request.POST)
    if not form.is_valid():
        return form, {"has_errors": True}
    if "check" in request.POST:
        return form, {"changes": differences(known, form.wanted, form.removed)}
    try:
        changes = save_parts(station=station, wanted=form.wanted, removed=form.removed, by=user_of(request))
    except PlaceInUse as refusal:
        return form, {"problem": str(refusal)}
    told = f"{len(changes)} change{'s' if len(changes) > 1 else ''} saved." if changes else "Nothing was changed."
    messages.success(request, told)
    return form, redirect("console:station", station.pk)


@dataclass(frozen=True)
class Row:
    """A place as the station reports it, and how that compares to what is kept here."""

    place: Place
    reported: Reported | None
    comparison: str
    note: str

    @property
    def evse_name(self) -> str:
        return name_of((self.place[0], 0))

    @property
    def number(self) -> int:
        """Of the connector; 0 is the EVSE."""
        return self.place[1]

    @property
    def type(self) -> str:
        """In our words where we have one, else in the station's."""
        if self.reported is None or not self.reported.type:
            return ""
        known = self.reported.known_type
        return self.reported.type if known == ConnectorType.UNKNOWN else str(ConnectorType(known).label)

    @property
    def supply(self) -> str:
        if self.reported is None or not self.reported.phases:
            return ""
        known = self.reported.power_type
        return str(PowerType(known).label) if known else f"{self.reported.phases} phases"

    @property
    def status(self) -> str:
        """Of the last StatusNotification; else of the last report, which may be older."""
        told = (self.reported.status or self.reported.availability.lower()) if self.reported else ""
        return told if told in ConnectorStatus.values else ""


def _rows(known: Sequence[EvsePart], whole: Sequence[EvsePart], reported: Sequence[Reported]) -> list[Row]:
    told = {place.place: place for place in reported}
    kept = places_of(known)
    changes = differences(known, whole)
    rows = []
    for place in sorted(places_of(whole)):
        own = [change for change in changes if change.place == place]
        note = ", ".join(f"{change.what.lower()} here: {change.before or 'none'}" for change in own if place in kept)
        comparison = "new" if place not in kept else "differs" if own else "same" if place in told else "silent"
        rows.append(Row(place, told.get(place), comparison, note))
    return rows
