"""Bringing a station's own list to what it should be: ask its version, then send all of it or what changed.

Each step is a command; the answer to it causes the next. Where an answer never comes, nothing is believed: the next
refresh asks for the version again.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from drivers.commands import GetLocalListVersion, ListedToken, SendLocalList
from drivers.local_lists import Key, applied, by_key, changes, digest, key_of
from drivers.models import LocalList, LocalListEntry, LocalListRule
from drivers.services.wanted_lists import Room, room_of, wanted_list
from drivers.states import ListAnswer
from live.publish import publish
from stations.commands import send
from stations.models import ChargingStation, Command
from stations.states import OPEN_COMMAND_STATUSES, CommandStatus

# So many stations are begun with in one run of the periodic job.
AT_ONCE = 200
TRY_AGAIN_AFTER = timedelta(hours=1)
LOOK_AGAIN_AFTER = timedelta(hours=12)
# Stations count in 32 bits. After it a whole list begins with 1 again.
LAST_VERSION = 2**31 - 1


@transaction.atomic
def refresh_local_list(*, station: ChargingStation, by: User | None, must_be_full: bool = False) -> Command:
    """Begin with asking for the version. While a refresh is under way, that one is returned."""
    held = _locked(station.pk)
    if held.is_refreshing and held.command and held.command.status in OPEN_COMMAND_STATUSES:
        return held.command
    held.is_refreshing, held.must_be_full, held.problem = True, must_be_full, ""
    held.command = send(station, GetLocalListVersion(refreshes=True, whole=must_be_full), by=by)
    held.save()
    _tell(held)
    return held.command


@transaction.atomic
def record_list_version(*, station_id: int, version: int) -> None:
    """What the station answered, whoever asked. Another version than ours: its entries are not what we believe."""
    held = _locked(station_id)
    _begin_if_asked(held)
    held.version_told, held.told_at = max(-1, min(version, LAST_VERSION)), timezone.now()
    held.is_certain &= version == held.version
    if held.is_refreshing and version < 0:
        _stop(held, "The station keeps no local list.")
    elif held.is_refreshing:
        _continue(held)
    held.save()
    _tell(held)


@transaction.atomic
def record_list_answer(
    *, station_id: int, version: int, is_full: bool, entries: Sequence[ListedToken], answer: ListAnswer
) -> None:
    """The station took a list, or did not. A failed change is followed by the whole list (OCPP 1.6 §5.15, D01.FR.03).

    An answer that is repeated, or comes late, finds the version it belongs to taken already.
    """
    held = _locked(station_id)
    if answer == ListAnswer.ACCEPTED:
        _take(held, version, is_full=is_full, entries=entries)
    else:
        held.is_certain = False
    if held.is_refreshing:
        _go_on(held, answer, is_full=is_full)
    held.save()
    _tell(held)


def refresh_local_lists() -> int:
    """Begin a refresh where lists are kept fresh and are not what they should be; the count."""
    digests: Digests = {}
    due = (station for station in _kept_fresh() if _is_due(station, digests))
    begun = [refresh_local_list(station=station, by=None) for station in islice(due, AT_ONCE)]
    return len(begun)


def give_up_refreshes() -> int:
    """End the refreshes whose command ended without an answer that said more; the count."""
    stuck = LocalList.objects.filter(
        Q(command=None) | Q(command__finished_at__lt=timezone.now() - timedelta(minutes=1)), is_refreshing=True
    )
    count = 0
    for station_id in list(stuck.values_list("station_id", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            held = _locked(station_id)
            if held.is_refreshing and (held.command is None or held.command.status not in OPEN_COMMAND_STATUSES):
                _stop(held, held.command.detail if held.command else "")
                held.save()
                _tell(held)
                count += 1
    return count


def _locked(station_id: int) -> LocalList:
    LocalList.objects.get_or_create(station_id=station_id)
    rows = LocalList.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("station", "command").get(station_id=station_id)


def _begin_if_asked(held: LocalList) -> None:
    """The question that is just being answered may be the begin of a refresh, as when many stations are asked."""
    asked = Command.objects.filter(
        station=held.station_id,
        kind=GetLocalListVersion.__name__,
        status=CommandStatus.SENT,
        arguments__refreshes=True,
    ).first()
    if asked is not None:
        held.is_refreshing, held.must_be_full, held.problem = True, bool(asked.arguments["whole"]), ""
        held.command = asked


def _go_on(held: LocalList, answer: ListAnswer, *, is_full: bool) -> None:
    if answer == ListAnswer.ACCEPTED:
        held.must_be_full = False
        _continue(held)
    elif answer == ListAnswer.NOT_SUPPORTED:
        _stop(held, "The station takes no local list.")
    elif is_full:
        _stop(held, "The station did not take the list.")
    else:
        held.must_be_full = True
        _continue(held)


def _continue(held: LocalList) -> None:
    """Send the next portion, or find that nothing is left to send."""
    room = room_of(held.station)
    wanted, held.left_out = wanted_list(held.station, room)
    if held.must_be_full or not held.is_certain or held.version >= LAST_VERSION:
        # As much as one message takes; what is missing follows as changes.
        _send(held, list(wanted.values())[: room.portion], is_full=True)
        return
    missing = changes(_held_by(held), wanted)
    if missing:
        _send(held, missing[: room.portion], is_full=False)
    else:
        held.is_refreshing, held.problem, held.failed_at = False, "", None
        held.refreshed_at, held.digest = timezone.now(), digest(wanted)


def _send(held: LocalList, entries: Sequence[ListedToken], *, is_full: bool) -> None:
    """Higher than what either side knows; never 0 or -1 (OCPP 1.6 errata §3.52)."""
    highest = max(held.version, held.version_told or 0, 0)
    version = highest + 1 if highest < LAST_VERSION else 1
    by = held.command.requested_by if held.command else None
    held.command = send(held.station, SendLocalList(version, is_full, tuple(entries)), by=by)


def _stop(held: LocalList, problem: str) -> None:
    held.is_refreshing, held.must_be_full = False, False
    held.problem, held.failed_at = problem[:300], timezone.now()


def _take(held: LocalList, version: int, *, is_full: bool, entries: Sequence[ListedToken]) -> None:
    if version <= held.version and not is_full:
        return
    was_certain = held.is_certain
    if is_full:
        held.entries.all().delete()
        _keep(held, by_key(entries))
    elif was_certain:
        _apply(held, entries)
    held.is_certain = is_full or was_certain
    held.version = held.version_told = version
    held.told_at, held.digest = timezone.now(), ""


def _apply(held: LocalList, told: Sequence[ListedToken]) -> None:
    after = applied({}, told)
    touched = {key_of(listed) for listed in told}
    rows = held.entries.filter(key__in={key for key, _ in touched})
    held.entries.filter(pk__in=[row.pk for row in rows if (row.key, row.type) in touched]).delete()
    _keep(held, after)


def _keep(held: LocalList, entries: dict[Key, ListedToken]) -> None:
    LocalListEntry.objects.bulk_create(
        (
            LocalListEntry(
                list=held,
                value=listed.token[:255],
                key=key[:255],
                type=type_[:20],
                status=listed.status,
                group_id=listed.group_id[:36],
                expires_at=listed.expires_at,
            )
            for (key, type_), listed in entries.items()
        ),
        batch_size=1000,
    )


def _held_by(held: LocalList) -> dict[Key, ListedToken]:
    return {
        (row.key, row.type): ListedToken(row.value, row.type, row.status, row.group_id, row.expires_at)
        for row in held.entries.all()
    }


def _kept_fresh() -> list[ChargingStation]:
    """Online, ruled to be kept fresh, and neither under way nor tried just now; the longest untouched first."""
    rules = _rules()
    if not any(rules.values()):
        return []
    now = timezone.now()
    stations = (
        ChargingStation.objects.online()
        .filter(organization__in={organization for organization, _, _ in rules})
        .exclude(local_list__is_refreshing=True)
        .exclude(local_list__failed_at__gt=now - TRY_AGAIN_AFTER)
        .select_related("local_list", "organization")
        .order_by("local_list__refreshed_at")
    )
    return [station for station in stations if _is_kept_fresh(station, rules)]


Rules = dict[tuple[int, int | None, int | None], bool]


def _rules() -> Rules:
    rows = LocalListRule.objects.values_list("organization_id", "site_id", "station_id", "keeps_fresh")
    return {row[:3]: row[3] for row in rows}


def _is_kept_fresh(station: ChargingStation, rules: Rules) -> bool:
    """The closest rule counts."""
    organization = station.organization_id
    places = ((None, station.pk), (station.site_id, None), (None, None))
    found = (rules.get((organization, *place)) for place in places)
    return bool(next((rule for rule in found if rule is not None), False))


Digests = dict[tuple[int, str, Room], str]


def _is_due(station: ChargingStation, digests: Digests) -> bool:
    """Stations of one organization, version and size want the same list."""
    held: LocalList | None = getattr(station, "local_list", None)
    if held is None or not held.is_certain or _is_old(held):
        return True
    room = room_of(station)
    kind = (station.organization_id, station.ocpp_version, room)
    if kind not in digests:
        digests[kind] = digest(wanted_list(station, room)[0])
    return digests[kind] != held.digest


def _is_old(held: LocalList) -> bool:
    """A station may have lost its list: now and then it is asked whether it has it."""
    return held.told_at is None or held.told_at < timezone.now() - LOOK_AGAIN_AFTER


def _tell(held: LocalList) -> None:
    publish(f"station:{held.station_id}", kind="local_list", station=held.station_id, is_refreshing=held.is_refreshing)
