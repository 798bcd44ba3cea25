"""Drivers and their tokens, which are personal data: a value is taken, and never told in full."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api.examples import DRIVER, TOKEN
from api.serializers.base import OwnOrganization, OwnRow, TenantSerializer
from drivers.models import Driver, IdToken, TokenGroup, token_key


@extend_schema_serializer(examples=[DRIVER])
class DriverSerializer(TenantSerializer):
    organization = OwnOrganization(required=False)

    class Meta:
        model = Driver
        fields = ["id", "organization", "name", "email", "phone", "is_active", "created_at"]


@extend_schema_serializer(examples=[TOKEN])
class TokenSerializer(TenantSerializer):
    organization = OwnOrganization(required=False)
    value = serializers.CharField(
        write_only=True, max_length=255, help_text="As printed or read; taken once, and never told again"
    )
    masked_value = serializers.CharField(read_only=True)
    driver = OwnRow(queryset=Driver.objects.all(), required=False, allow_null=True, help_text="Id of the driver")
    group = OwnRow(queryset=TokenGroup.objects.all(), required=False, allow_null=True, help_text="Id of the group")

    class Meta:
        model = IdToken
        fields = [
            *("id", "organization", "value", "masked_value", "type", "label", "driver", "group", "is_blocked"),
            *("expires_at", "created_at"),
        ]

    def validate_value(self, value: str) -> str:
        if not token_key(value):
            raise serializers.ValidationError("A token needs a value with printable characters.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Another value is another token."""
        if self.instance is not None and ({"value", "type"} & set(attrs)):
            raise serializers.ValidationError({"value": "Value and type are fixed: block this token and add another."})
        return super().validate(attrs)
