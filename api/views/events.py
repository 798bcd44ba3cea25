"""What happened, for programs that ask instead of being told."""

from api.filters import EventFilter
from api.models import Event
from api.schema import described
from api.serializers.events import EventSerializer
from api.views.base import ReadViews


@described("events", "an event")
class EventViews(ReadViews):
    """The events of webhooks, newest first: whoever was away reads here what they missed."""

    queryset = Event.objects.filter(is_taken_up=True).select_related("organization", "station")
    serializer_class = EventSerializer
    filterset_class = EventFilter
    lookup_field = "public_id"
    lookup_value_regex = "[0-9a-f-]{36}"
    default_ordering = ("-id",)
