"""The page of an anomaly: evidence, proposal, decision."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.console.quantities import zone
from accounts.console.tenants import user_of
from charging import services as charging
from charging.errors import ChargingError
from charging.models import SessionAnomaly
from charging.states import AnomalyStatus
from csms.console.access import page_context, require, staff_only, visible
from csms.console.evidence import evidence_of
from csms.console.frames import exchanges_around
from csms.console.tokens import TokenField

RESOLVE = "charging.resolve_sessionanomaly"
DECISIONS: dict[str, tuple[Callable[..., Any], str]] = {
    "accept": (charging.accept_anomaly, "The repair is accepted."),
    "dismiss": (charging.dismiss_anomaly, "The anomaly is dismissed."),
}


class LocalTimeInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """The browser's own picker."""

    input_type = "datetime-local"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Why? For whoever reads this next year."}),
    )


class CorrectionForm(forms.Form):
    """Only what is entered is changed. Times are in the station's time zone."""

    energy_kwh = forms.DecimalField(
        label="Energy (kWh)",
        required=False,
        min_value=0,
        max_value=2000,
        decimal_places=3,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )
    started_at = forms.DateTimeField(label="Start", required=False, widget=LocalTimeInput)
    ended_at = forms.DateTimeField(label="End", required=False, widget=LocalTimeInput)
    correction_reason = forms.CharField(label="Why", max_length=300, widget=UnfoldAdminTextInputWidget)

    def __init__(self, anomaly: SessionAnomaly, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_zone = zone(anomaly.station.time_zone)
        self.fields["token"] = TokenField(anomaly.organization_id, usable=False, required=False)
        self.order_fields(["energy_kwh", "started_at", "ended_at", "token", "correction_reason"])

    def correction(self) -> charging.Correction:
        chosen = self.cleaned_data
        energy_kwh = chosen["energy_kwh"]
        return charging.Correction(
            energy_wh=None if energy_kwh is None else int(energy_kwh * 1000),
            started_at=self._at(chosen["started_at"]),
            ended_at=self._at(chosen["ended_at"]),
            token=chosen["token"],
        )

    def _at(self, entered: datetime | None) -> datetime | None:
        """Django took it for a time of the server's zone."""
        return entered.replace(tzinfo=self.time_zone) if entered else None


def find(request: HttpRequest, pk: int) -> SessionAnomaly:
    queryset = SessionAnomaly.objects.select_related(
        "station__site", "station__organization", "session__driver", "session__token", "closed_by", "organization"
    )
    return visible(queryset, request, pk)


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _show(request, find(request, pk), ReasonForm())


@staff_only
@require_POST
def correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    anomaly = find(request, pk)
    require(request, RESOLVE, anomaly)
    form = CorrectionForm(anomaly, request.POST)
    if form.is_valid():
        reason = form.cleaned_data["correction_reason"]
        try:
            charging.correct_anomaly(anomaly=anomaly, correction=form.correction(), by=user_of(request), reason=reason)
        except ChargingError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The session is corrected.")
            return redirect("console:anomaly", pk=anomaly.pk)
    return _show(request, anomaly, ReasonForm(), form)


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


def _show(
    request: HttpRequest, anomaly: SessionAnomaly, form: ReasonForm, correction: CorrectionForm | None = None
) -> HttpResponseBase:
    context = page_context(
        request,
        SessionAnomaly,
        title=anomaly.get_kind_display(),
        original=anomaly,
        anomaly=anomaly,
        zone=anomaly.station.time_zone,
        evidence=evidence_of(anomaly.evidence, anomaly.station.time_zone),
        form=form,
        correction=correction or (CorrectionForm(anomaly) if anomaly.session else None),
        exchanges=exchanges_around(anomaly),
        may_resolve=anomaly.status == AnomalyStatus.OPEN and user_of(request).has_perm(RESOLVE, anomaly),
    )
    return render(request, "console/anomaly.html", context)
