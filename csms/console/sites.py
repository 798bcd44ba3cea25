"""Sites on a map and each on its page, with what happens there now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Prefetch, Q, QuerySet, Sum, When
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from accounts.console.looks import look_of
from accounts.console.quantities import zone
from accounts.console.tenants import permission, user_of
from accounts.models import User
from charging.models import Session
from charging.services.load import FRESH
from csms.console import figures
from csms.console.access import page_context, staff_only, visible
from csms.console.figures import Scope
from live.topics import sign
from stations.looks import OFFLINE
from stations.models import ChargingStation, Connector, Evse, Site
from stations.models.opening import Weekday, hours, is_open
from stations.presence import evse_status, presence
from stations.states import ConnectorStatus

MOST_SITES = 2000
# Beside the map; of more, those that need somebody. The map shows all of them.
MOST_LISTED = 100
URGENT = ("faulted", OFFLINE, "partly")
MOST_STATIONS = 200


@dataclass(frozen=True)
class Place:
    """A site and what happens there now. Counts are EVSEs."""

    site: Site
    evse_count: int = 0
    offline: int = 0
    faulted: int = 0
    charging: int = 0
    power_w: float = 0.0

    @property
    def state(self) -> str:
        """A state of the vocabulary "site": what needs somebody comes first."""
        if not self.evse_count:
            return "empty"
        if self.faulted:
            return "faulted"
        if self.offline:
            return OFFLINE if self.offline == self.evse_count else "partly"
        return "charging" if self.charging else "available"

    @property
    def has_coordinates(self) -> bool:
        return self.site.latitude is not None and self.site.longitude is not None

    @property
    def percent(self) -> int | None:
        limit_w = self.site.grid_limit_w
        return min(round(100 * self.power_w / limit_w), 100) if limit_w else None

    def as_json(self) -> dict[str, Any]:
        look = look_of("site", self.state)
        site = self.site
        return {
            "name": site.name,
            "town": ", ".join(filter(None, (site.city, site.country))),
            "at": [float(site.latitude or 0), float(site.longitude or 0)],
            "state": self.state,
            "word": look.word,
            "icon": look.icon,
            "tone": look.tone,
            "evses": self.evse_count,
            "charging": self.charging,
            "faulted": self.faulted,
            "offline": self.offline,
            "power_kw": round(self.power_w / 1000, 1),
            "url": reverse("console:site", args=[site.pk]),
        }


def places(sites: QuerySet[Site]) -> list[Place]:
    """Three queries, however many sites."""
    found = list(sites[:MOST_SITES])
    here = {"station__site__in": [site.pk for site in found]}
    is_online = Case(When(station__connection__in=figures.alive_connections(), then=True), default=False)
    counted = (
        Evse.objects.filter(**here)
        .order_by()
        .annotate(is_online=is_online)
        .values("station__site_id", "is_online")
        .annotate(
            evses=Count("pk"),
            faulted=Count("pk", filter=_with_connector(ConnectorStatus.FAULTED)),
            charging=Count("pk", filter=_with_connector(ConnectorStatus.CHARGING)),
        )
    )
    powers = dict(
        Session.objects.ongoing()
        .filter(last_reading_at__gt=timezone.now() - FRESH, **here)
        .order_by()
        .values_list("station__site_id")
        .annotate(power_w=Sum("power_w"))
    )
    numbers: dict[tuple[int, bool], Any] = {(row["station__site_id"], row["is_online"]): row for row in counted}
    return [
        _place(site, numbers.get((site.pk, True)), numbers.get((site.pk, False)), powers.get(site.pk) or 0.0)
        for site in found
    ]


def _with_connector(status: ConnectorStatus) -> Q:
    """A set of EVSEs, not a join: one with two connectors would have to be counted as a distinct one."""
    return Q(pk__in=Connector.objects.filter(status=status).order_by().values("evse"))


def _place(site: Site, online: dict[str, int] | None, offline: dict[str, int] | None, power_w: float) -> Place:
    here = online or {"evses": 0, "faulted": 0, "charging": 0}
    away = offline["evses"] if offline else 0
    return Place(
        site,
        evse_count=here["evses"] + away,
        offline=away,
        faulted=here["faulted"],
        charging=here["charging"],
        power_w=power_w,
    )


@staff_only
def map_page(request: HttpRequest) -> HttpResponseBase:
    user = user_of(request)
    require_to_see(user)
    topics = [f"organization:{pk}" for pk in Site.objects.visible_to(user).values_list("organization", flat=True)]
    topics = sorted(set(topics))[:100]
    more = {"live_topics": " ".join(topics), "live_token": sign(user.pk, topics), "map": map_options()}
    context = page_context(request, Site, title="Map of sites", **more, **listed(user))
    return render(request, "console/map.html", context)


@staff_only
def map_part(request: HttpRequest) -> HttpResponseBase:
    require_to_see(user_of(request))
    return render(request, "console/map/sites.html", listed(user_of(request)))


def require_to_see(user: User) -> None:
    if not user.has_perm(permission(Site, "view")):
        raise Http404


def listed(user: User) -> dict[str, Any]:
    found = places(Site.objects.visible_to(user).order_by("name"))
    placed = [
        place.as_json() for place in found if place.site.latitude is not None and place.site.longitude is not None
    ]
    listed_first = sorted(found, key=lambda place: place.state not in URGENT) if len(found) > MOST_LISTED else found
    return {
        "places": listed_first[:MOST_LISTED],
        "left_out_count": max(len(found) - MOST_LISTED, 0),
        "placed": placed,
        "unplaced_count": len(found) - len(placed),
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
def part(request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
    if part not in PARTS:
        raise Http404
    site = find(request, pk)
    return render(request, f"console/site/{part}.html", PARTS[part](request, site))


@staff_only
def load(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the load chart draws."""
    site = find(request, pk)
    return JsonResponse(figures.load_of(_scope(site), site).as_json(site.time_zone, site.grid_limit_w))


@staff_only
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
        "placed": [place.as_json()] if place.has_coordinates else [],
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
