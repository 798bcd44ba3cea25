"""Drivers and tokens."""

from api.filters import DriverFilter, TokenFilter
from api.schema import described
from api.serializers.people import DriverSerializer, TokenSerializer
from api.views.base import WriteViews
from drivers.models import Driver, IdToken


@described("drivers", "a driver")
class DriverViews(WriteViews):
    queryset = Driver.objects.select_related("organization")
    serializer_class = DriverSerializer
    filterset_class = DriverFilter
    ordering_fields = ("id", "name", "created_at")


@described("tokens", "a token")
class TokenViews(WriteViews):
    """Cards and other tokens. Their values are taken and never told: ``masked_value`` shows the end."""

    queryset = IdToken.objects.select_related("organization", "driver", "group")
    serializer_class = TokenSerializer
    filterset_class = TokenFilter
    ordering_fields = ("id", "label", "created_at")
