"""Organizations, sites, stations and what belongs to the hardware."""

from typing import Any
from zoneinfo import available_timezones

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.models import Organization
from api.examples import EVSE, SITE, STATION
from api.serializers.base import OwnOrganization, OwnRow, SparseSerializer, TenantSerializer
from stations.connector_types import PowerType
from stations.looks import OFFLINE
from stations.models import ChargingStation, Connector, Evse, Site, Variable
from stations.presence import evse_status
from stations.secret_variables import shown_value
from stations.states import ConnectorStatus, OcppVersion

EVSE_STATUSES = [*ConnectorStatus.choices, (OFFLINE, "Offline")]


class OrganizationSerializer(SparseSerializer):
    class Meta:
        model = Organization
        fields = ["id", "name", "slug", "kind", "time_zone", "currency"]


@extend_schema_serializer(examples=[SITE])
class SiteSerializer(TenantSerializer):
    organization = OwnOrganization(required=False)

    class Meta:
        model = Site
        fields = [
            *("id", "organization", "name", "time_zone", "street", "postal_code", "city", "country"),
            *("latitude", "longitude", "grid_limit_w"),
        ]
        extra_kwargs = {
            "latitude": {"min_value": -90, "max_value": 90},
            "longitude": {"min_value": -180, "max_value": 180},
        }
        validators: list[Any] = []

    def validate_time_zone(self, value: str) -> str:
        if value not in available_timezones():
            raise serializers.ValidationError("Name a time zone of the IANA database, for example Europe/Berlin.")
        return value


class ConnectorSerializer(serializers.ModelSerializer[Connector]):
    power_type = serializers.ChoiceField(PowerType.choices, allow_blank=True, read_only=True)

    class Meta:
        model = Connector
        fields = [
            *("number", "type", "power_type", "max_voltage_v", "max_current_a", "max_power_w"),
            *("status", "status_at", "error_code", "error_info", "vendor_error_code"),
        ]
        read_only_fields = fields


@extend_schema_serializer(examples=[EVSE])
class EvseSerializer(SparseSerializer):
    station = serializers.CharField(source="station.identity", read_only=True, help_text="Identity of the station")
    status = serializers.SerializerMethodField(help_text="Of its connectors the most urgent; offline with the station")
    connectors = ConnectorSerializer(many=True, read_only=True)

    class Meta:
        model = Evse
        fields = ["id", "station", "number", "name", "max_power_w", "status", "connectors"]

    @extend_schema_field(serializers.ChoiceField(choices=EVSE_STATUSES))
    def get_status(self, evse: Evse) -> str:
        return str(evse_status(evse, is_online=evse.station.is_online))


class StationEvseSerializer(EvseSerializer):
    class Meta(EvseSerializer.Meta):
        fields = ["id", "number", "name", "max_power_w", "status", "connectors"]


@extend_schema_serializer(examples=[STATION])
class StationSerializer(TenantSerializer):
    organization = OwnOrganization(required=False)
    site = OwnRow(queryset=Site.objects.all(), required=False, allow_null=True, help_text="Id of the site")
    ocpp_version = serializers.ChoiceField(OcppVersion.choices, allow_blank=True, read_only=True)
    is_online = serializers.BooleanField(read_only=True, help_text="Connected to a gateway now")
    evses = StationEvseSerializer(many=True, read_only=True)

    class Meta:
        model = ChargingStation
        reported = [
            *("ocpp_version", "vendor", "model", "serial_number", "firmware_version"),
            *("status", "last_seen_at", "booted_at", "created_at"),
        ]
        fields = [
            *("identity", "organization", "site", "name", "is_enabled", "registration", "security_profile"),
            *("unnamed_version", "is_online", *reported, "evses"),
        ]
        read_only_fields = reported


class VariableSerializer(SparseSerializer):
    station = serializers.CharField(source="station.identity", read_only=True, help_text="Identity of the station")
    value = serializers.SerializerMethodField("shown", help_text="Masked where it is a secret")

    class Meta:
        model = Variable
        fields = [
            *(
                "id",
                "station",
                "component",
                "component_instance",
                "evse_number",
                "connector_number",
                "name",
                "instance",
            ),
            *("attribute", "value", "mutability", "unit", "data_type", "values_list", "updated_at"),
        ]

    def shown(self, variable: Variable) -> str:
        return shown_value(variable)
