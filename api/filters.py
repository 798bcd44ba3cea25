"""Filters by name, never by lookup: what is not in a list here cannot be asked."""

from datetime import UTC, datetime
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import BooleanField, QuerySet
from django_filters.fields import IsoDateTimeField
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend, OrderingFilter
from rest_framework.request import Request

from api.models import Event, EventType
from charging.models import Session, SessionAnomaly
from charging.states import AnomalyKind, AnomalyStatus, Measurand, SessionStatus
from drivers.models import Driver, IdToken
from stations.models import ChargingStation, Command, Evse, Site, Variable
from stations.states import CommandStatus, OcppVersion

OF_STATION = {"field_name": "station__identity", "lookup_expr": "iexact", "label": "Identity of the station."}


class MomentField(IsoDateTimeField):
    def to_python(self, value: Any) -> datetime | None:
        """In UTC: PostgreSQL does not know every offset that ISO 8601 can write."""
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class MomentFilter(filters.IsoDateTimeFilter):
    field_class = MomentField


class AllowedOrdering(OrderingFilter):
    """Only the names in ``ordering_fields`` of the view; an unknown one is refused instead of overlooked."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        asked = [name.strip() for name in request.query_params.get(self.ordering_param, "").split(",") if name.strip()]
        allowed = set(view.ordering_fields)
        unknown = [name for name in asked if name.removeprefix("-") not in allowed]
        if unknown:
            raise ValidationError({"ordering": f"Order by one or more of {', '.join(sorted(allowed))}."})
        return tuple(asked) or tuple(view.default_ordering)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = [f"{sign}{name}" for name in view.ordering_fields for sign in ("", "-")]
        return [
            {
                "name": "ordering",
                "in": "query",
                "required": False,
                "description": "Names separated by commas; a minus sign turns one around.",
                "schema": {"type": "array", "items": {"type": "string", "enum": names}},
                "style": "form",
                "explode": False,
            }
        ]


class KnownParameters(BaseFilterBackend):
    """Refuses what is no parameter: overlooked, a filter with a slip in its name would answer with all rows."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = getattr(view, "filterset_class", None)
        known = {"cursor", "ordering", "page_size", *(filterset.base_filters if filterset else ())}
        known |= {"fields"} if view.has_fields else set()
        if unknown := set(request.query_params) - known:
            there_are = f"There is no such parameter. There are {', '.join(sorted(known))}."
            raise ValidationError(dict.fromkeys(sorted(unknown), there_are))
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return []


FLAGS = {"true": True, "1": True, "false": False, "0": False}


class FlagField(forms.CharField):
    """Django takes every other word for unknown, which filters nothing."""

    def clean(self, value: Any) -> bool | None:
        text = super().clean(value).lower()
        if text and text not in FLAGS:
            raise forms.ValidationError("Say true or false.", code="invalid")
        return FLAGS.get(text)


class FlagFilter(filters.BooleanFilter):
    field_class = FlagField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"widget": forms.TextInput, **kwargs})


class Filters(filters.FilterSet):
    FILTER_DEFAULTS = {**filters.FilterSet.FILTER_DEFAULTS, BooleanField: {"filter_class": FlagFilter}}


class SiteFilter(Filters):
    class Meta:
        model = Site
        fields = {"name": ["exact"], "city": ["exact"], "country": ["exact"]}


class StationFilter(Filters):
    site = filters.NumberFilter(field_name="site_id", label="Id of the site.")
    online = FlagFilter(method="by_connection", label="Connected now.")
    ocpp_version = filters.ChoiceFilter(choices=OcppVersion.choices)

    class Meta:
        model = ChargingStation
        fields = ["site", "is_enabled", "registration", "vendor", "model"]

    def by_connection(self, stations: Any, name: str, value: bool) -> Any:
        return stations.online() if value else stations.offline()


class EvseFilter(Filters):
    station = filters.CharFilter(**OF_STATION)

    class Meta:
        model = Evse
        fields = ["number"]


class SessionFilter(Filters):
    station = filters.CharFilter(**OF_STATION)
    site = filters.NumberFilter(field_name="station__site_id", label="Id of the site.")
    driver = filters.NumberFilter(field_name="driver_id", label="Id of the driver.")
    token = filters.NumberFilter(field_name="token_id", label="Id of the token.")
    status = filters.ChoiceFilter(choices=SessionStatus.choices)
    ongoing = FlagFilter(field_name="ended_at", lookup_expr="isnull", label="Not ended yet.")
    started_after = MomentFilter(field_name="started_at", lookup_expr="gte")
    started_before = MomentFilter(field_name="started_at", lookup_expr="lt")
    ended_after = MomentFilter(field_name="ended_at", lookup_expr="gte")
    ended_before = MomentFilter(field_name="ended_at", lookup_expr="lt")

    class Meta:
        model = Session
        fields = ["evse_number"]


class ReadingFilter(Filters):
    measurand = filters.ChoiceFilter(method="by_measurand", choices=[(m.label, m.label) for m in Measurand])
    after = MomentFilter(field_name="at", lookup_expr="gte")
    before = MomentFilter(field_name="at", lookup_expr="lt")

    def by_measurand(self, readings: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return readings.filter(measurand=next(m for m in Measurand if m.label == value))


class DriverFilter(Filters):
    class Meta:
        model = Driver
        fields = ["name", "email", "is_active"]


class TokenFilter(Filters):
    driver = filters.NumberFilter(field_name="driver_id", label="Id of the driver.")

    class Meta:
        model = IdToken
        fields = ["type", "is_blocked", "label"]


class CommandFilter(Filters):
    station = filters.CharFilter(**OF_STATION)
    status = filters.MultipleChoiceFilter(choices=CommandStatus.choices, label="One or more outcomes.")
    requested_after = MomentFilter(field_name="requested_at", lookup_expr="gte")
    requested_before = MomentFilter(field_name="requested_at", lookup_expr="lt")

    class Meta:
        model = Command
        fields = ["kind", "action"]


class VariableFilter(Filters):
    station = filters.CharFilter(**OF_STATION)

    class Meta:
        model = Variable
        fields = ["component", "name", "instance", "evse_number", "attribute", "mutability"]


class AnomalyFilter(Filters):
    station = filters.CharFilter(**OF_STATION)
    session = filters.NumberFilter(field_name="session_id", label="Id of the session.")
    kind = filters.ChoiceFilter(choices=AnomalyKind.choices)
    status = filters.ChoiceFilter(choices=AnomalyStatus.choices)
    opened_after = MomentFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = MomentFilter(field_name="opened_at", lookup_expr="lt")

    class Meta:
        model = SessionAnomaly
        fields: list[str] = []


class EventFilter(Filters):
    station = filters.CharFilter(**OF_STATION)
    type = filters.MultipleChoiceFilter(choices=EventType.choices, label="One or more types.")
    after = MomentFilter(field_name="at", lookup_expr="gte")
    before = MomentFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = Event
        fields: list[str] = []
