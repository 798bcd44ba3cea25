"""A command for many stations: which, what, and what about those that are away; then its result page."""

import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.console.tenants import user_of
from accounts.models import Organization
from csms.console.access import page_context, staff_only
from csms.console.actionforms import ActionForm
from csms.console.actions import menu
from csms.console.commandforms import CommandForm
from csms.console.commandmenu import FOR_MANY
from csms.console.commands import REFUSALS
from csms.console.rawcalls import parts_url, version_with
from csms.console.selection import Selection
from csms.console.station import COMMAND
from stations import services
from stations.models import ChargingStation, CommandBatch
from stations.states import OcppVersion

WAITS = {
    "": "Leave them out",
    "600": "Wait for them, at most 10 minutes",
    "3600": "Wait for them, at most 1 hour",
    "86400": "Wait for them, at most 1 day",
    "604800": "Wait for them, at most 7 days",
}


class DeliveryForm(forms.Form):
    """What about stations that are offline. The key makes the same form, sent twice, one batch."""

    offline = forms.ChoiceField(
        label="Stations that are offline", choices=list(WAITS.items()), required=False, widget=UnfoldAdminSelectWidget
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def chosen(self) -> dict[str, Any]:
        """As the services take it."""
        waits_s = self.cleaned_data["offline"]
        return {
            "waits_for": timedelta(seconds=int(waits_s)) if waits_s else None,
            "public_id": self.cleaned_data["key"],
        }


@staff_only
@require_safe
def choose(request: HttpRequest) -> HttpResponseBase:
    """What to send: the common commands, or any action of a version among these stations."""
    selection = _selection(request)
    versions = sorted(OcppVersion(version) for version in selection.by_version if version)
    menus = [(version, menu([version])) for version in versions]
    context = selection.summary() | {"forms": FOR_MANY.values(), "menus": menus}
    return _page(request, "console/many/choose.html", "Send a command to many", context)


@staff_only
def form(request: HttpRequest, kind: str) -> HttpResponseBase:
    """A neutral command: each station hears it in the words of its version."""
    if kind not in FOR_MANY:
        raise Http404
    selection, organization = _one_organization(request)
    anybody = ChargingStation(organization=organization, ocpp_version=max(selection.by_version, default=""))
    command_form = FOR_MANY[kind](anybody, request.POST or None)
    delivery = _delivery(request)
    if request.method == "POST" and command_form.is_valid() and delivery.is_valid():
        batch = _ask(request, organization, selection, command_form, delivery)
        if batch is not None:
            return redirect("console:batch", batch.pk)
    context = {"form": command_form, "delivery": delivery, "asks_once": command_form.ends_sessions()}
    return _page(request, "console/many/form.html", command_form.title, selection.summary() | context)


@staff_only
def action(request: HttpRequest, version: str, action: str) -> HttpResponseBase:
    """A raw action, written for one version; it goes to every station whose version takes it as it is written."""
    known = version_with(version, action)
    selection, organization = _one_organization(request)
    zone = organization.time_zone
    action_form = ActionForm(known, action, zone, request.POST if request.method == "POST" else None)
    delivery = _delivery(request)
    if request.method == "POST" and "switch" in request.POST:
        action_form.switch()
    elif request.method == "POST" and action_form.check() and delivery.is_valid():
        batch = _send(request, organization, selection, action_form.request(), delivery)
        if batch is not None:
            return redirect("console:batch", batch.pk)
    context = {
        "form": action_form,
        "delivery": delivery,
        "zone": zone,
        "parts": parts_url(known, action),
        "asks_once": bool(action_form.action.danger),
    }
    return _page(request, "console/many/action.html", action, selection.summary() | context)


def _selection(request: HttpRequest) -> Selection:
    if not user_of(request).has_perm(COMMAND):
        raise PermissionDenied
    return Selection(request)


def _one_organization(request: HttpRequest) -> tuple[Selection, Organization]:
    selection = _selection(request)
    if selection.organization is None:
        raise Http404("Choose stations of one organization first.")
    return selection, selection.organization


def _delivery(request: HttpRequest) -> DeliveryForm:
    return DeliveryForm(request.POST if request.method == "POST" else None, initial={"key": uuid.uuid4()})


def _ask(
    request: HttpRequest,
    organization: Organization,
    selection: Selection,
    command_form: CommandForm,
    delivery: DeliveryForm,
) -> CommandBatch | None:
    """As ``_send``; where each has a record of its own, by the service that asks one alone."""
    if not command_form.asks:
        return _send(request, organization, selection, command_form.request(), delivery)
    by = user_of(request)
    question = services.Question(
        command_form.asks, command_form.told(), partial(command_form.ask, by=by), refusals=REFUSALS
    )
    try:
        return services.ask_each(
            organization=organization, stations=selection.stations, question=question, by=by, **delivery.chosen()
        )
    except services.CannotSendToAll as refusal:
        delivery.add_error(None, str(refusal))
        return None


def _send(
    request: HttpRequest, organization: Organization, selection: Selection, wanted: Any, delivery: DeliveryForm
) -> CommandBatch | None:
    """None when these stations cannot be asked together; the form says why."""
    try:
        return services.send_to_many(
            organization=organization,
            stations=selection.stations,
            wanted=wanted,
            by=user_of(request),
            **delivery.chosen(),
        )
    except services.CannotSendToAll as refusal:
        delivery.add_error(None, str(refusal))
        return None


def _page(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponseBase:
    return render(request, template, page_context(request, CommandBatch, title=title) | context)
