"""Boots and what a station reports of itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from live.publish import publish
from stations.commands import GetBaseReport, send
from stations.models import ChargingStation, Variable
from stations.models.variable import AttributeType
from stations.reports import BootReport, ReportedVariable
from stations.services.enrolment import take_expected_serial
from stations.services.profiles import traits_of
from stations.states import RegistrationStatus

# Some stations write their keys in lower case.
MAX_KEYS = "GetConfigurationMaxKeys"


class Registered(NamedTuple):
    """What became of a boot."""

    registration: RegistrationStatus
    heartbeat_interval_s: int
    has_new_firmware: bool
    traits: frozenset[str]


@transaction.atomic
def record_boot(*, station_id: int, boot: BootReport, at: datetime) -> Registered:
    """Keep what the station says of itself.

    A first boot, or one with new firmware, asks the station for its variables (OCPP 2.0.1 B07).
    """
    station = ChargingStation.objects.select_for_update(of=("self",)).select_related("organization").get(pk=station_id)
    is_new = station.booted_at is None or station.firmware_version != boot.firmware_version
    hardware = (station.vendor, station.model, station.firmware_version)
    fields = ("vendor", "model", "serial_number", "firmware_version", "meter_type", "meter_serial_number", "iccid")
    for field in (*fields, "imsi"):
        setattr(station, field, getattr(boot, field))
    station.boot_reason = boot.reason
    if hardware != (station.vendor, station.model, station.firmware_version):
        station.traits = traits_of(station)
    take_expected_serial(station)
    registration = RegistrationStatus(station.registration)
    if registration == RegistrationStatus.ACCEPTED:
        station.booted_at = at
        if is_new:
            send(station, GetBaseReport())
    station.save(update_fields=[*fields, "imsi", "boot_reason", "booted_at", "registration", "site", "traits"])
    publish(f"station:{station_id}", f"organization:{station.organization_id}", kind="booted", station=station_id)
    return Registered(registration, station.organization.heartbeat_interval_s, is_new, frozenset(station.traits))


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
        if value.isdigit() and int(value) > 0
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
