"""The shape of every refusal (RFC 9457), for the document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers


class FieldErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True, help_text="Path of the field, for example `arguments.evse_number`")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Problem",
            {
                "type": "about:blank",
                "title": "The request is not valid.",
                "status": 400,
                "detail": "This field is required.",
                "errors": [{"code": "required", "detail": "This field is required.", "attr": "name"}],
            },
        )
    ]
)
class ProblemSerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment]
