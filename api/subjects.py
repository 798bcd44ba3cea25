"""What happened to whom, in the words of the API."""

import json
from typing import Any

from django.db.models import QuerySet
from rest_framework.renderers import JSONRenderer

from api.models import Event
from api.serializers.charging import AnomalySerializer, SessionSerializer
from api.serializers.commands import CommandSerializer
from charging.models import Session, SessionAnomaly
from stations.models import Command

SUBJECTS: dict[str, tuple[QuerySet[Any], type[Any]]] = {
    "session": (Session.objects.select_related("organization", "station"), SessionSerializer),
    "command": (Command.objects.select_related("station", "requested_by"), CommandSerializer),
    "anomaly": (SessionAnomaly.objects.select_related("organization", "station", "closed_by"), AnomalySerializer),
}


def told(event: Event) -> dict[str, Any]:
    """``{"session": {…}}``, or of a station its identity; empty when the row is gone."""
    name = event.type.partition(".")[0]
    if name not in SUBJECTS:
        return {"station": event.station.identity if event.station else None}
    rows, serializer = SUBJECTS[name]
    row = rows.filter(pk=event.subject_id).first()
    return {name: json.loads(JSONRenderer().render(serializer(row).data)) if row else None}
