"""The enrolment key of an organization: made here, shown once."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.console.tenants import permission, user_of
from csms.console.access import page_context, require, staff_only, visible
from csms.console.addresses import charger_url
from stations.models import EnrolmentPolicy
from stations.services import remove_enrolment_key, set_enrolment_key


@staff_only
def key(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET explains it; POST makes a new one, or takes it away."""
    policy = visible(EnrolmentPolicy.objects.select_related("organization"), request, pk)
    require(request, permission(EnrolmentPolicy, "change"), policy)
    context = page_context(request, EnrolmentPolicy, title="Enrolment key", original=policy, policy=policy)
    context["address"] = charger_url(request)
    if request.method == "POST" and "remove" in request.POST:
        remove_enrolment_key(policy=policy, by=user_of(request))
        return redirect("admin:stations_enrolmentpolicy_change", pk)
    if request.method == "POST":
        context["secret"] = set_enrolment_key(policy=policy, by=user_of(request))
    return render(request, "console/enrolment_key.html", context)
