"""Passwords of stations: made here, kept as a hash; shown once to be entered by hand, or sent and shown to nobody.

A password that was sent counts from the moment the station accepted it, and the old one until then. If the answer never
came, both count until the station connects with one of them: that one is it.
"""

import secrets as random
from datetime import timedelta

from django.db import transaction

from accounts import audit
from accounts.encryption import encrypt
from accounts.models import User
from stations.commands import DEFAULT_EXPIRY, PASSWORD, SetPassword, send
from stations.errors import PasswordUnderWay
from stations.models import ChargingStation, Command
from stations.secrets import hash_secret, matches, new_secret
from stations.states import ChangeResult, CommandStatus, OcppVersion

# No answer will come on the connection that the station has left for this one.
UNANSWERED = frozenset({CommandStatus.TIMED_OUT, CommandStatus.LOST})
# The station may have it: it takes it after a reboot, or was back before we saw its old socket break.
UNCERTAIN = UNANSWERED | {CommandStatus.SENT, CommandStatus.ACCEPTED}
KEY_BYTES = 20


@transaction.atomic
def set_station_password(*, station: ChargingStation, by: User) -> str:
    """Give the station a fresh password and return it, this once. A connection it has goes on."""
    secret = new_secret()
    station.secret_hash, station.pending_secret_hash = hash_secret(secret), ""
    station.save(update_fields=["secret_hash", "pending_secret_hash"])
    audit.record(actor=by, action="station password set", target=station)
    return secret


@transaction.atomic
def change_password(*, station: ChargingStation, by: User | None, expires_in: timedelta = DEFAULT_EXPIRY) -> Command:
    """Send the station a fresh password, which nobody sees. Raises PasswordUnderWay.

    OCPP 1.6 is given a key of 20 random bytes in hexadecimal digits (security whitepaper §7.2).
    """
    locked = ChargingStation.objects.select_for_update(of=("self",)).get(pk=station.pk)
    last = _last_change(locked)
    if locked.pending_secret_hash and last is not None and last.is_open:
        raise PasswordUnderWay("The station is being sent a password already.")
    secret = random.token_hex(KEY_BYTES) if station.ocpp_version == OcppVersion.V16 else new_secret()
    ChargingStation.objects.filter(pk=station.pk).update(pending_secret_hash=hash_secret(secret))
    return send(station, SetPassword(encrypt(secret, purpose=PASSWORD)), by=by, expires_in=expires_in)


@transaction.atomic
def settle_password(*, station_id: int, secret: str, result: ChangeResult) -> None:
    """The station answered. It may have been asked by a raw call: then we hear of the password here first.

    One that counts after a reboot stays beside the old one until a connect proves it.
    """
    station = ChargingStation.objects.select_for_update(of=("self",)).get(pk=station_id)
    if result == ChangeResult.ACCEPTED:
        station.secret_hash, station.pending_secret_hash = hash_secret(secret), ""
    elif result == ChangeResult.REBOOT_REQUIRED:
        station.pending_secret_hash = hash_secret(secret)
    elif station.pending_secret_hash and matches(station.pending_secret_hash, secret.encode()):
        station.pending_secret_hash = ""
    station.save(update_fields=["secret_hash", "pending_secret_hash"])


def is_password_of(station: ChargingStation, presented: bytes) -> bool:
    """Whether a station that connects may use this password; with it, it shows which of two it has."""
    is_current = bool(station.secret_hash) and matches(station.secret_hash, presented)
    if not station.pending_secret_hash:
        return is_current
    last = _last_change(station)
    if last is None or last.status not in UNCERTAIN:
        return is_current
    settled: dict[str, str] = {}
    if not is_current and matches(station.pending_secret_hash, presented):
        settled = {"secret_hash": station.pending_secret_hash, "pending_secret_hash": ""}
    elif is_current and last.status in UNANSWERED:
        settled = {"pending_secret_hash": ""}
    if not settled:
        return is_current
    proven = ChargingStation.objects.filter(pk=station.pk, pending_secret_hash=station.pending_secret_hash)
    proven.update(**settled)
    for name, value in settled.items():
        setattr(station, name, value)
    return True


def _last_change(station: ChargingStation) -> Command | None:
    return Command.objects.filter(station=station, kind=SetPassword.__name__).order_by("-pk").first()
