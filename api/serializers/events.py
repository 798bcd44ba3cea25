"""What happened, as webhooks tell it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.models import Event
from api.serializers.base import SparseSerializer


class EventSerializer(SparseSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    organization = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]
    station = serializers.CharField(source="station.identity", read_only=True, allow_null=True, default=None)
    data = serializers.SerializerMethodField(  # type: ignore[assignment]
        "told", help_text="The subject as it was when the event was taken up; null for a moment before"
    )

    class Meta:
        model = Event
        fields = ["id", "organization", "type", "at", "station", "data"]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(allow_null=True))
    def told(self, event: Event) -> Any:
        return event.data
