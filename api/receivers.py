"""What the API does when something happened: only hints and rows, never work."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.dispatch import receiver
from django.utils import timezone

from api import waiting
from live.events import Happened, recorded
from stations.signals import command_finished


@receiver(command_finished, dispatch_uid="api.ring")
def tell_who_waits(command_id: int, **facts: Any) -> None:
    waiting.ring(command_id)


@receiver(recorded, dispatch_uid="api.outbox")
def keep_events(happened: Sequence[Happened], **facts: Any) -> None:
    """In the transaction of what happened: told with it or not at all."""
    with connection.cursor() as cursor:
        # As bulk_create would, at a third of its cost: ten thousand connections of a storm are as many events.
        cursor.execute(
            """
            INSERT INTO api_event (public_id, type, organization_id, station_id, subject_id, at, is_taken_up)
            SELECT gen_random_uuid(), told.*, %s, false
            FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[]) AS told
            """,
            [
                timezone.now(),
                [each.kind for each in happened],
                [each.organization_id for each in happened],
                [each.station_id for each in happened],
                [str(each.subject_id) for each in happened],
            ],
        )
