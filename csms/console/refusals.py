"""The page of a refused charger: who knocked, why it was refused, and what can be done about it at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.console.quantities import span
from accounts.console.tenants import permission, permitted, user_of
from accounts.models import Organization, User
from csms.console.access import page_context, require, staff_only, visible
from csms.console.addresses import charger_url
from gateway.handshake import SUBPROTOCOLS
from live.topics import sign
from stations import services
from stations.errors import StationError
from stations.models import ChargingStation, RejectedConnection, Site, StationConnection
from stations.states import OcppVersion, RefusalCause, RefusalHandling

ADD = permission(ChargingStation, "add")
CHANGE = permission(ChargingStation, "change")
HANDLE = permission(RejectedConnection, "change")
WRONG_SECRETS = {
    RefusalCause.WRONG_PASSWORD,
    RefusalCause.NO_PASSWORD_SET,
    RefusalCause.NO_CREDENTIALS,
    RefusalCause.USERNAME_DIFFERS,
}


class AdoptForm(forms.Form):
    """Offers only where the user may add stations."""

    name = forms.CharField(
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "What people call it"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organizations = permitted(user, Organization.objects.all(), ADD)
        sites = Site.objects.filter(organization__in=organizations).select_related("organization").order_by("name")
        only = organizations[0] if len(organizations[:2]) == 1 else None
        self.fields["organization"] = forms.ModelChoiceField(
            queryset=organizations,
            initial=only,
            widget=forms.HiddenInput if only else UnfoldAdminSelectWidget,
        )
        self.fields["site"] = SiteField(
            queryset=sites, required=False, empty_label="None yet", widget=UnfoldAdminSelectWidget
        )
        self.fields["site"].show_organization = only is None  # type: ignore[attr-defined]
        self.order_fields(["organization", "site", "name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        site, organization = cleaned.get("site"), cleaned.get("organization")
        if site and organization and site.organization_id != organization.pk:
            self.add_error("site", "This site belongs to another organization.")
        return cleaned


class SiteField(forms.ModelChoiceField):  # type: ignore[type-arg]
    show_organization = False

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.organization}" if self.show_organization else str(obj.name)


def find(request: HttpRequest, pk: int) -> RejectedConnection:
    queryset = RejectedConnection.objects.select_related(
        "organization", "station__site", "station__organization", "station__connection__gateway", "handled_by"
    )
    return visible(queryset, request, pk)


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    refusal = find(request, pk)
    return _show(request, refusal, AdoptForm(user_of(request)))


@staff_only
@require_safe
def part(request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
    if part not in PARTS:
        raise Http404
    return render(request, f"console/refusal/{part}.html", PARTS[part](request, find(request, pk)))


@staff_only
@require_POST
def adopt(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Make a station of it; its password is on the answer, and nowhere else."""
    refusal, user = find(request, pk), user_of(request)
    form = AdoptForm(user, request.POST)
    if not form.is_valid():
        require(request, ADD, refusal)
        return _show(request, refusal, form)
    chosen = form.cleaned_data
    require(request, ADD, chosen["organization"])
    try:
        adoption = services.adopt_station(
            refusal=refusal,
            organization=chosen["organization"],
            site=chosen["site"],
            name=chosen["name"],
            ocpp_version=offered_version(refusal),
            by=user,
        )
    except StationError as problem:
        form.add_error(None, str(problem))
        return _show(request, refusal, form)
    return _show_secret(request, adoption.station, adoption.secret, "The charger is adopted")


@staff_only
@require_POST
def new_password(request: HttpRequest, pk: int) -> HttpResponseBase:
    """For a station that is known and sends the wrong password, or none."""
    refusal = find(request, pk)
    if refusal.station is None:
        raise Http404
    require(request, CHANGE, refusal.station)
    secret = services.set_station_password(station=refusal.station, by=user_of(request))
    return _show_secret(request, refusal.station, secret, "A new password is set")


