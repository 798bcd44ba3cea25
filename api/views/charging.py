"""Sessions with their readings, and the review queue."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.filters import AnomalyFilter, ReadingFilter, SessionFilter
from api.principals import person_of, principal_of
from api.refusals import Conflict
from api.schema import described
from api.serializers.charging import AnomalySerializer, ReadingSerializer, ReasonSerializer, SessionSerializer
from api.views.base import ReadViews
from charging.models import MeterReading, Session, SessionAnomaly
from charging.services import accept_anomaly, dismiss_anomaly


@described("sessions", "a session")
class SessionViews(ReadViews):
    queryset = Session.objects.select_related("organization", "station")
    serializer_class = SessionSerializer
    filterset_class = SessionFilter
    ordering_fields = ("started_at", "updated_at", "id")
    default_ordering = ("-started_at",)

    @extend_schema(summary="List the readings of a session", responses=ReadingSerializer(many=True))
    @action(
        detail=True,
        serializer_class=ReadingSerializer,
        filterset_class=ReadingFilter,
        ordering_fields=("at",),
        default_ordering=("at",),
        has_fields=False,
    )
    def readings(self, request: Request, pk: str) -> Response:
        """In the order of their times, each in the base unit of its measurand."""
        session = self.find(Session.objects.all())
        rows = MeterReading.objects.filter(session=session, station_id=session.station_id)
        page = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


@described("anomalies", "an anomaly")
class AnomalyViews(ReadViews):
    queryset = SessionAnomaly.objects.select_related("organization", "station", "closed_by")
    serializer_class = AnomalySerializer
    filterset_class = AnomalyFilter
    ordering_fields = ("opened_at", "id")
    default_ordering = ("-opened_at",)
    permissions = dict.fromkeys(("accept", "dismiss"), "charging.resolve_sessionanomaly")

    @extend_schema(summary="Accept the proposed repair", request=ReasonSerializer, responses={200: AnomalySerializer})
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Carries the repair out and closes the anomaly. 409 when it is closed already."""
        return self._close(accept_anomaly)

    @extend_schema(summary="Dismiss an anomaly", request=ReasonSerializer, responses={200: AnomalySerializer})
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        """Closes it without a repair. 409 when it is closed already."""
        return self._close(dismiss_anomaly)

    def _close(self, close: Callable[..., Any]) -> Response:
        anomaly = self.get_object()
        told = ReasonSerializer(data=self.request.data)
        told.is_valid(raise_exception=True)
        person = person_of(principal_of(self.request))
        if person is None:
            raise Conflict("Nobody is known who made this key; an anomaly is closed in a person's name.")
        close(anomaly=anomaly, by=person, reason=told.validated_data["reason"])
        self.audit("anomaly closed by API", anomaly)
        return Response(self.whole(self.get_object()))
