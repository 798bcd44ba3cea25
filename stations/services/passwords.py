"""Passwords of stations: made here, shown once, kept as a hash."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from stations.models import ChargingStation
from stations.secrets import hash_secret, new_secret


@transaction.atomic
def set_station_password(*, station: ChargingStation, by: User) -> str:
    """Give the station a fresh password and return it, this once. A connection it has goes on."""
    secret = new_secret()
    station.secret_hash = hash_secret(secret)
    station.save(update_fields=["secret_hash"])
    audit.record(actor=by, action="station password set", target=station)
    return secret
