"""The page of an anomaly: evidence, proposal, decision."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.console.tenants import user_of
from charging import services as charging
from charging.errors import ChargingError
from charging.models import SessionAnomaly
from charging.states import AnomalyStatus
from csms.console.access import page_context, require, staff_only, visible
from csms.console.frames import fields_of

RESOLVE = "charging.resolve_sessionanomaly"
DECISIONS: dict[str, tuple[Callable[..., Any], str]] = {
    "accept": (charging.accept_anomaly, "The repair is accepted."),
    "dismiss": (charging.dismiss_anomaly, "The anomaly is dismissed."),
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Why? For whoever reads this next year."}),
    )


def find(request: HttpRequest, pk: int) -> SessionAnomaly:
    queryset = SessionAnomaly.objects.select_related(
        "station__site", "station__organization", "session__driver", "session__token", "closed_by", "organization"
    )
    return visible(queryset, request, pk)


@staff_only
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _show(request, find(request, pk), ReasonForm())


@staff_only
@require_POST
def decide(request: HttpRequest, pk: int, decision: str) -> HttpResponseBase:
    anomaly = find(request, pk)
    if decision not in DECISIONS:
        raise Http404
    require(request, RESOLVE, anomaly)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, anomaly, form)
    close, done = DECISIONS[decision]
    try:
        close(anomaly=anomaly, by=user_of(request), reason=form.cleaned_data["reason"])
    except ChargingError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("console:anomaly", pk=anomaly.pk)


def _show(request: HttpRequest, anomaly: SessionAnomaly, form: ReasonForm) -> HttpResponseBase:
    context = page_context(
        request,
        SessionAnomaly,
        title=anomaly.get_kind_display(),
        original=anomaly,
        anomaly=anomaly,
        zone=anomaly.station.time_zone,
        evidence=fields_of(anomaly.evidence),
        form=form,
        may_resolve=anomaly.status == AnomalyStatus.OPEN and user_of(request).has_perm(RESOLVE, anomaly),
    )
    return render(request, "console/anomaly.html", context)
