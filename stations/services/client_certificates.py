"""The certificates with which stations come in: whose they are, and whether they still count.

Looked at anew at each handshake, so that an authority that is new and a certificate that is revoked count at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.utils import timezone

from stations import authority
from stations.authority import UnsuitableCertificate, UnsuitableRequest, UntrustedCertificate
from stations.models import CertificateAuthority, ChargingStation, StationCertificate
from stations.services.certificates import names_of
from stations.states import ENDED_SIGNING_STATUSES, RefusalCause, SigningStatus


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """What a station showed, and what is wrong with it, if anything is."""

    told: str
    """For staff: whom it names, who signed it, until when it is valid."""
    common_name: str = ""
    cause: RefusalCause | None = None
    row: StationCertificate | None = None
    """If it is one of ours."""


def judge_certificate(*, station: ChargingStation, shown: Sequence[str]) -> ShownCertificate:
    """``shown``: its own certificate first. That it has the key was proved by the handshake of TLS."""
    try:
        certificate, *others = [authority.read_shown(text) for text in shown]
    except UnsuitableCertificate as problem:
        return ShownCertificate(str(problem), cause=RefusalCause.CERTIFICATE_UNTRUSTED)
    now = timezone.now()
    fingerprint = authority.fingerprint_of(certificate)
    row = StationCertificate.objects.filter(fingerprint=fingerprint, station=station).first()
    cause = _why_not(station, certificate, others, row, now)
    return ShownCertificate(_told(certificate), authority.common_name_of(certificate.subject), cause, row)


def _told(certificate: x509.Certificate) -> str:
    subject, issuer = (name.rfc4514_string()[:90] for name in (certificate.subject, certificate.issuer))
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return f"{subject}, signed by {issuer}, valid from {start:%Y-%m-%d} to {end:%Y-%m-%d}"


def _why_not(
    station: ChargingStation,
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    row: StationCertificate | None,
    now: datetime,
) -> RefusalCause | None:
    own = CertificateAuthority.objects.filter(organization=station.organization_id).first()
    anchors = [] if own is None else [authority.read_certificate(own.certificate)]
    is_ours = any(authority.is_signed_by(certificate, anchor) for anchor in anchors)
    if not authority.is_valid_at(certificate, now) and (is_ours or _is_of_bundle(certificate, others)):
        return RefusalCause.CERTIFICATE_EXPIRED
    try:
        authority.check_path(certificate, others=others, anchors=[*anchors, *_bundle()], at=now)
        authority.check_subject(certificate.subject, organization=station.organization.name, names=names_of(station))
    except UntrustedCertificate:
        return RefusalCause.CERTIFICATE_UNTRUSTED
    except UnsuitableRequest:
        return RefusalCause.CERTIFICATE_OF_ANOTHER
    counts = row.status not in ENDED_SIGNING_STATUSES if row is not None else not is_ours
    return None if counts else RefusalCause.CERTIFICATE_REVOKED


def _is_of_bundle(certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> bool:
    """Whether it would lead to an authority of the bundle, were it valid now."""
    try:
        authority.check_path(certificate, others=others, anchors=_bundle(), at=certificate.not_valid_after_utc)
    except UntrustedCertificate:
        return False
    return True


def _bundle() -> Sequence[x509.Certificate]:
    """Authorities beside the organizations' own: OCPP_TLS_CLIENT_CA, read again when the file changes."""
    if not settings.OCPP_TLS_CLIENT_CA:
        return ()
    path = Path(settings.OCPP_TLS_CLIENT_CA)
    return _read_bundle(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read_bundle(path: Path, written_at: int) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(path.read_bytes()))


def is_certificate_of(*, station_id: int, common_name: str, serial_number: str) -> bool:
    """Whether who says to have this serial number may have come in with a certificate of this name (B01.FR.11).

    A certificate may name the identity instead; one who tells no serial number is known by that alone.
    """
    station = ChargingStation.objects.only("identity", "serial_number").get(pk=station_id)
    told = {serial_number.casefold(), station.identity.casefold()}
    return common_name.casefold() in told or not serial_number


def still_counting(certificate_ids: Sequence[int]) -> set[int]:
    """Of these those that do not count for nothing by now."""
    if not certificate_ids:
        return set()
    rows = StationCertificate.objects.filter(pk__in=certificate_ids).exclude(status__in=ENDED_SIGNING_STATUSES)
    return set(rows.values_list("pk", flat=True))


def replace_older(certificate_ids: Sequence[int]) -> None:
    """Stations proved that they use these: those before them are good for nothing any more."""
    for used in StationCertificate.objects.filter(pk__in=certificate_ids):
        older = StationCertificate.objects.filter(station_id=used.station_id, pk__lt=used.pk)
        older.exclude(status__in=ENDED_SIGNING_STATUSES).update(status=SigningStatus.REPLACED)
