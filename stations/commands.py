"""What can be asked of a station, in our words, and how it is asked: a row, then a doorbell.

A request is a frozen dataclass. Each OCPP version translates it in ``gateway/<version>/<block>.py`` with
``@sends(Reset)``; a version that cannot finishes the command as not supported.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

import msgspec
from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from live.publish import publish, publish_many
from stations.doorbell import ring, ring_many
from stations.models import ChargingStation, Command
from stations.problems import InvalidRequest, check_request
from stations.secret_variables import holds_masked
from stations.states import CertificateKind, SecurityProfile

RequestT = TypeVar("RequestT", bound=type)

REQUESTS: dict[str, type] = {}

DEFAULT_EXPIRY = timedelta(minutes=2)
# Under which a password on its way is encrypted.
PASSWORD = "station password"  # noqa: S105 - a purpose


def request(cls: RequestT) -> RequestT:
    """Make a frozen dataclass known as a request, under its class name."""
    REQUESTS[cls.__name__] = cls
    return cls


class ResetKind(StrEnum):
    """SOFT waits for transactions to end (OCPP 2.x OnIdle); HARD does not (Immediate)."""

    SOFT = "soft"
    HARD = "hard"


class Trigger(StrEnum):
    """Messages a station can be asked to send now. Each version knows some of them."""

    BOOT_NOTIFICATION = "BootNotification"
    HEARTBEAT = "Heartbeat"
    STATUS_NOTIFICATION = "StatusNotification"
    METER_VALUES = "MeterValues"
    TRANSACTION_EVENT = "TransactionEvent"
    FIRMWARE_STATUS = "FirmwareStatusNotification"
    LOG_STATUS = "LogStatusNotification"
    DIAGNOSTICS_STATUS = "DiagnosticsStatusNotification"
    PUBLISH_FIRMWARE_STATUS = "PublishFirmwareStatusNotification"
    SIGN_CERTIFICATE = "SignCertificate"
    SIGN_V2G_CERTIFICATE = "SignV2GCertificate"
    SIGN_COMBINED_CERTIFICATE = "SignCombinedCertificate"


class ReportBase(StrEnum):
    """OCPP 2.0.1 ReportBaseEnumType."""

    CONFIGURATION = "ConfigurationInventory"
    FULL = "FullInventory"
    SUMMARY = "SummaryInventory"


@dataclass(frozen=True)
class VariableName:
    """A variable of a component; for OCPP 1.6 the component is empty and the name is the key."""

    name: str
    component: str = ""
    component_instance: str = ""
    evse_number: int | None = None
    instance: str = ""
    attribute: str = "Actual"
    connector_number: int | None = None


@dataclass(frozen=True)
class VariableValue:
    variable: VariableName
    value: str


@request
@dataclass(frozen=True)
class Reset:
    """OCPP 1.6 §5.14, OCPP 2.0.1 B11, B12. ``evse_number`` needs 2.x."""

    kind: ResetKind = ResetKind.SOFT
    evse_number: int | None = None


@request
@dataclass(frozen=True)
class UnlockConnector:
    """OCPP 1.6 §5.18, OCPP 2.0.1 F05."""

    evse_number: int
    connector_number: int = 1


@request
@dataclass(frozen=True)
class ChangeAvailability:
    """OCPP 1.6 §5.2, OCPP 2.0.1 G03, G04. Without an EVSE: the whole station."""

    operative: bool
    evse_number: int | None = None
    connector_number: int | None = None


@request
@dataclass(frozen=True)
class TriggerMessage:
    """OCPP 1.6 §5.17, OCPP 2.0.1 F06."""

    message: Trigger
    evse_number: int | None = None
    connector_number: int | None = None


@request
@dataclass(frozen=True)
class ExtendedTriggerMessage:
    """OCPP 1.6 security whitepaper §5.5: some messages more; the rest as TriggerMessage. In 2.x it is the same."""

    message: Trigger
    evse_number: int | None = None
    connector_number: int | None = None


@request
@dataclass(frozen=True)
class ClearCache:
    """OCPP 1.6 §5.4, OCPP 2.0.1 C11."""


@request
@dataclass(frozen=True)
class GetVariables:
    """OCPP 1.6 GetConfiguration (empty: all keys), OCPP 2.0.1 B06 (at least one)."""

    variables: tuple[VariableName, ...] = ()


@request
@dataclass(frozen=True)
class SetVariables:
    """OCPP 1.6 ChangeConfiguration (exactly one), OCPP 2.0.1 B05."""

    values: tuple[VariableValue, ...]


@request
@dataclass(frozen=True)
class GetBaseReport:
    """OCPP 2.0.1 B07. On 1.6: GetConfiguration of all keys."""

    base: ReportBase = ReportBase.FULL


@request
@dataclass(frozen=True)
class DataTransfer:
    """OCPP 1.6 §5.7, OCPP 2.0.1 P01."""

    vendor_id: str
    message_id: str = ""
    data: str = ""


@request
@dataclass(frozen=True)
class SetPassword:
    """OCPP 1.6 security whitepaper A01, OCPP 2.x A01. Kept in no row and on no page in clear."""

    encrypted_password: str


@request
@dataclass(frozen=True)
class RequestCertificate:
    """Ask the station to have its certificate signed anew: 1.6 security whitepaper A02, OCPP 2.x A02."""


@request
@dataclass(frozen=True)
class SendCertificate:
    """1.6 security whitepaper A02, A03, OCPP 2.x A02, A03. ``number``: of the station's request (OCPP 2.1)."""

    certificate: str
    number: int | None = None


