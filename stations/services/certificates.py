"""Certificates of stations: signed here, installed, reported, deleted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from django.db import transaction
from django.utils import timezone

from accounts.encryption import decrypt, encrypt
from accounts.models import Organization, User
from live.publish import publish
from stations import authority
from stations.authority import Pair, UnsuitableRequest
from stations.commands import DeleteCertificate, SendCertificate, send
from stations.models import CertificateAuthority, ChargingStation, Command, InstalledCertificate, StationCertificate
from stations.reports import ReportedCertificate
from stations.services.security import CHANGED
from stations.states import CertificateKind, SigningStatus

PURPOSE = "certificate authority"
# A station that asks again with the same key so long before the end gets a new one.
RENEWED_BEFORE = timedelta(days=60)
HASH_ALGORITHMS = frozenset({"SHA256", "SHA384", "SHA512"})


@transaction.atomic
def authority_of(organization: Organization) -> CertificateAuthority:
    """The organization's certificate authority; made when it is first needed."""
    Organization.objects.select_for_update().get(pk=organization.pk)
    known = CertificateAuthority.objects.filter(organization=organization).first()
    if known is not None:
        return known
    pair = authority.new_authority(organization=organization.name, now=timezone.now())
    return CertificateAuthority.objects.create(
        organization=organization,
        certificate=pair.certificate,
        key_encrypted=encrypt(pair.key, purpose=PURPOSE),
        expires_at=authority.read_certificate(pair.certificate).not_valid_after_utc,
    )


@transaction.atomic
def sign_certificate(*, station_id: int, request_pem: str, number: int | None, at: datetime) -> bool:
    """Take a station's request for a certificate; the certificate goes out as a command. Returns whether it is signed.

    The same key again is the same request: stations repeat what they heard no answer to (OCPP 2.x A02.FR.17).
    """
    station = ChargingStation.objects.select_related("organization").get(pk=station_id)
    try:
        request = authority.read_request(request_pem)
        _check(request.subject, station)
    except UnsuitableRequest as problem:
        _note_refusal(station, str(problem), number, at)
        return False
    key_hash = authority.key_hash_of(request)
    last = StationCertificate.objects.filter(station=station, key_hash=key_hash).select_related("command").first()
    if last is None or _is_nearly_over(last, at):
        last = _sign(station, request, key_hash, number, at)
    if last.command is None or not last.command.is_open:
        last.command = send(station, SendCertificate(last.certificate, number))
        last.save(update_fields=["command"])
    publish(f"station:{station.pk}", kind=CHANGED)
    return True


def _check(name: x509.Name, station: ChargingStation) -> None:
    authority.check_subject(name, organization=station.organization.name, names=names_of(station))


def names_of(station: ChargingStation) -> frozenset[str]:
    """By which a station may call itself in a certificate, folded."""
    return frozenset(name.casefold() for name in (station.serial_number, station.identity) if name)


def _is_nearly_over(certificate: StationCertificate, at: datetime) -> bool:
    return certificate.expires_at is None or certificate.expires_at - at < RENEWED_BEFORE


def _note_refusal(station: ChargingStation, reason: str, number: int | None, at: datetime) -> None:
    """The newest reason stays: a station that asks every minute fills no table."""
    StationCertificate.objects.update_or_create(
        station=station,
        status=SigningStatus.REFUSED,
        reason=reason[:200],
        defaults={"requested_at": at, "request_number": number},
    )
    publish(f"station:{station.pk}", kind=CHANGED)


def _sign(
    station: ChargingStation, request: x509.CertificateSigningRequest, key_hash: str, number: int | None, at: datetime
) -> StationCertificate:
    issuer = authority_of(station.organization)
    pair = Pair(issuer.certificate, decrypt(issuer.key_encrypted, purpose=PURPOSE))
    certificate = authority.sign_request(request, pair, now=timezone.now())
    return StationCertificate.objects.create(
        station=station,
        status=SigningStatus.SIGNED,
        subject=certificate.subject.rfc4514_string()[:200],
        key_hash=key_hash,
        serial_number=authority.serial_of(certificate),
        certificate=authority.pem_of(certificate),
        fingerprint=authority.fingerprint_of(certificate),
        expires_at=certificate.not_valid_after_utc,
        requested_at=at,
        request_number=number,
    )


