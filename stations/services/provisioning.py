"""Boots and what a station reports of itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from live.publish import publish, publish_many
from stations.commands import GetBaseReport, send_to_each
from stations.models import ChargingStation, Variable
from stations.models.variable import AttributeType
from stations.recordset import as_json
from stations.reports import BootReport, ReportedVariable
from stations.services.connections import why_missing
from stations.services.enrolment import take_expected_serial
from stations.services.profiles import match_traits
from stations.states import RegistrationStatus

# Some stations write their keys in lower case.
MAX_KEYS = "GetConfigurationMaxKeys"
SAID = (
    "vendor",
    "model",
    "serial_number",
    "firmware_version",
    "meter_type",
    "meter_serial_number",
    "iccid",
    "imsi",
)
BOOTING = (
    *SAID,
    "identity",
    "name",
    "registration",
    "site",
    "booted_at",
    "enrolled_at",
    "traits",
    "organization__heartbeat_interval_s",
)


@dataclass(frozen=True, slots=True)
class Boot:
    """A boot of a station."""

    station_id: int
    report: BootReport
    at: datetime


class Registered(NamedTuple):
    """What became of a boot."""

    registration: RegistrationStatus
    heartbeat_interval_s: int
    has_new_firmware: bool
    traits: frozenset[str]


@transaction.atomic(savepoint=False)
def record_boots(boots: Sequence[Boot]) -> list[Registered | Exception]:
    """Keep what stations say of themselves; at most one boot of each.

    StationBusy or DoesNotExist instead of what cannot be kept. A first boot, or one with new firmware, asks the station
    for its variables (OCPP 2.0.1 B07).
    """
    ids = [boot.station_id for boot in boots]
    rows = ChargingStation.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related(
        "organization"
    )
    stations = {station.pk: station for station in rows.only(*BOOTING).filter(pk__in=ids).order_by("pk")}
    missing = why_missing([station_id for station_id in ids if station_id not in stations])
    known = [boot for boot in boots if boot.station_id in stations]
    new = {boot.station_id for boot in known if _is_new(stations[boot.station_id], boot.report)}
    changed = _take_reports(stations, known)
    results: list[Registered | Exception] = [
        _registered(stations[boot.station_id], is_new=boot.station_id in new)
        if boot.station_id in stations
        else missing[boot.station_id]
        for boot in boots
    ]
    _store(stations, known)
    if changed:
        ChargingStation.objects.bulk_update(changed, ["traits", "registration", "site"])
    asked = [stations[pk] for pk in new if stations[pk].registration == RegistrationStatus.ACCEPTED]
    if asked:
        send_to_each(asked, GetBaseReport())
    publish_many(
        ((f"station:{pk}", f"organization:{station.organization_id}"), {"kind": "booted", "station": pk})
        for pk, station in stations.items()
    )
    return results


def _is_new(station: ChargingStation, report: BootReport) -> bool:
    return station.booted_at is None or station.firmware_version != report.firmware_version


def _registered(station: ChargingStation, *, is_new: bool) -> Registered:
    registration = RegistrationStatus(station.registration)
    return Registered(registration, station.organization.heartbeat_interval_s, is_new, frozenset(station.traits))


def _take_reports(stations: Mapping[int, ChargingStation], boots: Sequence[Boot]) -> list[ChargingStation]:
    """Returns the stations of which more changed than what they say."""
    of_new_hardware, placed = [], []
    for boot in boots:
        station, report = stations[boot.station_id], boot.report
        if (station.vendor, station.model, station.firmware_version) != (
            report.vendor,
            report.model,
            report.firmware_version,
        ):
            of_new_hardware.append(station)
        for name in SAID:
            setattr(station, name, getattr(report, name))
        if take_expected_serial(station):
            placed.append(station)
    changed = match_traits(of_new_hardware) if of_new_hardware else []
    return [*changed, *(station for station in placed if station not in changed)]


def _store(stations: Mapping[int, ChargingStation], boots: Sequence[Boot]) -> None:
    """The boot counts as one from the moment that it is accepted."""
    is_accepted = {pk: station.registration == RegistrationStatus.ACCEPTED for pk, station in stations.items()}
    told = as_json(
        {
            "id": boot.station_id,
            "accepted_at": boot.at if is_accepted[boot.station_id] else None,
            "reason": boot.report.reason,
            **{name: getattr(boot.report, name) for name in SAID},
        }
        for boot in boots
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE stations_chargingstation AS station
            SET vendor = told.vendor, model = told.model, serial_number = told.serial_number,
                firmware_version = told.firmware_version, meter_type = told.meter_type,
                meter_serial_number = told.meter_serial_number, iccid = told.iccid, imsi = told.imsi,
                boot_reason = told.reason, booted_at = coalesce(told.accepted_at, station.booted_at)
            FROM json_to_recordset(%s) AS told (
                id bigint, accepted_at timestamptz, vendor text, model text, serial_number text, firmware_version text,
                meter_type text, meter_serial_number text, iccid text, imsi text, reason text
            )
            WHERE station.id = told.id
            """,
            [told],
        )


