"""Which traits a station has, by the vendor profiles that match it."""

from collections.abc import Iterable

from django.db import transaction

from live.publish import publish
from stations.models import ChargingStation, VendorProfile
from stations.shipped_profiles import SHIPPED

SHIPPED_FIELDS = ("name", "vendor_pattern", "model_pattern", "firmware_pattern", "traits", "notes")
AT_ONCE = 1000


def match_traits(stations: Iterable[ChargingStation]) -> list[ChargingStation]:
    """Give stations the traits of the profiles that meet their hardware, in a fixed order; the caller saves them.

    Returns those that have others now.
    """
    profiles = list(VendorProfile.objects.filter(is_enabled=True))
    changed = []
    for station in stations:
        traits = _traits(station, profiles)
        if traits != station.traits:
            station.traits = traits
            changed.append(station)
    return changed


def _traits(station: ChargingStation, profiles: Iterable[VendorProfile]) -> list[str]:
    told = (station.vendor, station.model, station.firmware_version)
    in_force = (each for each in profiles if each.organization_id in {None, station.organization_id})
    return sorted({trait for profile in in_force if profile.matches(*told) for trait in profile.traits})


def profiles_of(station: ChargingStation) -> list[VendorProfile]:
    told = (station.vendor, station.model, station.firmware_version)
    in_force = VendorProfile.objects.in_force_for(station.organization_id)
    return [profile for profile in in_force if profile.matches(*told)]


@transaction.atomic
def save_profile(profile: VendorProfile) -> None:
    """Keep a profile as somebody edited it; the stations it meets follow."""
    profile.is_edited = True
    profile.save()
    refresh_traits(profile.organization_id)


@transaction.atomic
def delete_profile(profile: VendorProfile) -> None:
    organization_id = profile.organization_id
    profile.delete()
    refresh_traits(organization_id)


@transaction.atomic
def refresh_traits(organization_id: int | None = None) -> int:
    """Match all stations of the organization, or all there are, again. Returns how many changed."""
    stations = ChargingStation.objects.only("organization_id", "vendor", "model", "firmware_version", "traits")
    if organization_id is not None:
        stations = stations.filter(organization_id=organization_id)
    changed = match_traits(stations.iterator(AT_ONCE))
    ChargingStation.objects.bulk_update(changed, ["traits"], batch_size=AT_ONCE)
    for station in changed:
        publish(f"station:{station.pk}", kind="station_changed", station=station.pk)
    return len(changed)


@transaction.atomic
def load_shipped_profiles() -> int:
    """The shipped set into the database: new ones are added, unedited ones follow it. Returns how many changed."""
    known = {profile.shipped_as: profile for profile in VendorProfile.objects.exclude(shipped_as="")}
    changed = 0
    for key, shipped in SHIPPED.items():
        profile = known.get(key) or VendorProfile(shipped_as=key)
        told = dict(
            zip(SHIPPED_FIELDS, (*shipped[:4], [trait.value for trait in shipped.traits], shipped.notes), strict=True)
        )
        if profile.is_edited or all(getattr(profile, name) == value for name, value in told.items()):
            continue
        for name, value in told.items():
            setattr(profile, name, value)
        profile.save()
        changed += 1
    if changed:
        refresh_traits()
    return changed
