"""A profile is wished for, checked, sent, installed, replaced, cleared, and ends with its session."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from charging.models import Session
from charging.profiles import Kind, Period, Profile, Purpose, RateUnit, Recurrency
from live.publish import publish
from smartcharging.commands import ClearChargingProfile, SetChargingProfile
from smartcharging.models import ChargingProfile
from smartcharging.schedule import replaces
from smartcharging.services.abilities import abilities_of
from smartcharging.services.checks import check_wish
from smartcharging.states import HELD_STATUSES, OPEN_PROFILE_STATUSES, PROFILE_MOVES, ProfileStatus
from stations.commands import DEFAULT_EXPIRY, send
from stations.models import ChargingStation, Command
from stations.states import CommandStatus, OcppVersion

AT_ONCE = 500
NOT_THERE = "The station says that it does not have it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants. ``evse_number`` 0: the whole station; a session brings its own place."""

    purpose: Purpose
    kind: Kind
    unit: RateUnit
    periods: tuple[Period, ...]
    evse_number: int = 0
    stack_level: int = 0
    recurrency: Recurrency | None = None
    start_at: datetime | None = None
    duration_s: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    min_rate: float | None = None
    session: Session | None = None


@transaction.atomic
def set_profile(
    *, station: ChargingStation, wish: Wish, by: User | None, expires_in: timedelta = DEFAULT_EXPIRY
) -> ChargingProfile:
    """Send a profile. One at the same place, purpose and stack level is replaced. Raises CannotSetProfile."""
    # One after the other, so that two do not get the same place.
    ChargingStation.objects.select_for_update(of=("self",), no_key=True).get(pk=station.pk)
    profile = profile_of(wish)
    abilities = abilities_of(station)
    there = ChargingProfile.objects.open().filter(station=station)
    replaced = next((row for row in there if replaces(profile, row.profile)), None)
    check_wish(profile, abilities, session=wish.session, is_new=replaced is None, held_count=len(there))
    row = ChargingProfile.of(
        profile,
        organization_id=station.organization_id,
        station=station,
        session=wish.session,
        requested_by=by,
    )
    row.save()
    # OCPP 2.0.1 K01.FR.06, FR.39: what takes another's place takes its id, so that never both are there.
    row.number = replaced.number if replaced else abilities.reserved_numbers + row.pk
    wanted = SetChargingProfile(replace(profile, number=row.number))
    row.command = send(station, wanted, by=by, expires_in=expires_in)
    row.save(update_fields=["number", "command"])
    tell(station.pk)
    return row


@transaction.atomic
def clear_profiles(*, station: ChargingStation, criteria: ClearChargingProfile, by: User | None) -> Command:
    """The last of the commands: OCPP 2.x cannot say "all", so it is told each purpose (K10.FR.02)."""
    if criteria != ClearChargingProfile() or station.ocpp_version == OcppVersion.V16:
        return send(station, criteria, by=by)
    held = set(ChargingProfile.objects.held().filter(station=station).values_list("purpose", flat=True))
    purposes = [purpose for purpose in Purpose if purpose in held] or list(Purpose)
    return [send(station, ClearChargingProfile(purpose=purpose), by=by) for purpose in purposes][-1]


@transaction.atomic
def record_installed(*, station_id: int, profile: Profile, session: Session | None = None) -> None:
    """The station accepted it, whoever sent it, and with it what it replaces is gone."""
    row = _asked_for(station_id, profile) or _made(station_id, profile, session)
    for other in ChargingProfile.objects.held().filter(station=station_id).exclude(pk=row.pk):
        if replaces(profile, other.profile):
            move(other, ProfileStatus.REPLACED, "Another profile took its place.")
    move(row, ProfileStatus.INSTALLED, "The station took it.")


@transaction.atomic
def record_reported(*, station_id: int, profile: Profile) -> None:
    """The station tells that it holds it: ours is proved, and what nobody here sent is believed too."""
    installed = ChargingProfile.objects.held().filter(station=station_id, status=ProfileStatus.INSTALLED)
    if not any(_is_same(row.profile, profile) for row in installed.filter(number=profile.number)):
        record_installed(station_id=station_id, profile=profile)
    installed.filter(number=profile.number).update(detail="The station told that it holds it.")
    tell(station_id)


def _is_same(ours: Profile, told: Profile) -> bool:
    """In what decides; times may come back in another form."""
    return (ours.purpose, ours.evse_number, ours.stack_level, ours.kind, ours.unit, ours.periods) == (
        *(told.purpose, told.evse_number, told.stack_level, told.kind, told.unit, told.periods),
    )


@transaction.atomic
def record_refused(*, station_id: int, profile: Profile, answer: str) -> None:
    row = _asked_for(station_id, profile)
    if row is not None:
        move(row, ProfileStatus.REFUSED, f"The station answered {answer}.")


@transaction.atomic
def record_cleared(*, station_id: int, criteria: ClearChargingProfile, is_known: bool) -> None:
    """All that match are gone; also where the station says that there are none (OCPP 1.6 §5.5)."""
    detail = "Cleared." if is_known else NOT_THERE
    for row in _held_by(station_id).filter(_matching(criteria)):
        move(row, ProfileStatus.CLEARED, detail)


