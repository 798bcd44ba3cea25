"""Refused handshakes, kept within bounds: whoever tries names from outside must not fill the table."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Func, Value, When
from django.utils import timezone

from accounts.models import Organization
from live.publish import publish
from stations.models import ChargingStation, RejectedConnection
from stations.states import RefusalCause, RefusalHandling

KEPT_FOR = timedelta(days=30)
COUNTED_FOR = timedelta(days=1)
MOST_PER_ADDRESS = 200
MANY_IDENTITIES = "many identities"


class NewestTries(Func):
    """Bounded: a charger that knocks every five seconds for a month must not fill its row."""

    function = "array_prepend"
    template = "(%(function)s(%(expressions)s))[1:50]"
    output_field = ArrayField(DateTimeField())


@transaction.atomic
def refuse_connection(
    *,
    cause: RefusalCause,
    identity: str,
    station: ChargingStation | None,
    address: str | None,
    path: str,
    subprotocols: Sequence[str],
    headers: Mapping[str, str],
    detail: str = "",
) -> None:
    """Keep a refused handshake; the same one again only counts up. ``headers`` must hold no credentials."""
    now = timezone.now()
    organization_id = (
        station.organization_id
        if station
        else Organization.objects.filter(receives_unknown_stations=True).values_list("pk", flat=True).first()
    )
    row, is_new = RejectedConnection.objects.get_or_create(
        identity=identity[:255] if station else identity_to_keep(identity, address=address, cause=cause),
        address=address,
        cause=cause,
        defaults={
            "organization_id": organization_id,
            "station": station,
            "path": path[:500],
            "subprotocols": ", ".join(subprotocols)[:200],
            "headers": dict(headers),
            "detail": detail[:300],
            "first_at": now,
            "last_at": now,
            "tries_at": [now],
        },
    )
    if not is_new:
        RejectedConnection.objects.filter(pk=row.pk).update(
            count=F("count") + 1,
            last_at=now,
            tries_at=NewestTries(Value(now, output_field=DateTimeField()), F("tries_at")),
            # What was adopted once and is refused again needs another look; what was dismissed stays so.
            handling=Case(
                When(handling=RefusalHandling.ADOPTED, then=Value(RefusalHandling.OPEN)), default=F("handling")
            ),
            organization_id=organization_id,
            station=station,
            path=path[:500],
            subprotocols=", ".join(subprotocols)[:200],
            headers=dict(headers),
            detail=detail[:300],
        )
    if organization_id is not None:
        publish(f"organization:{organization_id}", kind="refused", refusal=row.pk)


def identity_to_keep(identity: str, *, address: str | None, cause: RefusalCause) -> str:
    """The identity under which the refusal of a station we do not know is counted.

    An address that sent too many names within a day gets one row for all further ones.
    """
    identity = identity[:255]
    of_address = RejectedConnection.objects.filter(address=address)
    if of_address.filter(identity=identity, cause=cause).exists():
        return identity
    new_today = of_address.filter(first_at__gt=timezone.now() - COUNTED_FOR).count()
    return MANY_IDENTITIES if new_today >= MOST_PER_ADDRESS else identity


def delete_old_refusals() -> int:
    """Forget who has not tried for long. Returns how many."""
    count, _ = RejectedConnection.objects.filter(last_at__lt=timezone.now() - KEPT_FOR).delete()
    return count
