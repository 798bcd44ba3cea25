"""Sites and what happens there now, for the map: one row of plain values a site, because there may be thousands."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone

from accounts.console.looks import VOCABULARY
from charging.models import Session
from charging.services.load import FRESH
from csms.console.figures import is_online
from stations.looks import OFFLINE
from stations.models import Connector, Evse, Site
from stations.states import ConnectorStatus

MOST_SITES = 5000


class Place(NamedTuple):
    """A site and what happens there now. Counts are EVSEs."""

    pk: int
    name: str
    city: str
    country: str
    latitude: Decimal | None
    longitude: Decimal | None
    grid_limit_w: int | None
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
    def town(self) -> str:
        return ", ".join(filter(None, (self.city, self.country)))

    @property
    def has_coordinates(self) -> bool:
        return self.latitude is not None and self.longitude is not None

    @property
    def percent(self) -> int | None:
        return min(round(100 * self.power_w / self.grid_limit_w), 100) if self.grid_limit_w else None


def places(sites: QuerySet[Site]) -> list[Place]:
    """Three queries, however many sites."""
    here = {"station__site__in": sites.order_by().values("pk")}
    counted = (
        Evse.objects.filter(**here)
        .order_by()
        .annotate(is_online=is_online("station__connection"))
        .values("station__site_id", "is_online")
        .annotate(
            evses=Count("pk"),
            faulted=Count("pk", filter=_with_connector(ConnectorStatus.FAULTED)),
            charging=Count("pk", filter=_with_connector(ConnectorStatus.CHARGING)),
        )
    )
    numbers: dict[tuple[int | None, bool], tuple[int, int, int]] = {
        (site_id, online): (evses, faulted, charging)
        for site_id, online, evses, faulted, charging in counted.values_list(
            "station__site_id", "is_online", "evses", "faulted", "charging"
        )
    }
    powers = dict(
        Session.objects.ongoing()
        .filter(last_reading_at__gt=timezone.now() - FRESH, **here)
        .order_by()
        .values_list("station__site_id")
        .annotate(power_w=Sum("power_w"))
    )
    nobody = (0, 0, 0)
    found = []
    for row in sites.values_list(*Place._fields[:7])[:MOST_SITES]:
        online, faulted, charging = numbers.get((row[0], True), nobody)
        away = numbers.get((row[0], False), nobody)[0]
        found.append(
            Place(*row)._replace(
                evse_count=online + away,
                offline=away,
                faulted=faulted,
                charging=charging,
                power_w=powers.get(row[0]) or 0.0,
            )
        )
    return found


def _with_connector(status: ConnectorStatus) -> Q:
    """A set of EVSEs, not a join: one with two connectors would have to be counted as a distinct one."""
    return Q(pk__in=Connector.objects.filter(status=status).order_by().values("evse"))


def as_json(found: Iterable[Place]) -> dict[str, Any]:
    """What csms/static/csms/map.js draws. Words, icons and colours are said once, of each site only its values."""
    placed = [
        (
            *(place.pk, place.name, place.town, float(place.latitude or 0), float(place.longitude or 0), place.state),
            *(place.evse_count, place.charging, place.faulted, place.offline, round(place.power_w / 1000, 1)),
        )
        for place in found
        if place.has_coordinates
    ]
    return {
        "page": reverse("console:site", args=[0]),
        "looks": {state: [look.word, look.icon, look.tone] for state, look in VOCABULARY["site"].items()},
        "sites": placed,
    }
