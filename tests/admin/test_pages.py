"""Pages cost the same number of queries however much there is to show."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.console.paginator import BoundedPaginator
from accounts.models import AuditEvent, Membership, Organization, User
from accounts.roles import Role
from charging.models import MeterReading, Session, SessionAnomaly
from charging.states import AnomalyKind, Measurand
from csms.console.charts import curve_of
from csms.console.frames import recent_exchanges
from drivers.models import AuthorizationPurpose, AuthorizationRecord, IdToken
from drivers.states import AuthorizationStatus
from stations.models import (
    CertificateAuthority,
    ChargingStation,
    Command,
    Connector,
    EnrolmentPolicy,
    Evse,
    Frame,
    MeterKey,
    Site,
    StatusInterval,
    Variable,
)
from stations.presence import presence
from stations.states import ConnectorStatus
from tests import cast
from tests.admin.test_isolation import TENANT_ADMINS, changelist, logged_in
from tests.admin.world import World, again, build

pytestmark = pytest.mark.django_db

# What there is only one of, or what is made by a service of its own.
NOT_COPIED = {Organization, EnrolmentPolicy, CertificateAuthority, AuditEvent, Membership, User, MeterKey}
LISTS = sorted(TENANT_ADMINS, key=lambda model: model._meta.label)


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Harbour")


@pytest.fixture
def olga(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


def queries(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def more_of_everything(world: World, count: int = 8) -> None:
    now = timezone.now()
    for number in range(count):
        site = cast.create_site(world.organization, f"Site {number}")
        station = cast.create_station(site, f"MORE-{number}")
        evse = Evse.objects.create(station=station, number=1)
        Connector.objects.create(evse=evse, number=1)
        driver = cast.create_driver(world.organization, f"Driver {number}")
        token = cast.create_token(world.organization, f"0400000{number}", driver=driver)
        _at_station(world, station, token, number)
        _at_station(world, world[ChargingStation], token, number + 2)
        IdToken.objects.filter(pk=token.pk).update(expires_at=now)


def _at_station(world: World, station: ChargingStation, token: IdToken, number: int) -> None:
    now = timezone.now()
    evse, _ = Evse.objects.get_or_create(station=station, number=number + 1)
    connector, _ = Connector.objects.get_or_create(evse=evse, number=1)
    StatusInterval.objects.create(
        connector=connector, status=ConnectorStatus.CHARGING, started_at=now - timedelta(hours=1), ended_at=now
    )
    session = Session.objects.create(
        organization=world.organization,
        station=station,
        evse_number=evse.number,
        transaction_id=f"T{number}",
        token=token,
        driver=token.driver,
        started_at=now,
        ended_at=now if number % 2 else None,
    )
    SessionAnomaly.objects.create(
        organization=world.organization,
        station=station,
        session=session,
        kind=AnomalyKind.CLOCK_SKEW,
        fingerprint=f"{station.pk}-{number}",
        summary="odd",
    )
    Command.objects.create(station=station, kind="Reset", expires_at=now, requested_by=world.staff[Role.OWNER])
    Variable.objects.create(station=station, name=f"V{number}", updated_at=now)
    Frame.objects.create(
        station=station, connection_id=world[Frame].connection_id, at=now, direction=0, message_type=2, text="[2]"
    )
    AuthorizationRecord.objects.create(
        organization=world.organization,
        station=station,
        token=token,
        presented="••••",
        purpose=AuthorizationPurpose.START,
        status=AuthorizationStatus.ACCEPTED,
        reason="ok",
    )


def fill(world: World, numbers: range) -> None:
    """More rows of every list: at other stations, so that a query for each would show."""
    stations = [again(world[ChargingStation], 1000 + number) for number in numbers]
    for number, station in zip(numbers, stations, strict=True):
        cast.create_staff(world.organization, f"more{number}@example.org", Role.SUPPORT)
        audit.record(actor=world.staff[Role.OWNER], action=f"tested {number % 3}", target=world[Site])
        for model in set(LISTS) - NOT_COPIED:
            row = again(world[model], number)
            if getattr(row, "station_id", None) and not isinstance(row, Frame):
                model._default_manager.filter(pk=row.pk).update(station=station)


@pytest.fixture(autouse=True)
def _a_minute_lasts_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's note of the hour would be counted as a query of whatever page comes after a minute."""
    monkeypatch.setattr("accounts.sessions.FRESH_S", 3600)


def test_lists_cost_the_same_with_3_and_with_30_rows(world: World) -> None:
    """Every list of the registry: a new one is in here by itself."""
    owner = logged_in(world.staff[Role.OWNER])
    short = []

    def costs(count: int) -> Iterator[tuple[str, int]]:
        for model in LISTS:
            with CaptureQueriesContext(connection) as captured:
                answer = owner.get(changelist(model))
            yield model._meta.label, len(captured)
            if answer.context["cl"].result_count < count and model not in NOT_COPIED:
                short.append((count, model))

    fill(world, range(3))
    # What is remembered from page to page costs the first one alone.
    ContentType.objects.get_for_models(*LISTS)
    owner.get(changelist(LISTS[0]))
    few = dict(costs(3))
    fill(world, range(3, 30))
    # Fewer where the rows with a prefetch are on another page.
    assert {label: cost for label, cost in costs(30) if cost > few[label]} == {}
    assert max(few.values()) <= 13
    assert short == []