@transaction.atomic
def record_variables(*, station_id: int, variables: Sequence[ReportedVariable], at: datetime) -> None:
    """Keep reported variables; the newest report of each counts. A value that was not told keeps the old one."""
    rows = {_key(station_id, variable): _row(station_id, variable, at) for variable in variables}
    told = [row for row in rows.values() if row.value]
    untold = [row for row in rows.values() if not row.value]
    identity = _identity_fields()
    described = ["mutability", "unit", "data_type", "values_list", "min_limit", "max_limit", "updated_at"]
    Variable.objects.bulk_create(
        told, update_conflicts=True, unique_fields=identity, update_fields=["value", *described]
    )
    Variable.objects.bulk_create(untold, update_conflicts=True, unique_fields=identity, update_fields=described)
    publish(f"station:{station_id}", kind="variables", station=station_id)


@transaction.atomic
def record_values(*, station_id: int, variables: Sequence[ReportedVariable], at: datetime) -> None:
    """Keep values alone, as a station answers them; what a report described of the variables stays."""
    rows = {_key(station_id, variable): _row(station_id, variable, at) for variable in variables}
    Variable.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=_identity_fields(),
        update_fields=["value", "updated_at"],
    )
    publish(f"station:{station_id}", kind="variables", station=station_id)


def items_per_message(station_id: int) -> dict[str, int]:
    """How many items the station takes in one message, by action, as far as it told (standards §7.5 rule 79)."""
    rows = Variable.objects.filter(
        Q(name="ItemsPerMessage") | Q(name__iexact=MAX_KEYS, component=""),
        station_id=station_id,
        attribute=AttributeType.ACTUAL,
    ).values_list("name", "instance", "value")
    return {
        instance or (name if name == "ItemsPerMessage" else MAX_KEYS): int(value)
        for name, instance, value in rows
        if value.isascii() and value.isdecimal() and len(value) < 10 and int(value) > 0
    }


def _identity_fields() -> list[str]:
    return [
        "station",
        "component",
        "component_instance",
        "evse_number",
        "connector_number",
        "name",
        "instance",
        "attribute",
    ]


def _key(station_id: int, variable: ReportedVariable) -> tuple[object, ...]:
    return (station_id, *(getattr(variable, field) for field in _identity_fields()[1:]))


def _row(station_id: int, variable: ReportedVariable, at: datetime) -> Variable:
    return Variable(
        station_id=station_id,
        component=variable.component[:50],
        component_instance=variable.component_instance[:50],
        evse_number=variable.evse_number,
        connector_number=variable.connector_number,
        name=variable.name[:50],
        instance=variable.instance[:50],
        attribute=variable.attribute,
        value=variable.value or "",
        mutability=variable.mutability,
        unit=variable.unit[:20],
        data_type=variable.data_type[:20],
        values_list=variable.values_list,
        min_limit=variable.min_limit,
        max_limit=variable.max_limit,
        updated_at=at,
    )