@staff_only
@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponseBase:
    refusal = find(request, pk)
    require(request, HANDLE, refusal)
    services.dismiss_refusal(refusal=refusal, by=user_of(request))
    return redirect("admin:stations_rejectedconnection_changelist")


@staff_only
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponseBase:
    refusal = find(request, pk)
    require(request, HANDLE, refusal)
    services.reopen_refusal(refusal=refusal, by=user_of(request))
    return redirect("console:refusal", pk=pk)


def _show(request: HttpRequest, refusal: RejectedConnection, form: AdoptForm) -> HttpResponseBase:
    user = user_of(request)
    topic = f"organization:{refusal.organization_id}" if refusal.organization_id else ""
    context = page_context(
        request,
        RejectedConnection,
        title=f"Refused: {refusal.identity or 'nobody'}",
        original=refusal,
        form=form,
        live_topic=topic,
        live_token=sign(user.pk, [topic]) if topic else "",
    )
    for read in PARTS.values():
        context |= read(request, refusal)
    return render(request, "console/refusal.html", context)


def _show_secret(request: HttpRequest, station: ChargingStation, secret: str, title: str) -> HttpResponseBase:
    context = page_context(request, ChargingStation, title=title, station=station, secret=secret)
    return render(request, "console/credentials.html", {**context, "address": charger_url(request)})


def facts(request: HttpRequest, refusal: RejectedConnection) -> dict[str, Any]:
    return {
        "refusal": refusal,
        "zone": refusal.organization.time_zone if refusal.organization else "UTC",
        "every": rhythm(refusal.tries_at),
        "version": offered_version(refusal),
        "headers": sorted(refusal.headers.items()),
    }


def actions(request: HttpRequest, refusal: RejectedConnection) -> dict[str, Any]:
    user, station = user_of(request), refusal.station
    may_change = station is not None and user.has_perm(CHANGE, station)
    return {
        "refusal": refusal,
        "station": station,
        "is_adoptable": not services.why_not_adoptable(refusal) and refusal.handling != RefusalHandling.ADOPTED,
        "obstacle": services.why_not_adoptable(refusal) if refusal.cause == RefusalCause.UNKNOWN_IDENTITY else "",
        "may_adopt": user.has_perm(ADD),
        "may_set_password": may_change and refusal.cause in WRONG_SECRETS,
        "may_change": may_change,
        "may_handle": user.has_perm(HANDLE, refusal),
    }


def trail(request: HttpRequest, refusal: RejectedConnection) -> dict[str, Any]:
    """What else was heard of this charger: other causes, other addresses, connections that came to be."""
    others = RejectedConnection.objects.visible_to(user_of(request)).filter(identity__iexact=refusal.identity)
    connections = StationConnection.objects.none()
    if refusal.station is not None:
        connections = StationConnection.objects.filter(station=refusal.station)
    return {
        "refusal": refusal,
        "zone": refusal.organization.time_zone if refusal.organization else "UTC",
        "tries": refusal.tries_at[:10],
        "others": others.exclude(pk=refusal.pk)[:5] if refusal.identity else [],
        "connections": connections[:5],
    }


PARTS: dict[str, Callable[[HttpRequest, RejectedConnection], dict[str, Any]]] = {
    "facts": facts,
    "actions": actions,
    "trail": trail,
}


def offered_version(refusal: RejectedConnection) -> OcppVersion | None:
    """The first version it offered that we speak."""
    offered = (SUBPROTOCOLS.get(word.strip().lower()) for word in refusal.subprotocols.split(","))
    return next((version for version in offered if version is not None), None)


def rhythm(tries_at: list[datetime]) -> str:
    """How often it tries, from the newest tries; empty when there are too few."""
    if len(tries_at) < 3:
        return ""
    gaps = sorted(later - earlier for later, earlier in pairwise(tries_at))
    usual = gaps[len(gaps) // 2]
    return f"about every {span(usual)}" if usual >= timedelta(seconds=1) else "several times a second"