@transaction.atomic
def record_absent(*, station_id: int, numbers: Collection[int], criteria: ClearChargingProfile) -> None:
    """The station says that it holds none that fits all of this (OCPP 2.0.1 K09); no ``numbers``: whatever its id."""
    rows = _held_by(station_id).filter(_matching(criteria))
    for row in rows.filter(number__in=numbers) if numbers else rows:
        move(row, ProfileStatus.CLEARED, NOT_THERE)


def _held_by(station_id: int) -> QuerySet[ChargingProfile]:
    return ChargingProfile.objects.filter(station=station_id, status__in=sorted(HELD_STATUSES))


AFTER_COMMAND: dict[str, ProfileStatus] = {
    CommandStatus.ACCEPTED: ProfileStatus.INSTALLED,
    CommandStatus.REJECTED: ProfileStatus.REFUSED,
    CommandStatus.NOT_SUPPORTED: ProfileStatus.REFUSED,
    CommandStatus.EXPIRED: ProfileStatus.REFUSED,
    CommandStatus.CANCELLED: ProfileStatus.REFUSED,
    CommandStatus.TIMED_OUT: ProfileStatus.UNCONFIRMED,
    CommandStatus.LOST: ProfileStatus.UNCONFIRMED,
}


def follow_profiles() -> int:
    """Take up how their commands ended where the station did not answer; the count of moves."""
    waiting = ChargingProfile.objects.filter(status=ProfileStatus.REQUESTED, command__finished_at__isnull=False)
    rows = list(waiting.select_related("command").order_by("pk")[:AT_ONCE])
    return sum(_follow(row, row.command) for row in rows if row.command is not None)


def follow_profile(command_id: int) -> None:
    """The command that carried it has ended. Idempotent."""
    for row in ChargingProfile.objects.filter(command=command_id, status=ProfileStatus.REQUESTED):
        _follow(row, Command.objects.get(pk=command_id))


def _follow(row: ChargingProfile, command: Command) -> bool:
    status = AFTER_COMMAND.get(command.status)
    return status is not None and move(row, status, command.detail)


def profile_of(wish: Wish) -> Profile:
    session = wish.session
    return Profile(
        number=0,
        purpose=wish.purpose,
        kind=wish.kind,
        unit=wish.unit,
        periods=tuple(replace(period, limit=round(period.limit, 1)) for period in wish.periods),
        evse_number=(session.evse_number or 0) if session else wish.evse_number,
        stack_level=wish.stack_level,
        recurrency=wish.recurrency,
        start_at=wish.start_at,
        duration_s=wish.duration_s,
        valid_from=wish.valid_from,
        valid_to=wish.valid_to,
        min_rate=wish.min_rate,
        transaction_id=session.transaction_id if session else "",
    )


def _asked_for(station_id: int, profile: Profile) -> ChargingProfile | None:
    """The oldest of ours that waits for an answer by this id: answers come in the order of the questions."""
    open_rows = ChargingProfile.objects.filter(station=station_id, number=profile.number)
    waiting = open_rows.filter(status__in=(ProfileStatus.REQUESTED, ProfileStatus.UNCONFIRMED))
    return waiting.order_by("pk").first()


def _made(station_id: int, profile: Profile, session: Session | None) -> ChargingProfile:
    """Of a raw call, or one that came with a remote start."""
    station = ChargingStation.objects.get(pk=station_id)
    if session is None and profile.transaction_id:
        session = Session.objects.filter(station=station, transaction_id=profile.transaction_id).first()
    row = ChargingProfile.of(profile, organization_id=station.organization_id, station=station, session=session)
    row.save()
    return row


def _matching(criteria: ClearChargingProfile) -> Q:
    """The fields are ANDed; with an id the others do not count; with nothing all match (OCPP 1.6 §6.13)."""
    if criteria.number is not None:
        return Q(number=criteria.number)
    wanted: dict[str, Any] = {
        "evse_number": criteria.evse_number,
        "purpose": criteria.purpose,
        "stack_level": criteria.stack_level,
    }
    return Q(**{name: value for name, value in wanted.items() if value is not None})


def move(row: ChargingProfile, status: ProfileStatus, detail: str) -> bool:
    """If that move is allowed from where it is. Whether it moved."""
    allowed_from = [old for old, allowed in PROFILE_MOVES.items() if status in allowed]
    fields: dict[str, Any] = {"status": status, "detail": detail[:500]}
    if status == ProfileStatus.INSTALLED:
        fields["installed_at"] = timezone.now()
    elif status not in OPEN_PROFILE_STATUSES:
        fields["ended_at"] = timezone.now()
    moved = ChargingProfile.objects.filter(pk=row.pk, status__in=allowed_from).update(**fields)
    if moved:
        tell(row.station_id)
    return bool(moved)


def tell(station_id: int) -> None:
    publish(f"station:{station_id}", kind="profiles", station=station_id)
