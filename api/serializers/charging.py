"""Sessions, readings and anomalies."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.examples import ANOMALY, READING, SESSION
from api.serializers.base import SparseSerializer
from charging.models import MeterReading, Session, SessionAnomaly
from charging.states import UNITS, Location, Measurand, Phase, ReadingContext
from drivers.states import AuthorizationStatus
from stations.secret_variables import without_secrets


@extend_schema_serializer(examples=[SESSION])
class SessionSerializer(SparseSerializer):
    organization = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]
    station = serializers.CharField(source="station.identity", read_only=True, help_text="Identity of the station")
    site = serializers.IntegerField(source="station.site_id", read_only=True, allow_null=True)
    # Empty where nobody was asked yet, which the model's own field would leave out of the document.
    authorization_status = serializers.ChoiceField(AuthorizationStatus.choices, allow_blank=True, read_only=True)
    masked_token = serializers.CharField(read_only=True, help_text="As presented, masked")

    class Meta:
        model = Session
        fields = [
            *("id", "organization", "site", "station", "evse_number", "connector_number", "transaction_id", "status"),
            *("started_at", "ended_at", "stop_reason", "was_offline", "token", "masked_token", "driver"),
            *("authorization_status", "meter_start_wh", "meter_stop_wh", "energy_wh", "power_w", "soc_percent"),
            *("last_reading_at", "updated_at"),
        ]
        read_only_fields = fields


@extend_schema_serializer(examples=[READING])
class ReadingSerializer(serializers.ModelSerializer[MeterReading]):
    measurand = serializers.SerializerMethodField()
    unit = serializers.SerializerMethodField(help_text="Base unit of the measurand")
    phase = serializers.SerializerMethodField(help_text="`total` where the station named none")
    location = serializers.SerializerMethodField()
    context = serializers.SerializerMethodField()  # type: ignore[assignment]

    class Meta:
        model = MeterReading
        fields = ["at", "evse_number", "measurand", "value", "unit", "phase", "location", "context"]

    @extend_schema_field(serializers.ChoiceField(choices=[str(m.label) for m in Measurand]))
    def get_measurand(self, reading: MeterReading) -> str:
        return str(Measurand(reading.measurand).label)

    def get_unit(self, reading: MeterReading) -> str:
        return UNITS[Measurand(reading.measurand)]

    def get_phase(self, reading: MeterReading) -> str:
        return str(Phase(reading.phase).label)

    def get_location(self, reading: MeterReading) -> str:
        return str(Location(reading.location).label)

    def get_context(self, reading: MeterReading) -> str:
        return str(ReadingContext(reading.context).label)


@extend_schema_serializer(examples=[ANOMALY])
class AnomalySerializer(SparseSerializer):
    organization = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]
    station = serializers.CharField(source="station.identity", read_only=True, help_text="Identity of the station")
    evidence = serializers.SerializerMethodField(help_text="What the station said; tokens masked")
    closed_by = serializers.CharField(source="closed_by.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = SessionAnomaly
        fields = [
            *("id", "organization", "station", "evse_number", "session", "kind", "status", "summary", "proposal"),
            *("evidence", "opened_at", "closed_at", "closed_by", "closing_reason"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField())
    def get_evidence(self, anomaly: SessionAnomaly) -> Any:
        return without_secrets(anomaly.evidence)


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, help_text="For whoever reads this next year")
