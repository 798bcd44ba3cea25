"""The first page: the network now. Simple, true, live; every number leads to the rows behind it."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Count, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.console.quantities import zone
from accounts.console.tenants import user_of
from accounts.models import Organization, User
from charging.models import Session, SessionAnomaly
from charging.states import AnomalyStatus
from csms.console.access import staff_only
from live.topics import sign
from stations.looks import OFFLINE
from stations.models import ChargingStation, Connector, Evse, RejectedConnection
from stations.presence import URGENCY

FRESH = timedelta(minutes=15)
MOST_TOPICS = 100


class Share(NamedTuple):
    state: str
    evses: int


def context_of(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Named in settings.UNFOLD."""
    organizations = list(Organization.objects.visible_to(user_of(request)).values_list("pk", flat=True)[:MOST_TOPICS])
    topics = [f"organization:{organization}" for organization in organizations]
    more = {"title": "Network now", "live_token": sign(user_of(request).pk, topics), "live_topics": " ".join(topics)}
    return context | more | network_now(request)


@staff_only
def part(request: HttpRequest) -> HttpResponseBase:
    return render(request, "console/dashboard/network.html", network_now(request))


def network_now(request: HttpRequest) -> dict[str, Any]:
    user = user_of(request)
    organizations = list(Organization.objects.visible_to(user).order_by("pk")[:2])
    time_zone = organizations[0].time_zone if len(organizations) == 1 else "UTC"
    today = midnight(time_zone)
    shares = evse_shares(user)
    return {
        "zone": time_zone,
        "stations": _stations(user),
        "sessions": _sessions(user, today),
        "shares": shares,
        "evse_count": sum(share.evses for share in shares),
        "anomaly_count": SessionAnomaly.objects.visible_to(user).filter(status=AnomalyStatus.OPEN).count(),
        "refusal_count": _recent_refusals(user).count(),
        "running": _running(user),
        "anomalies": SessionAnomaly.objects.visible_to(user)
        .filter(status=AnomalyStatus.OPEN)
        .select_related("station__site", "station__organization")[:5],
        "refusals": _recent_refusals(user).select_related("organization")[:5],
        "running_url": reverse("admin:charging_session_changelist") + "?progress=running",
    }


def midnight(time_zone: str) -> datetime:
    return timezone.now().astimezone(zone(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def _stations(user: User) -> dict[str, int]:
    alive = Q(connection__isnull=False, connection__gateway__lease_until__gt=timezone.now())
    return ChargingStation.objects.visible_to(user).aggregate(
        all=Count("pk"),
        online=Count("pk", filter=alive),
        disabled=Count("pk", filter=Q(is_enabled=False)),
    )


def _sessions(user: User, today: datetime) -> dict[str, Any]:
    """Power counts only while it is fresh: a charger that fell silent does not charge for ever."""
    visible = Session.objects.visible_to(user)
    running = visible.ongoing().aggregate(
        count=Count("pk"), power_w=Sum("power_w", filter=Q(last_reading_at__gt=timezone.now() - FRESH))
    )
    return {
        "running": running["count"],
        "power_w": running["power_w"] or 0,
        **visible.filter(started_at__gte=today).aggregate(today=Count("pk"), energy_wh=Sum("energy_wh")),
    }


def evse_shares(user: User) -> list[Share]:
    """EVSEs by state, in one query: of several connectors the most urgent counts, and offline hides all."""
    ranks = [When(status=status, then=rank) for rank, status in enumerate(URGENCY)]
    most_urgent = (
        Connector.objects.filter(evse=OuterRef("pk"))
        .order_by()
        .values("evse")
        .annotate(rank=Min(Case(*ranks, default=len(URGENCY) - 1, output_field=IntegerField())))
        .values("rank")
    )
    online = Q(station__connection__isnull=False, station__connection__gateway__lease_until__gt=timezone.now())
    rows = (
        Evse.objects.visible_to(user)
        .order_by()
        .annotate(rank=Case(When(online, then=Subquery(most_urgent)), default=-1, output_field=IntegerField()))
        .values("rank")
        .annotate(count=Count("pk"))
    )
    counts: dict[str, int] = {}
    for row in rows:
        rank = len(URGENCY) - 1 if row["rank"] is None else row["rank"]
        state = OFFLINE if rank == -1 else str(URGENCY[rank])
        counts[state] = counts.get(state, 0) + row["count"]
    order = [*map(str, URGENCY), OFFLINE]
    return [Share(state, counts[state]) for state in order if state in counts]


def _running(user: User) -> QuerySet[Session]:
    return (
        Session.objects.visible_to(user)
        .ongoing()
        .select_related("station__site", "station__organization", "driver", "token")
        .order_by("-started_at")[:8]
    )


def _recent_refusals(user: User) -> QuerySet[RejectedConnection]:
    return RejectedConnection.objects.visible_to(user).filter(last_at__gt=timezone.now() - timedelta(days=1))