@transaction.atomic
def answer_certificate(*, station_id: int, certificate_pem: str, is_accepted: bool) -> None:
    """What the station made of the certificate it was sent."""
    rows = StationCertificate.objects.filter(station_id=station_id, certificate=certificate_pem)
    rows.exclude(status=SigningStatus.REFUSED).update(
        status=SigningStatus.ACCEPTED if is_accepted else SigningStatus.REJECTED
    )
    publish(f"station:{station_id}", kind=CHANGED)


def delete_certificate(*, certificate: InstalledCertificate, by: User | None) -> Command:
    """By the very hashes with which the station reported it (OCPP 2.x M04.FR.07)."""
    wanted = DeleteCertificate(
        hash_algorithm=certificate.hash_algorithm,
        issuer_name_hash=certificate.issuer_name_hash,
        issuer_key_hash=certificate.issuer_key_hash,
        serial_number=certificate.serial_number,
    )
    return send(certificate.station, wanted, by=by)


@transaction.atomic
def note_installed(*, station_id: int, kind: CertificateKind, certificate_pem: str, at: datetime) -> None:
    """The station took a certificate; its hashes are known when it reports them. Of a raw call it may be none."""
    try:
        certificate = authority.read_certificate(certificate_pem)
    except authority.UnsuitableCertificate:
        return
    InstalledCertificate.objects.update_or_create(
        station_id=station_id,
        kind=kind,
        serial_number=authority.serial_of(certificate),
        defaults={
            "subject": certificate.subject.rfc4514_string()[:200],
            "expires_at": certificate.not_valid_after_utc,
            "reported_at": at,
        },
    )
    publish(f"station:{station_id}", kind=CHANGED)


@transaction.atomic
def record_installed(
    *,
    station_id: int,
    kinds: Sequence[CertificateKind],
    reported: Sequence[ReportedCertificate],
    at: datetime,
) -> None:
    """All certificates of these kinds that the station has now. What we know beside them is kept."""
    known = InstalledCertificate.objects.filter(station_id=station_id, kind__in=kinds)
    facts = {
        (row.kind, authority.normalised_serial(row.serial_number)): (row.subject, row.expires_at)
        for row in known
        if row.subject
    }
    known.delete()
    InstalledCertificate.objects.bulk_create(
        _row(station_id, each, facts.get((each.kind, authority.normalised_serial(each.serial_number))), at)
        for each in reported
    )
    publish(f"station:{station_id}", kind=CHANGED)


def _row(
    station_id: int, told: ReportedCertificate, facts: tuple[str, datetime | None] | None, at: datetime
) -> InstalledCertificate:
    subject, expires_at = facts or ("", None)
    return InstalledCertificate(
        station_id=station_id,
        kind=told.kind,
        # Without one that OCPP has nothing can be asked for by its hashes.
        hash_algorithm=told.hash_algorithm if told.hash_algorithm in HASH_ALGORITHMS else "",
        issuer_name_hash=told.issuer_name_hash,
        issuer_key_hash=told.issuer_key_hash,
        serial_number=told.serial_number,
        is_below=told.is_below,
        subject=subject,
        expires_at=expires_at,
        reported_at=at,
    )


@transaction.atomic
def note_deleted(*, station_id: int, hash_algorithm: str, issuer_name_hash: str, serial_number: str) -> None:
    """The station has it no more."""
    InstalledCertificate.objects.filter(
        station_id=station_id,
        hash_algorithm=hash_algorithm,
        issuer_name_hash=issuer_name_hash,
        serial_number=serial_number,
    ).delete()
    publish(f"station:{station_id}", kind=CHANGED)
