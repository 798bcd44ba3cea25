"""From a refused handshake to a station, and what else staff make of a refusal."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Organization, User
from live.publish import publish
from stations.errors import CannotAdopt, StationExists
from stations.models import ChargingStation, RejectedConnection, Site
from stations.secrets import hash_secret, new_secret
from stations.services.refusals import MANY_IDENTITIES
from stations.states import OcppVersion, RefusalCause, RefusalHandling

LONGEST_IDENTITY = 48


@dataclass(frozen=True, slots=True)
class Adoption:
    """The secret is nowhere else in clear."""

    station: ChargingStation
    secret: str


def why_not_adoptable(refusal: RejectedConnection) -> str:
    """Why no station can be made of it, in a sentence; empty when it can."""
    identity = refusal.identity
    if refusal.cause != RefusalCause.UNKNOWN_IDENTITY:
        return "The charger is known, or sent no identity."
    if identity == MANY_IDENTITIES:
        return "This row stands for many identities that one address tried."
    if not identity or len(identity) > LONGEST_IDENTITY or ":" in identity or "\ufffd" in identity:
        return f"Its identity cannot be used: 1 to {LONGEST_IDENTITY} characters without a colon. Correct it there."
    return ""


@transaction.atomic
def adopt_station(
    *,
    refusal: RejectedConnection,
    organization: Organization,
    site: Site | None,
    name: str = "",
    ocpp_version: OcppVersion | None,
    by: User,
) -> Adoption:
    """Make a station of a charger that was refused as unknown. Raises CannotAdopt, StationExists.

    ``ocpp_version``: what it offered, until it connects and says so.
    """
    if reason := why_not_adoptable(refusal):
        raise CannotAdopt(reason)
    if site is not None and site.organization_id != organization.pk:
        raise CannotAdopt("The site belongs to another organization.")
    secret = new_secret()
    try:
        with transaction.atomic():
            station = ChargingStation.objects.create(
                organization=organization,
                site=site,
                identity=refusal.identity,
                name=name,
                ocpp_version=ocpp_version or "",
                secret_hash=hash_secret(secret),
            )
    except IntegrityError as error:
        raise StationExists("A station with this identity exists already.") from error
    same = RejectedConnection.objects.filter(
        organization=refusal.organization, identity__iexact=refusal.identity, cause=refusal.cause
    )
    for row in same:
        _handle(row, RefusalHandling.ADOPTED, by)
    audit.record(actor=by, action="station adopted", target=station, address=refusal.address, tries=refusal.count)
    publish(f"organization:{organization.pk}", kind="station_changed", station=station.pk)
    return Adoption(station, secret)


@transaction.atomic
def dismiss_refusal(*, refusal: RejectedConnection, by: User) -> None:
    """Out of the inbox; its tries are counted on."""
    _handle(refusal, RefusalHandling.DISMISSED, by)
    audit.record(actor=by, action="refusal dismissed", target=refusal)


@transaction.atomic
def reopen_refusal(*, refusal: RejectedConnection, by: User) -> None:
    """Back into the inbox."""
    _handle(refusal, RefusalHandling.OPEN, by)
    audit.record(actor=by, action="refusal reopened", target=refusal)


def _handle(refusal: RejectedConnection, handling: RefusalHandling, by: User) -> None:
    refusal.handling, refusal.handled_at, refusal.handled_by = handling, timezone.now(), by
    refusal.save(update_fields=["handling", "handled_at", "handled_by"])
    if refusal.organization_id is not None:
        publish(f"organization:{refusal.organization_id}", kind="refused", refusal=refusal.pk)
