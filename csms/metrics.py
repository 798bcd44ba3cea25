"""``/metrics`` of a web process: the whole installation as its database tells it. A gateway tells of itself."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from accounts.models import Organization
from api.models import WebhookDelivery
from api.models.webhooks import DeliveryStatus
from charging.models import Session, SessionAnomaly
from charging.states import AnomalyStatus
from jobs.models import Job
from live.metrics import may_read_metrics
from stations.models import ChargingStation, Command, GatewayProcess, StationConnection
from stations.states import CommandStatus


class _InstallationCollector:
    """Each figure is one query; none reads a whole table that grows with time."""

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        alive = GatewayProcess.objects.filter(lease_until__gt=now)
        connected = StationConnection.objects.filter(closed_at=None, gateway__lease_until__gt=now)
        yield _gauge("gateways", "Gateways whose lease runs", alive.count())
        yield _gauge("stations", "Charging stations", ChargingStation.objects.count())
        yield _gauge("stations_connected", "Charging stations with a socket", connected.count())
        yield _gauge("sessions_running", "Charging sessions under way", Session.objects.filter(ended_at=None).count())
        organizations = list(Organization.objects.values_list("pk", flat=True))  # the index begins with them
        anomalies = SessionAnomaly.objects.filter(organization__in=organizations, status=AnomalyStatus.OPEN)
        yield _gauge("anomalies_open", "Anomalies to be reviewed", anomalies.count())
        # Each half has an index of its own.
        commands = Command.objects.filter(Q(status=CommandStatus.QUEUED) | Q(status=CommandStatus.SENT))
        yield from _waiting("commands", "requested_at", commands, now)
        yield from _waiting("jobs", "requested_at", Job.objects.open(), now)
        deliveries = WebhookDelivery.objects.filter(status=DeliveryStatus.WAITING)
        yield from _waiting("webhook_deliveries", "event__at", deliveries, now)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"csms_{name}", says, value=value)


def _waiting(name: str, since: str, rows: QuerySet[Any], now: datetime) -> Iterator[Metric]:
    found = rows.order_by().aggregate(count=Count("pk"), oldest=Min(since))
    age_s = (now - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    words = name.replace("_", " ").capitalize()
    yield _gauge(f"{name}_open", f"{words} that are not through", found["count"])
    yield _gauge(f"{name}_oldest_seconds", f"{words}: for how long the oldest has waited", max(0.0, age_s))


def page(request: HttpRequest) -> HttpResponse:
    allowed = may_read_metrics(
        authorization=request.headers.get("authorization", ""),
        peer=request.META.get("REMOTE_ADDR"),
        is_forwarded="x-forwarded-for" in request.headers,
    )
    if not allowed:
        text = "Present METRICS_TOKEN as a bearer token, or ask from this machine where none is set.\n"
        return HttpResponseForbidden(text, content_type="text/plain; charset=utf-8")
    registry = CollectorRegistry()
    registry.register(_InstallationCollector())
    ProcessCollector(registry=registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
