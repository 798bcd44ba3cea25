"""Stations that send no readings by themselves are asked for them."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from charging.models import Session
from stations.commands import Trigger, TriggerMessage, send
from stations.models import ChargingStation, Command
from stations.states import OPEN_COMMAND_STATUSES
from stations.traits import Trait

EVERY = timedelta(seconds=55)


def poll_readings(now: datetime | None = None) -> int:
    """Ask for the readings of running sessions where none came for a minute; how many stations were asked."""
    now = now or timezone.now()
    asked = Command.objects.filter(station=OuterRef("station"), kind="TriggerMessage", status__in=OPEN_COMMAND_STATUSES)
    quiet = Q(last_reading_at=None) | Q(last_reading_at__lt=now - EVERY)
    sessions = (
        Session.objects.ongoing()
        .filter(quiet, station__traits__contains=[Trait.NEEDS_POLLING], evse_number__isnull=False)
        .filter(station__in=ChargingStation.objects.online())
        .exclude(Exists(asked))
        .select_related("station")
        .order_by("station_id", "pk")
        .distinct("station_id")
    )
    for session in sessions:
        send(session.station, TriggerMessage(Trigger.METER_VALUES, evse_number=session.evse_number))
    return len(sessions)
