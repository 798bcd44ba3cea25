"""A certificate that is good for nothing any more, because staff say so."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from live.publish import publish
from stations.models import ChargingStation, StationCertificate
from stations.services.connections import disconnect_station
from stations.services.security import CHANGED
from stations.states import ENDED_SIGNING_STATUSES, SigningStatus


@transaction.atomic
def revoke_certificate(*, certificate: StationCertificate, by: User) -> bool:
    """The station comes in with it no more, and the connection that it opened ends. Returns whether it counted."""
    station = ChargingStation.objects.select_for_update(of=("self",)).get(pk=certificate.station_id)
    rows = StationCertificate.objects.filter(pk=certificate.pk).exclude(status__in=ENDED_SIGNING_STATUSES)
    if not rows.update(status=SigningStatus.REVOKED):
        return False
    if certificate.connections.filter(closed_at=None).exists():
        disconnect_station(station, reason="its certificate was revoked")
    publish(f"station:{station.pk}", kind=CHANGED)
    audit.record(
        actor=by, action="station certificate revoked", target=station, serial_number=certificate.serial_number
    )
    return True
