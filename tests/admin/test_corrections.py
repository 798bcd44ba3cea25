"""Correcting a session by hand: what is entered is changed, with a reason, and nothing else."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.roles import Role
from charging.models import Session, SessionAnomaly
from charging.states import AnomalyStatus, SessionStatus
from drivers.models import Driver, IdToken
from tests.admin.test_isolation import every_role, logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Xanadu")


def correct(client: Client, world: World, **entered: object) -> int:
    url = reverse("console:anomaly_correct", args=[world[SessionAnomaly].pk])
    return client.post(url, {"correction_reason": "The driver's bill", **entered}).status_code


def test_energy_end_and_person_are_corrected_and_audited(world: World) -> None:
    sam = logged_in(world.staff[Role.SUPPORT])
    Session.objects.update(token=None, driver=None)
    end = timezone.now() - timedelta(minutes=1)
    sent = {"energy_kwh": "12.345", "ended_at": f"{end.astimezone(_zone(world)):%Y-%m-%dT%H:%M}"}
    assert correct(sam, world, **sent, token=world[IdToken].pk) == 302
    session, anomaly = Session.objects.get(), SessionAnomaly.objects.get()
    assert (session.energy_wh, session.status, session.driver) == (12_345, SessionStatus.ENDED, world[Driver])
    assert session.ended_at == end.replace(second=0, microsecond=0)
    assert session.meter_start_wh == 1000
    assert (anomaly.status, anomaly.closing_reason) == (AnomalyStatus.CORRECTED, "The driver's bill")
    event = AuditEvent.objects.get(action="anomaly corrected")
    assert (event.details["before"]["energy_wh"], event.details["after"]["energy_wh"]) == (500, 12_345)
    assert world[IdToken].value not in str(event.details)
    assert correct(sam, world, energy_kwh="1") == 200
    assert Session.objects.get().energy_wh == 12_345


def _zone(world: World) -> ZoneInfo:
    return ZoneInfo(world[SessionAnomaly].station.time_zone)


@pytest.mark.parametrize(
    "entered",
    [
        {},
        {"energy_kwh": "-1"},
        {"energy_kwh": "2001"},
        {"energy_kwh": "NaN"},
        {"ended_at": "2020-01-01T00:00"},
        {"ended_at": "2199-01-01T00:00"},
        {"started_at": "yesterday"},
        {"energy_kwh": "1", "correction_reason": ""},
    ],
)
def test_what_cannot_be_true_is_refused(world: World, entered: dict[str, str]) -> None:
    assert correct(logged_in(world.staff[Role.OPERATOR]), world, **entered) == 200
    assert (Session.objects.get().energy_wh, SessionAnomaly.objects.get().status) == (500, AnomalyStatus.OPEN)


def test_a_neighbours_token_is_no_choice(world: World) -> None:
    neighbour = build("Charlie's Chargers", "Quuxville")
    assert correct(logged_in(world.staff[Role.OPERATOR]), world, token=neighbour[IdToken].pk) == 200
    assert Session.objects.filter(token=neighbour[IdToken], organization=world.organization).count() == 0


@every_role
def test_only_who_may_resolve_corrects(world: World, role: Role) -> None:
    may = role in (Role.OWNER, Role.OPERATOR, Role.SUPPORT)
    assert correct(logged_in(world.staff[role]), world, energy_kwh="1") == (302 if may else 403)
