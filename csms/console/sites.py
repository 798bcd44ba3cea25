"""Sites on a map and each on its page, with what happens there now."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.console.quantities import zone
from accounts.console.tenants import permission, user_of
from accounts.models import User
from charging.models import Session
from csms.console import figures
from csms.console.access import page_context, staff_only, visible
from csms.console.figures import Scope
from csms.console.places import as_json, places
from live.topics import sign
from stations.looks import OFFLINE
from stations.models import ChargingStation, Evse, Site
from stations.models.opening import Weekday, hours, is_open
from stations.presence import evse_status, presence

# Beside the map; of more, those that need somebody. The map shows all of them.
MOST_LISTED = 100
URGENT = ("faulted", OFFLINE, "partly")
MOST_STATIONS = 200


@staff_only
@require_safe
def map_page(request: HttpRequest) -> HttpResponseBase:
    user = user_of(request)
    require_to_see(user)
    organizations = Site.objects.visible_to(user).order_by("organization").values_list("organization", flat=True)
    topics = [f"organization:{pk}" for pk in organizations.distinct()[:100]]
    more = {"live_topics": " ".join(topics), "live_token": sign(user.pk, topics), "map": map_options()}
    context = page_context(request, Site, title="Map of sites", **more, **listed(user))
    return render(request, "console/map.html", context)


@staff_only
@require_safe
def map_part(request: HttpRequest) -> HttpResponseBase:
    require_to_see(user_of(request))
    return render(request, "console/map/sites.html", listed(user_of(request)))


def require_to_see(user: User) -> None:
    if not user.has_perm(permission(Site, "view")):
        raise Http404


def listed(user: User) -> dict[str, Any]:
    found = places(Site.objects.visible_to(user).order_by("name"))
    placed = as_json(found)
    listed_first = sorted(found, key=lambda place: place.state not in URGENT) if len(found) > MOST_LISTED else found
    return {
        "places": listed_first[:MOST_LISTED],
        "left_out_count": max(len(found) - MOST_LISTED, 0),
        "placed": placed,
        "unplaced_count": len(found) - len(placed["sites"]),
    }


def map_options() -> dict[str, str]:
    return {
        "tiles": settings.MAP_TILE_URL,
        "attribution": settings.MAP_ATTRIBUTION,
        "outline": static("vendor/world-atlas/countries.json"),
        "icons": static("csms/icons.svg"),
    }


def find(request: HttpRequest, pk: int) -> Site:
    return visible(Site.objects.select_related("organization"), request, pk)


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    site = find(request, pk)
    topics = [f"organization:{site.organization_id}"]
    context = page_context(
        request,
        Site,
        title=site.name,
        original=site,
        live_topic=topics[0],
        live_token=sign(user_of(request).pk, topics),
        map=map_options(),
        may_change=user_of(request).has_perm(permission(Site, "change"), site),
    )
    for read in PARTS.values():
        context |= read(request, site)
    return render(request, "console/site.html", context)


@staff_only
@require_safe
def part(request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
    if part not in PARTS:
        raise Http404
    site = find(request, pk)
    return render(request, f"console/site/{part}.html", PARTS[part](request, site))


@staff_only
@require_safe
def load(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the load chart draws."""
    site = find(request, pk)
    return JsonResponse(figures.load_of(_scope(site), site).as_json(site.time_zone, site.grid_limit_w))


@staff_only
@require_safe
def load_table(request: HttpRequest, pk: int) -> HttpResponseBase:
    site = find(request, pk)
    context = {"rows": figures.load_of(_scope(site), site).hours(), "zone": site.time_zone}
    return render(request, "console/dashboard/load_table.html", context)


def _scope(site: Site) -> Scope:
    return Scope((site.organization_id,), site.time_zone)


def now(request: HttpRequest, site: Site) -> dict[str, Any]:
    """What happens at the site, and whether it is open."""
    place = places(Site.objects.filter(pk=site.pk))[0]
    periods, exceptions = list(site.opening_periods.all()), list(site.opening_exceptions.all())
    here = timezone.now().astimezone(zone(site.time_zone))
    by_day = [
        (day.label, [hours(period.opens_at, period.closes_at) for period in periods if period.weekday == day])
        for day in Weekday
    ]
    return {
        "site": site,
        "place": place,
        "placed": as_json([place]),
        "has_coordinates": place.has_coordinates,
        "is_open": is_open(here, periods, exceptions),
        "opening": by_day if periods else [],
        "exceptions": [exception for exception in exceptions if exception.on >= here.date()][:5],
    }


def stations(request: HttpRequest, site: Site) -> dict[str, Any]:
    evses = Evse.objects.prefetch_related("connectors")
    rows = ChargingStation.objects.filter(site=site).select_related("connection__gateway", "organization", "site")
    rows = rows.prefetch_related(Prefetch("evses", queryset=evses))[:MOST_STATIONS]
    shown = [
        {
            "station": station,
            "presence": presence(station),
            "evses": [(evse, evse_status(evse, is_online=station.is_online)) for evse in station.evses.all()],
        }
        for station in rows
    ]
    return {"site": site, "stations": shown, "zone": site.time_zone}


def sessions(request: HttpRequest, site: Site) -> dict[str, Any]:
    rows = Session.objects.ongoing().filter(station__site=site).select_related("station", "driver", "token")
    return {"site": site, "sessions": rows.order_by("-started_at")[:20], "zone": site.time_zone}


PARTS: dict[str, Callable[[HttpRequest, Site], dict[str, Any]]] = {
    "now": now,
    "stations": stations,
    "sessions": sessions,
}
