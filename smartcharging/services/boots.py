"""What a station holds is uncertain after a boot, some forget it: it is sent again (docs/quirks.md, 131)."""

from django.db import transaction
from django.db.models import F, Q

from charging.profiles import Purpose
from smartcharging.commands import SetChargingProfile
from smartcharging.models import ChargingProfile
from smartcharging.models import ChargingProfileQuerySet as Profiles
from smartcharging.services.profiles import move
from smartcharging.states import ProfileStatus
from stations.commands import send
from stations.states import CommandStatus, RegistrationStatus

AT_ONCE = 500
DETAIL = "The station booted since, and may have forgotten it: sent again."


def restore_profiles() -> int:
    """Send again what the last boot may have lost, once a boot; the count."""
    pks = _uncertain().order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
    return sum(_send_again(pk) for pk in list(pks))


def _uncertain() -> Profiles:
    """What was installed, or asked for in vain, before the boot. What waits for a car to come goes with its start."""
    booted_at = F("station__booted_at")
    in_vain = Q(command__finished_at__lt=booted_at)
    # It went away before it could be asked, and is back.
    too_late = Q(command__status=CommandStatus.EXPIRED, station__connection__isnull=False)
    lost = Q(status=ProfileStatus.INSTALLED, installed_at__lt=booted_at) | (
        Q(status=ProfileStatus.UNCONFIRMED) & (in_vain | too_late)
    )
    held = ChargingProfile.objects.held().filter(lost, station__registration=RegistrationStatus.ACCEPTED)
    return held.exclude(purpose=Purpose.TX, session=None)


@transaction.atomic
def _send_again(pk: int) -> bool:
    """Of two who try only one sends."""
    rows = _uncertain().select_for_update(of=("self",), skip_locked=True)
    row = rows.select_related("station__organization", "requested_by").filter(pk=pk).first()
    if row is None:
        return False
    move(row, ProfileStatus.UNCONFIRMED, DETAIL)
    row.command = send(row.station, SetChargingProfile(row.profile), by=row.requested_by)
    row.save(update_fields=["command"])
    return True
