"""Chargers that become stations by themselves. Why this is safe: docs/enrolment.md."""

import logging
from datetime import timedelta
from fnmatch import fnmatchcase

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Organization, User
from live.publish import publish
from stations.models import ChargingStation, EnrolmentPolicy, ExpectedStation, Site
from stations.secrets import MIN_LENGTH, hash_secret, matches, new_secret
from stations.services.adoption import LONGEST_IDENTITY
from stations.states import EnrolmentMode, ExpectedBy, RegistrationStatus

log = logging.getLogger(__name__)

HOUR = timedelta(hours=1)


def enrol_station(*, identity: str, password: bytes | None, address: str | None) -> ChargingStation | None:
    """The new station of an unknown charger, if an organization wants it; its password is the one it sent.

    The organization is certain only by its enrolment key, or because it receives unknown stations: by patterns alone
    one could catch a neighbour's chargers.
    """
    secret = _text(password)
    if len(secret) < MIN_LENGTH or len(identity) > LONGEST_IDENTITY or ":" in identity or "\ufffd" in identity:
        return None
    organization = _by_key(password or b"") or Organization.objects.filter(receives_unknown_stations=True).first()
    if organization is None:
        return None
    try:
        return _enrol(organization, identity, secret, address)
    except IntegrityError:
        return None  # another socket of the same charger was quicker; it tries again


def _text(password: bytes | None) -> str:
    """A binary key in the form ``stations.secrets.matches`` compares it with."""
    if password is None:
        return ""
    try:
        return password.decode()
    except UnicodeDecodeError:
        return password.hex()


def _by_key(password: bytes) -> Organization | None:
    with_key = EnrolmentPolicy.objects.exclude(key_hash="").select_related("organization")
    return next((policy.organization for policy in with_key if matches(policy.key_hash, password)), None)


@transaction.atomic
def _enrol(organization: Organization, identity: str, secret: str, address: str | None) -> ChargingStation | None:
    """The policy's row is the lock: the limit holds when many knock at once."""
    policy, _ = EnrolmentPolicy.objects.select_for_update(of=("self",)).get_or_create(organization=organization)
    expected = _expected(organization, identity)
    registration, site = _terms(policy, expected, identity)
    if registration is None:
        return None
    recent = ChargingStation.objects.filter(organization=organization, enrolled_at__gt=timezone.now() - HOUR)
    if recent.count() >= policy.most_per_hour:
        log.warning("enrolment limit reached", extra={"organization": organization.pk})
        return None
    station = ChargingStation.objects.create(
        organization=organization,
        site=site,
        identity=identity,
        registration=registration,
        secret_hash=hash_secret(secret),
        enrolled_at=timezone.now(),
    )
    if expected is not None:
        _note_arrival(expected, station)
    audit.record(actor=None, action="station enrolled", target=station, address=address, expected=str(expected or ""))
    publish(f"organization:{organization.pk}", kind="station_changed", station=station.pk)
    return station


def _terms(
    policy: EnrolmentPolicy, expected: ExpectedStation | None, identity: str
) -> tuple[RegistrationStatus | None, Site | None]:
    """The registration with which it may come in, None if it may not; and where it is put."""
    if expected is not None:
        return RegistrationStatus(expected.registration), expected.site
    wanted = any(fnmatchcase(identity.lower(), pattern.strip().lower()) for pattern in policy.identity_patterns)
    if policy.mode == EnrolmentMode.OFF or not wanted:
        return None, None
    accepted = policy.mode == EnrolmentMode.ACCEPTED
    return RegistrationStatus.ACCEPTED if accepted else RegistrationStatus.PENDING, policy.site


def _expected(organization: Organization, identity: str) -> ExpectedStation | None:
    """The whole identity goes before a prefix, a long prefix before a short one; each identity comes once."""
    entries = ExpectedStation.objects.filter(organization=organization).select_related("site")
    exact = entries.filter(by=ExpectedBy.IDENTITY, value__iexact=identity, used_at=None).first()
    if exact is not None:
        return exact
    prefixes = [entry for entry in entries.filter(by=ExpectedBy.PREFIX) if _begins(identity, entry.value)]
    return max(prefixes, key=lambda entry: len(entry.value), default=None)


def _begins(identity: str, prefix: str) -> bool:
    return identity.lower().startswith(prefix.lower())


def _note_arrival(expected: ExpectedStation, station: ChargingStation) -> None:
    expected.station, expected.used_at = station, timezone.now()
    expected.save(update_fields=["station", "used_at"])


def take_expected_serial(station: ChargingStation) -> bool:
    """An enrolled station that waits and tells an expected serial number gets its place and registration.

    The caller holds the station's lock, and saves it if this returns that it did.
    """
    if station.enrolled_at is None or station.registration != RegistrationStatus.PENDING or not station.serial_number:
        return False
    entry = (
        ExpectedStation.objects.select_for_update(of=("self",))
        .filter(organization_id=station.organization_id, by=ExpectedBy.SERIAL, used_at=None)
        .filter(value__iexact=station.serial_number)
        .first()
    )
    if entry is None:
        return False
    station.registration, station.site_id = entry.registration, entry.site_id or station.site_id
    _note_arrival(entry, station)
    audit.record(actor=None, action="station enrolled", target=station, expected=str(entry))
    return True


@transaction.atomic
def set_enrolment_key(*, policy: EnrolmentPolicy, by: User) -> str:
    """A fresh enrolment key, returned this once; chargers that came with the old one keep it as their password."""
    key = new_secret()
    policy.key_hash = hash_secret(key)
    policy.save(update_fields=["key_hash"])
    audit.record(actor=by, action="enrolment key set", target=policy)
    return key


@transaction.atomic
def remove_enrolment_key(*, policy: EnrolmentPolicy, by: User) -> None:
    policy.key_hash = ""
    policy.save(update_fields=["key_hash"])
    audit.record(actor=by, action="enrolment key removed", target=policy)
