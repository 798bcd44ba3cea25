"""The first page: the network now. Simple, true, live; every number leads to the rows behind it."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.console.tenants import user_of
from accounts.models import Organization
from csms.console import figures
from csms.console.access import staff_only
from csms.console.figures import Scope
from csms.console.happenings import latest_events
from live.topics import sign
from stations.states import FAILED_COMMAND_STATUSES

MOST_TOPICS = 100


def context_of(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Named in settings.UNFOLD."""
    organizations = list(Organization.objects.visible_to(user_of(request)).order_by("name"))
    chosen = chosen_of(request, organizations)
    topics = [f"organization:{organization.pk}" for organization in (chosen or organizations)[:MOST_TOPICS]]
    more = {
        "title": "Network now",
        "live_token": sign(user_of(request).pk, topics),
        "live_topics": " ".join(topics),
        "organizations": organizations if len(organizations) > 1 else [],
        "chosen": chosen[0] if chosen else None,
    }
    return context | more | network_now(scope_of(chosen or organizations), chosen)


@staff_only
@require_safe
def part(request: HttpRequest) -> HttpResponseBase:
    organizations = list(Organization.objects.visible_to(user_of(request)).order_by("name"))
    chosen = chosen_of(request, organizations)
    return render(request, "console/dashboard/network.html", network_now(scope_of(chosen or organizations), chosen))


@staff_only
@require_safe
def load(request: HttpRequest) -> HttpResponseBase:
    """What the load chart draws."""
    organizations = list(Organization.objects.visible_to(user_of(request)).order_by("name"))
    scope = scope_of(chosen_of(request, organizations) or organizations)
    return JsonResponse(figures.load_of(scope).as_json(scope.time_zone, figures.power(scope)["limit_w"]))


@staff_only
@require_safe
def load_table(request: HttpRequest) -> HttpResponseBase:
    """The same by hours, for whoever reads better than they see."""
    organizations = list(Organization.objects.visible_to(user_of(request)).order_by("name"))
    scope = scope_of(chosen_of(request, organizations) or organizations)
    context = {"rows": figures.load_of(scope).hours(), "zone": scope.time_zone}
    return render(request, "console/dashboard/load_table.html", context)


def chosen_of(request: HttpRequest, organizations: list[Organization]) -> list[Organization]:
    """The one that was asked for, if the user sees it; else none, which means all."""
    wanted = request.GET.get("organization", "")
    return [organization for organization in organizations if str(organization.pk) == wanted]


def scope_of(organizations: list[Organization]) -> Scope:
    zones = {organization.time_zone for organization in organizations}
    return Scope(
        organizations=tuple(organization.pk for organization in organizations),
        time_zone=zones.pop() if len(zones) == 1 else "UTC",
    )


def network_now(scope: Scope, chosen: list[Organization]) -> dict[str, Any]:
    shares = figures.evse_shares(scope)
    return {
        "zone": scope.time_zone,
        "query": f"?organization={chosen[0].pk}" if chosen else "",
        "links": links(scope, chosen),
        "stations": figures.stations(scope),
        "power": figures.power(scope),
        "today": figures.today(scope),
        "queues": figures.queues(scope),
        "shares": shares,
        "evse_count": sum(share.evses for share in shares),
        "running": figures.running(scope),
        "worst": figures.worst_stations(scope),
        "events": latest_events(scope),
    }


def links(scope: Scope, chosen: list[Organization]) -> dict[str, str]:
    """The lists behind the numbers, with the filter that makes the number."""
    own = {"organization__id__exact": chosen[0].pk} if chosen else {}
    of_station = {"station__organization__id__exact": chosen[0].pk} if chosen else {}
    since = (timezone.now() - figures.DAY).strftime("%Y-%m-%d %H:%M:%S%z")
    failed = {"status__in": ",".join(sorted(FAILED_COMMAND_STATUSES)), "requested_at__gte": since}
    return {
        "stations": _list("stations_chargingstation", own),
        "online": _list("stations_chargingstation", own | {"connection": "online"}),
        "sites": _list("stations_site", own),
        "running": _list("charging_session", own | {"progress": "running"}),
        "today": _list("charging_session", own | {"started_at__gte": scope.midnight.isoformat()}),
        "anomalies": _list("charging_sessionanomaly", own),
        "refusals": _list("stations_rejectedconnection", own),
        "failed": _list("stations_command", of_station | failed),
    }


def _list(name: str, query: dict[str, Any]) -> str:
    address = reverse(f"admin:{name}_changelist")
    return f"{address}?{urlencode(query)}" if query else address
