"""Refused handshakes, kept within bounds: whoever tries names from outside must not fill the table."""

from datetime import timedelta

from django.utils import timezone

from stations.models import RejectedConnection
from stations.states import RefusalCause

KEPT_FOR = timedelta(days=30)
COUNTED_FOR = timedelta(days=1)
MOST_PER_ADDRESS = 200
MANY_IDENTITIES = "many identities"


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
