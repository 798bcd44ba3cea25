"""Commands: asked in our words or word for word, told with what the station answered."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.commanding import KINDS
from api.examples import COMMAND, COMMAND_REQUESTS
from api.serializers.base import SparseSerializer
from stations.models import Command
from stations.secret_variables import without_secrets

LONGEST_EXPIRY_S = 86_400


class MaskedJson(serializers.JSONField):
    """Secrets and tokens masked, also while the command still waits."""

    def to_representation(self, value: Any) -> Any:
        return without_secrets(value)


@extend_schema_serializer(examples=[COMMAND])
class CommandSerializer(SparseSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    station = serializers.CharField(source="station.identity", read_only=True, help_text="Identity of the station")
    arguments = MaskedJson(read_only=True)
    payload = MaskedJson(read_only=True, help_text="What was sent, in the words of the station's version")
    response = MaskedJson(read_only=True, help_text="What the station answered")
    requested_by = serializers.CharField(source="requested_by.email", read_only=True, allow_null=True, default=None)
    is_finished = serializers.SerializerMethodField()

    class Meta:
        model = Command
        fields = [
            *("id", "station", "kind", "arguments", "status", "is_finished", "detail", "action", "payload", "response"),
            *("error_code", "requested_by", "requested_at", "expires_at", "sent_at", "finished_at"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.BooleanField())
    def get_is_finished(self, command: Command) -> bool:
        return not command.is_open


@extend_schema_serializer(examples=COMMAND_REQUESTS)
class CommandRequestSerializer(serializers.Serializer[Any]):
    """Either ``kind`` and ``arguments``, the same for all OCPP versions, or ``action`` and ``payload``."""

    kind = serializers.ChoiceField(choices=sorted(KINDS), required=False)
    arguments = serializers.DictField(required=False, help_text="Of the kind")
    action = serializers.CharField(max_length=50, required=False, help_text="Any action of the station's OCPP version")
    payload = serializers.DictField(required=False, help_text="Checked against the official schema")
    expires_in_s = serializers.IntegerField(
        min_value=1, max_value=LONGEST_EXPIRY_S, default=120, help_text="Seconds; not sent to the station after them"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("kind" in attrs) == ("action" in attrs):
            raise ValidationError({"kind": "Send either kind and arguments, or action and payload."})
        odd = {"payload"} if "kind" in attrs else {"arguments"}
        if odd & set(attrs):
            raise ValidationError({odd.pop(): "This goes with the other way to ask."})
        return attrs
