"""Which tokens a station should know by itself, and how much it takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from drivers.authorizers import judge
from drivers.commands import ListedToken
from drivers.local_lists import Key, by_key
from drivers.models import IdToken
from drivers.states import RFID_TYPES, AuthorizationStatus, TokenType
from stations.abilities import Ability, number_told, told
from stations.models import ChargingStation
from stations.states import OcppVersion

LIST_LENGTH = Ability("LocalAuthListMaxLength", "LocalAuthListCtrlr", "Entries", is_limit=True)
PORTION = Ability("SendLocalListMaxLength", "LocalAuthListCtrlr", "ItemsPerMessage")
MESSAGE_BYTES = Ability("", "LocalAuthListCtrlr", "BytesPerMessage")
# Where a station does not say: what every one takes in a message, and more than any keeps.
USUAL_PORTION, LONGEST_LIST = 100, 10_000
# A token of 36 characters with its group, dates and quotation marks.
BYTES_PER_ENTRY = 300
# What is not presented at a station needs no place in its list.
NOT_PRESENTED = (TokenType.CENTRAL, TokenType.NO_AUTHORIZATION, TokenType.DIRECT_PAYMENT, TokenType.LOCAL)
LONGEST_TOKEN = {OcppVersion.V16: 20, OcppVersion.V201: 36, OcppVersion.V21: 255}
# Who was refused long ago is refused as unknown as well.
REMEMBERED = timedelta(days=90)


@dataclass(frozen=True)
class Room:
    """How many entries the station keeps, and takes in one message."""

    list_length: int = LONGEST_LIST
    portion: int = USUAL_PORTION


def room_of(station: ChargingStation) -> Room:
    values = told(station, [LIST_LENGTH, PORTION, MESSAGE_BYTES])
    portion = number_told(values, PORTION) or USUAL_PORTION
    if message_bytes := number_told(values, MESSAGE_BYTES):
        portion = min(portion, max(1, message_bytes // BYTES_PER_ENTRY))
    length = number_told(values, LIST_LENGTH)
    return Room(min(LONGEST_LIST, LONGEST_LIST if length is None else length), portion)


def wanted_list(station: ChargingStation, room: Room) -> tuple[dict[Key, ListedToken], int]:
    """What the station should hold, and for how many tokens it has no room.

    Those that may charge come first; the others are listed too, because a station without a connection may take
    whom it does not know.
    """
    version = OcppVersion(station.ocpp_version) if station.ocpp_version else OcppVersion.V16
    now = timezone.now()
    rows = (
        IdToken.objects.filter(organization_id=station.organization_id)
        .exclude(type__in=NOT_PRESENTED)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now - REMEMBERED))
        .select_related("driver", "group")
        .order_by("pk")
    )
    listed = _in_order(rows, version, now)
    entries = list(by_key(listed).items())
    return dict(entries[: room.list_length]), max(0, len(entries) - room.list_length)


def _in_order(rows: Iterable[IdToken], version: OcppVersion, now: datetime) -> list[ListedToken]:
    longest = LONGEST_TOKEN[version]
    fitting = [(token, judge(token, now)[0]) for token in rows if 0 < len(token.value) <= longest]
    # In OCPP 1.6 a tag has no type: if there are two, the card is the one that is presented.
    fitting.sort(key=lambda pair: (pair[1] != AuthorizationStatus.ACCEPTED, pair[0].type not in RFID_TYPES))
    return [_listed(token, status, version) for token, status in fitting]


def _listed(token: IdToken, status: AuthorizationStatus, version: OcppVersion) -> ListedToken:
    return ListedToken(
        token=token.value,
        token_type="" if version == OcppVersion.V16 else token.type,
        status=status,
        group_id=token.group.group_id if token.group else "",
        # On the wire times have whole seconds.
        expires_at=token.expires_at.replace(microsecond=0) if token.expires_at else None,
    )