@request
@dataclass(frozen=True)
class InstallCertificate:
    """1.6 security whitepaper M05, OCPP 2.x M05."""

    kind: CertificateKind
    certificate: str


@request
@dataclass(frozen=True)
class GetInstalledCertificates:
    """1.6 security whitepaper M03 (one kind a call), OCPP 2.x M03 (none: all)."""

    kinds: tuple[CertificateKind, ...] = ()


@request
@dataclass(frozen=True)
class DeleteCertificate:
    """1.6 security whitepaper M04, OCPP 2.x M04."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


@request
@dataclass(frozen=True)
class RaiseSecurityProfile:
    """1.6 security whitepaper A05 (the key SecurityProfile); OCPP 2.x A05: a network profile, its turn, a reset."""

    profile: SecurityProfile
    url: str = ""
    slot: int = 0
    priority: str = ""
    """The slots in the order in which the station is to try them."""
    interface: str = ""


@request
@dataclass(frozen=True)
class RawCall:
    """Any action of the station's version, word for word; checked against the official schema before it is sent."""

    action: str
    payload: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def send(
    station: ChargingStation,
    wanted: Any,
    *,
    by: User | None = None,
    priority: int = 0,
    expires_in: timedelta = DEFAULT_EXPIRY,
) -> Command:
    """Queue a request in the caller's transaction and ring the gateway's doorbell on commit.

    Who may do this is the door's question. Nothing is sent to a station after ``expires_in``.
    Raises InvalidRequest for a raw call that does not fit the station's version.
    """
    kind = kind_of(wanted)
    if isinstance(wanted, RawCall) and (problems := check_request(station.ocpp_version, wanted.action, wanted.payload)):
        raise InvalidRequest(problems)
    now = timezone.now()
    command = Command.objects.create(
        station=station,
        kind=kind,
        arguments=msgspec.to_builtins(wanted),
        requested_by=by,
        requested_at=now,
        expires_at=now + expires_in,
        priority=priority,
    )
    if by is not None:
        record(actor=by, action="command sent", target=station, kind=kind, command=command.pk)
    transaction.on_commit(partial(ring, station.pk))
    publish(f"station:{station.pk}", kind="command", command=command.pk, status=command.status)
    return command


def send_to_each(stations: Sequence[ChargingStation], wanted: Any) -> None:
    """Queue the same neutral request for many stations, as ``send`` does for one that nobody asked for."""
    now = timezone.now()
    told = {"kind": kind_of(wanted), "arguments": msgspec.to_builtins(wanted)}
    rows = [Command(station=station, requested_at=now, expires_at=now + DEFAULT_EXPIRY, **told) for station in stations]
    Command.objects.bulk_create(rows)
    transaction.on_commit(partial(ring_many, [row.station_id for row in rows]))
    publish_many(
        ([f"station:{row.station_id}"], {"kind": "command", "command": row.pk, "status": row.status}) for row in rows
    )


def kind_of(wanted: Any) -> str:
    kind = type(wanted).__name__
    if REQUESTS.get(kind) is not type(wanted):
        raise TypeError(f"{kind} is not a request; decorate it with @request.")
    return kind


def request_of(command: Command) -> Any:
    """The request behind a row. Raises msgspec.ValidationError if it does not fit its dataclass any more."""
    return msgspec.convert(command.arguments, REQUESTS[command.kind])


def is_repeatable(command: Command) -> bool:
    """Whether it can be asked again as it was: secrets and tokens are masked when a command ends."""
    if command.batch is not None and not command.batch.is_repeatable:
        return False
    known = REQUESTS.get(command.kind)
    return known is not None and known.__module__ == __name__ and not holds_masked(command.arguments)