@pytest.mark.parametrize("page", ["admin:index", "console:station", "console:session"])
def test_pages_cost_the_same_however_much_they_show(world: World, olga: Client, page: str) -> None:
    row = {"console:station": ChargingStation, "console:session": Session}.get(page)
    url = reverse(page, args=[world[row].pk] if row else [])
    olga.get(url)
    more_of_everything(world)
    few = queries(lambda: olga.get(url))
    more = World(world.mark, world.organization, world.rows, world.staff)
    for number in range(20, 26):
        _at_station(more, world[ChargingStation], world[IdToken], number)
    assert queries(lambda: olga.get(url)) == few
    assert few <= 32


def test_presence_has_four_answers(world: World) -> None:
    station = ChargingStation.objects.get(pk=world[ChargingStation].pk)
    assert presence(station) == "online"
    station.connection = None
    assert presence(station) == "offline"
    station.last_seen_at = None
    assert presence(station) == "never"
    station.is_enabled = False
    assert presence(station) == "disabled"


def test_a_call_is_shown_with_its_answer(world: World) -> None:
    station, connection_id, now = world[ChargingStation], world[Frame].connection_id, timezone.now()
    Frame.objects.all().delete()
    shape = {"station": station, "connection_id": connection_id, "message_id": "7", "action": "Authorize"}
    Frame.objects.create(
        **shape, at=now, direction=0, message_type=2, text='[2,"7","Authorize",{"idToken":{"idToken":"••••"}}]'
    )
    Frame.objects.create(
        **shape,
        at=now + timedelta(milliseconds=40),
        direction=1,
        message_type=4,
        text='[4,"7","InternalError","",{}]',
        error_code="InternalError",
        repairs=["answer mended"],
    )
    Frame.objects.create(
        station=station, connection_id=connection_id, at=now - timedelta(seconds=5), direction=0, text="{{nonsense"
    )
    call, nonsense = recent_exchanges(station, count=10)
    assert (call.outcome, call.took_ms, call.repairs) == ("refused", 40, ["answer mended"])
    assert call.fields == [("idToken.idToken", "••••")]
    assert (nonsense.outcome, nonsense.fields) == ("unreadable", [])
    assert recent_exchanges(station, count=10, action="authorize") == [call]
    assert recent_exchanges(station, count=10, direction="1") == []


def test_a_curve_sums_phases_and_starts_at_the_start_register(world: World) -> None:
    session = world[Session]
    MeterReading.objects.all().delete()
    begin = session.started_at
    rows = [
        (0, Measurand.ENERGY_IMPORT_REGISTER, 0, 1_000.0),
        (60, Measurand.ENERGY_IMPORT_REGISTER, 0, 1_500.0),
        (60, Measurand.POWER_IMPORT, 1, 3_000.0),
        (60, Measurand.POWER_IMPORT, 2, 2_000.0),
        (60, Measurand.POWER_IMPORT, 3, 1_000.0),
        (60, Measurand.SOC, 0, 55.0),
    ]
    MeterReading.objects.bulk_create(
        MeterReading(
            station=session.station,
            evse_number=1,
            at=begin + timedelta(seconds=seconds),
            measurand=measurand,
            phase=phase,
            value=value,
            session=session,
        )
        for seconds, measurand, phase, value in rows
    )
    curve = curve_of(session)
    assert curve.energy_kwh == [0.0, 0.5]
    assert curve.power_kw == [None, 6.0]
    assert curve.soc_percent == [None, 55.0]
    assert len(curve_of(session, max_points=1).at) <= 2


def test_a_long_session_has_few_points(world: World) -> None:
    session = world[Session]
    Session.objects.filter(pk=session.pk).update(started_at=timezone.now() - timedelta(hours=10))
    session.refresh_from_db()
    MeterReading.objects.bulk_create(
        MeterReading(
            station=session.station,
            evse_number=1,
            at=session.started_at + timedelta(seconds=20 * step),
            measurand=Measurand.POWER_IMPORT,
            value=step,
            session=session,
        )
        for step in range(1_500)
    )
    assert 100 < len(curve_of(session).at) <= 402


def test_every_admin_has_a_bounded_count() -> None:
    for model in (Frame, Session, Command, AuthorizationRecord):
        assert issubclass(admin.site._registry[model].paginator, BoundedPaginator)
        assert not admin.site._registry[model].show_full_result_count


def test_a_count_that_stopped_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedPaginator, "limit", 1)
    client = logged_in(world.staff[Role.OPERATOR])
    url = reverse("admin:stations_site_changelist")
    assert "1+" not in client.get(url).content.decode()
    cast.create_site(world.organization, "Another")
    page = client.get(url)
    assert (page.context["cl"].result_count, str(page.context["cl"].result_count)) == (1, "1+")
    assert re.search(r"1\+\s+sites", page.content.decode())
