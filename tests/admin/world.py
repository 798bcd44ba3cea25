"""One row of everything for an organization, with a mark in every text a page could show."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, Membership, Organization, User
from accounts.roles import Role
from accounts.services.invitations import invite
from api.models import Event, EventType, OAuthClient, WebhookDelivery, WebhookEndpoint
from api.scopes import Scope
from api.services import create_key
from charging.models import MeterReading, Reservation, Session, SessionAnomaly
from charging.states import AnomalyKind, Measurand, ReservationStatus
from drivers.models import (
    AuthorizationPurpose,
    AuthorizationRecord,
    Driver,
    IdToken,
    LocalList,
    LocalListEntry,
    LocalListRule,
)
from drivers.states import AuthorizationStatus
from jobs.models import Job
from stations.models import (
    ChargingStation,
    Command,
    CommandBatch,
    Connector,
    EnrolmentPolicy,
    Evse,
    ExpectedStation,
    Frame,
    GatewayProcess,
    MeterKey,
    RejectedConnection,
    RepairCount,
    Site,
    StationConnection,
    StationNote,
    StatusInterval,
    Variable,
    VendorProfile,
)
from stations.repairs import Repair
from stations.secrets import hash_secret
from stations.states import (
    ConnectorStatus,
    OcppVersion,
    RefusalCause,
    SecurityProfile,
)
from stations.traits import Trait
from tests import cast
from tests.admin.equipment import add_check, add_files, add_limits, add_security


@dataclass
class World:
    """An organization with one row of everything in it."""

    mark: str
    organization: Organization
    rows: dict[type[Model], Model] = field(default_factory=dict)
    staff: dict[Role, User] = field(default_factory=dict)

    def __getitem__(self, model: type[Model]) -> Any:
        return self.rows[model]

    def keep(self, row: Model) -> Any:
        self.rows[type(row)] = row
        return row


def build(name: str, mark: str) -> World:
    """``mark`` is a word that occurs nowhere else."""
    organization = cast.create_organization(f"{name} {mark}", slug=mark.lower())
    world = World(mark, organization)
    world.keep(organization)
    for role in Role:
        user = cast.create_staff(organization, f"{role}@{mark.lower()}.example", role, first_name=mark, last_name=role)
        world.staff[role] = user
        world.keep(user)
    world.keep(Membership.objects.get(user=world.staff[Role.READ_ONLY]))
    _hardware(world)
    _enrolment(world)
    _people(world)
    _records(world)
    _local_list(world)
    add_limits(world)
    _charging(world)
    _programs(world)
    add_files(world)
    add_check(world)
    add_security(world)
    world.keep(audit.record(actor=world.staff[Role.OWNER], action="tested", target=world[Site]))
    world.keep(
        invite(
            organization=organization,
            email=f"new@{mark.lower()}.example",
            role=Role.FINANCE,
            by=world.staff[Role.OWNER],
        )[0]
    )
    assert isinstance(world[AuditEvent], AuditEvent)
    return world


def _hardware(world: World) -> None:
    site = world.keep(cast.create_site(world.organization, f"Site {world.mark}", city=world.mark))
    station = world.keep(
        cast.create_station(
            site,
            f"ID-{world.mark}",
            name=f"Station {world.mark}",
            secret_hash=hash_secret("correct-horse-battery"),
            ocpp_version=OcppVersion.V201,
            vendor=f"Vendor {world.mark}",
            last_seen_at=timezone.now(),
        )
    )
    evse = world.keep(Evse.objects.create(station=station, number=1, name=f"Place {world.mark}"))
    connector = world.keep(Connector.objects.create(evse=evse, number=1, status=ConnectorStatus.CHARGING))
    world.keep(
        StatusInterval.objects.create(
            connector=connector, status=ConnectorStatus.CHARGING, started_at=timezone.now(), error_info=world.mark
        )
    )
    world.keep(
        Variable.objects.create(
            station=station,
            component=f"C{world.mark}",
            name=f"V{world.mark}",
            value=world.mark,
            updated_at=timezone.now(),
        )
    )
    world.keep(
        VendorProfile.objects.create(
            organization=world.organization,
            name=f"Profile {world.mark}",
            vendor_pattern=f"*{world.mark}*",
            traits=[Trait.BOOTS_LATE],
        )
    )
    world.keep(MeterKey.objects.create(station=station, public_key=f"KEY{world.mark}", note=world.mark))
    world.keep(
        RepairCount.objects.create(
            station=station,
            repair=Repair.LETTER_CASE,
            count=3,
            first_at=timezone.now(),
            last_at=timezone.now(),
            last_action=f"A{world.mark}",
        )
    )


def _enrolment(world: World) -> None:
    author = world.staff[Role.OPERATOR]
    world.keep(StationNote.objects.create(station=world[ChargingStation], text=f"Key {world.mark}", author=author))
    site = world[Site]
    world.keep(ExpectedStation.objects.create(organization=world.organization, site=site, value=f"EXP-{world.mark}"))
    world.keep(
        EnrolmentPolicy.objects.create(
            organization=world.organization, site=site, identity_patterns=[f"{world.mark}-*"]
        )
    )


def _people(world: World) -> None:
    driver = world.keep(cast.create_driver(world.organization, f"Driver {world.mark}"))
    group = world.keep(cast.create_token_group(world.organization, f"Group {world.mark}", world.mark[:20]))
    world.keep(
        cast.create_token(
            world.organization, f"SECRETUID{world.mark}", label=f"Card {world.mark}", driver=driver, group=group
        )
    )


def _records(world: World) -> None:
    station = world[ChargingStation]
    gateway = world.keep(GatewayProcess.objects.create(lease_until=timezone.now() + timedelta(hours=1)))
    connection = world.keep(
        StationConnection.objects.create(
            station=station,
            gateway=gateway,
            ocpp_version=OcppVersion.V201,
            security_profile=SecurityProfile.BASIC,
            close_reason=world.mark,
        )
    )
    ChargingStation.objects.filter(pk=station.pk).update(connection=connection)
    batch = world.keep(
        CommandBatch.objects.create(
            organization=world.organization,
            kind="RawCall",
            arguments={"action": f"A{world.mark}", "payload": {}},
            requested_by=world.staff[Role.OPERATOR],
        )
    )
    world.keep(
        Command.objects.create(
            station=station,
            batch=batch,
            kind="Reset",
            arguments={"note": world.mark},
            detail=world.mark,
            requested_by=world.staff[Role.OPERATOR],
            expires_at=timezone.now() + timedelta(minutes=2),
        )
    )
    world.keep(
        RejectedConnection.objects.create(
            organization=world.organization,
            identity=f"NEW-{world.mark}",
            cause=RefusalCause.UNKNOWN_IDENTITY,
            path=f"/ocpp/{world.mark}",
        )
    )
    world.keep(
        Job.objects.create(
            organization=world.organization,
            kind="nothing",
            title=f"Job {world.mark}",
            requested_by=world.staff[Role.OWNER],
            log=[{"at": timezone.now().isoformat(), "text": world.mark}],
        )
    )
    world.keep(
        Frame.objects.create(
            station=station,
            connection_id=uuid.uuid4(),
            at=timezone.now(),
            direction=0,
            message_type=2,
            message_id="1",
            action=f"A{world.mark}",
            text=f'[2,"1","Heartbeat",{{"note":"{world.mark}"}}]',
        )
    )
    world.keep(
        AuthorizationRecord.objects.create(
            organization=world.organization,
            station=station,
            token=world[IdToken],
            presented=f"••••{world.mark}",
            purpose=AuthorizationPurpose.AUTHORIZE,
            status=AuthorizationStatus.ACCEPTED,
            reason=world.mark,
        )
    )


def _local_list(world: World) -> None:
    station, token = world[ChargingStation], world[IdToken]
    held = world.keep(LocalList.objects.create(station=station, version=3, is_certain=True, problem=world.mark))
    world.keep(
        LocalListEntry.objects.create(
            list=held, value=token.value, key=token.key, type=token.type, status=AuthorizationStatus.ACCEPTED
        )
    )
    world.keep(LocalListRule.objects.create(organization=world.organization, station=station))


def _charging(world: World) -> None:
    station = world[ChargingStation]
    session = world.keep(
        Session.objects.create(
            organization=world.organization,
            station=station,
            evse_number=1,
            transaction_id=f"T-{world.mark}",
            token=world[IdToken],
            token_key=world[IdToken].key,
            driver=world[Driver],
            started_at=timezone.now() - timedelta(minutes=10),
            start_received_at=timezone.now(),
            meter_start_wh=1000,
            energy_wh=500,
            power_w=7400,
        )
    )
    world.keep(
        MeterReading.objects.create(
            station=station,
            evse_number=1,
            at=timezone.now(),
            measurand=Measurand.POWER_IMPORT,
            value=7400,
            session=session,
        )
    )
    world.keep(
        Reservation.objects.create(
            organization=world.organization,
            station=station,
            evse_number=1,
            token=world[IdToken],
            expires_at=timezone.now() + timedelta(minutes=30),
            status=ReservationStatus.ACTIVE,
            detail=f"Kept {world.mark}",
        )
    )
    world.keep(
        SessionAnomaly.objects.create(
            organization=world.organization,
            station=station,
            session=session,
            kind=AnomalyKind.CLOCK_SKEW,
            fingerprint=world.mark,
            summary=f"Odd {world.mark}",
            evidence={"note": world.mark},
        )
    )


def _programs(world: World) -> None:
    owner = world.staff[Role.OWNER]
    key, _ = create_key(
        organization=world.organization, name=f"Key {world.mark}", scopes=[Scope.NETWORK_READ], by=owner
    )
    world.keep(key)
    world.keep(
        OAuthClient.objects.create(
            organization=world.organization,
            name=f"Client {world.mark}",
            user=owner,
            scopes=[Scope.NETWORK_READ],
            client_secret=world.mark,
            hash_client_secret=False,
            client_type=OAuthClient.CLIENT_CONFIDENTIAL,
            authorization_grant_type=OAuthClient.GRANT_CLIENT_CREDENTIALS,
        )
    )
    event = world.keep(
        Event.objects.create(
            organization=world.organization,
            station=world[ChargingStation],
            type=EventType.STATION_CONNECTED,
            subject_id="1",
            data={"station": world[ChargingStation].identity},
            is_taken_up=True,
        )
    )
    endpoint = world.keep(
        WebhookEndpoint.objects.create(
            organization=world.organization,
            url=f"https://{world.mark.lower()}.example/hook",
            description=f"Hook {world.mark}",
            events=[EventType.STATION_CONNECTED],
        )
    )
    world.keep(WebhookDelivery.objects.create(endpoint=endpoint, event=event, response_excerpt=world.mark))


def everything_of(world: World) -> dict[str, list[dict[str, Any]]]:
    """Every column of every row of the organization, to see that nobody changed anything."""
    everything: dict[str, list[dict[str, Any]]] = {}
    for model in world.rows:
        if model in (GatewayProcess, User):
            continue
        path = getattr(model, "organization_path", "organization")
        rows = model._default_manager.filter(**{path: world.organization.pk}).order_by("pk")
        everything[model._meta.label] = list(rows.values())
    people = User.objects.filter(memberships__organization=world.organization).order_by("pk")
    columns = ("email", "password", "is_active", "is_staff", "is_superuser")
    everything["people"] = [dict(zip(columns, row, strict=True)) for row in people.values_list(*columns)]
    return everything


# Other rows are made anew for several that point to them.
ANEW = itertools.count(100_000)


def again(row: Model, number: int) -> Model:
    """Another row like this one: what must be unique is changed, the rest is the same."""
    copy = type(row)._default_manager.get(pk=row.pk)
    copy.pk, copy._state.adding = None, True
    unique = {each.name for each in row._meta.fields if each.unique and not each.primary_key} | {"identity", "value"}
    for constraint in row._meta.constraints:
        unique |= set(getattr(constraint, "fields", ()))
    for each in row._meta.fields:
        if each.name in unique and not each.choices:
            setattr(copy, each.name, _another(getattr(row, each.name), each.max_length, number))
    for name in _only_related(row):
        setattr(copy, name, again(getattr(row, name), next(ANEW)))
    copy.save()
    return copy


def _only_related(row: Model) -> set[str]:
    """Where nothing but other rows makes it unique: of those rows, the one to make anew."""
    names = {each.name for each in row._meta.fields if each.one_to_one and getattr(row, each.name) is not None}
    for constraint in row._meta.constraints:
        values = {name: getattr(row, name) for name in getattr(constraint, "fields", ())}
        related = [name for name, value in values.items() if isinstance(value, Model)]
        if related and not any(isinstance(value, str | int | uuid.UUID) for value in values.values()):
            names.add(related[-1])
    return names


def _another(value: Any, max_length: int | None, number: int) -> Any:
    if isinstance(value, uuid.UUID):
        return uuid.uuid4()
    if isinstance(value, int):
        return value + number + 1
    return f"{number}-{value}"[: max_length or 300] if isinstance(value, str) else value
