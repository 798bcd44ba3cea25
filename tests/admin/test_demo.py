"""``manage.py demo``: an invented network, once, whose chargers can connect."""

import json
import stat
from pathlib import Path

import msgspec
import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from accounts.models import Organization, User
from accounts.roles import Role
from charging.models import MeterReading, Reservation, Session
from charging.states import SessionStatus
from onboarding.models import OnboardingCheck
from onboarding.services import advance_checks
from onboarding.states import OPEN_STEPS, RunStatus, StepKind, StepStatus
from simulator.roster import Roster
from smartcharging.models import ChargingProfile
from stations.models import ChargingStation, Command, CommandBatch, SecurityEvent
from stations.secrets import matches
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    return tmp_path / "var"


def demo(capsys: pytest.CaptureFixture[str], **options: bool) -> dict[str, object]:
    capsys.readouterr()
    call_command("demo", json=True, **options)
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def test_it_is_made_once(capsys: pytest.CaptureFixture[str]) -> None:
    first = demo(capsys)
    counts = (ChargingStation.objects.count(), User.objects.count(), Session.objects.count())
    assert demo(capsys) == first
    assert (ChargingStation.objects.count(), User.objects.count(), Session.objects.count()) == counts
    assert counts[0] >= 20


def test_people_can_log_in_chargers_can_connect_and_the_history_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    answer = demo(capsys)
    logins = answer["logins"]
    assert isinstance(logins, list)
    passwords = {login["password"] for login in logins}
    hashes = set(User.objects.filter(email__in=[login["email"] for login in logins]).values_list("password", flat=True))
    assert check_password(passwords.pop(), hashes.pop())
    assert (passwords, hashes) == (set(), set())
    assert {str(role.label) for role in Role} <= {login["role"].split(" of ")[0] for login in logins}
    fleet = Path(str(answer["fleet"]))
    assert stat.S_IMODE(fleet.stat().st_mode) == 0o600
    for charger in json.loads(fleet.read_text())["chargers"]:
        station = ChargingStation.objects.get(identity=charger["identity"])
        assert matches(station.secret_hash, charger["password"].encode())
        assert charger["password"] not in station.secret_hash
        assert len(charger["evses"]) == station.evses.count()
    roster = msgspec.json.decode(fleet.read_bytes(), type=Roster)
    assert {charger.version for charger in roster.chargers} == {"1.6", "2.0.1", "2.1"}
    _the_history_adds_up()


def _the_history_adds_up() -> None:
    for session in Session.objects.order_by("pk")[:50]:
        assert session.status == SessionStatus.ENDED
        assert session.meter_start_wh is not None
        assert session.energy_wh == (session.meter_stop_wh or 0) - session.meter_start_wh > 0
        registers = MeterReading.objects.filter(session=session, measurand=1).order_by("at", "value")
        assert [row.value for row in registers] == sorted(row.value for row in registers)


def test_it_keeps_out_of_somebody_elses_database(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    settings.IS_EMBEDDED = False
    cast.create_organization("Somebody's")
    with pytest.raises(CommandError, match="This database belongs to somebody"):
        call_command("demo", json=True)
    assert Organization.objects.count() == 1
    demo(capsys, force=True)
    assert Organization.objects.count() == 3


def test_some_stations_have_orders_to_answer_when_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    """So that no panel of the station page is empty everywhere."""
    demo(capsys)
    kinds = set(Command.objects.queued().values_list("kind", flat=True))
    asked = {"ReserveNow", "GetLocalListVersion", "SetChargingProfile", "GetCompositeSchedule", "GetDiagnostics"}
    assert kinds == asked | {"GetBaseReport"}
    assert Reservation.objects.count() == 1
    assert ChargingProfile.objects.count() == 2
    assert Command.objects.queued().filter(batch=CommandBatch.objects.get()).count() == 20


def test_a_check_runs_and_security_events_wait_to_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    demo(capsys)
    running = OnboardingCheck.objects.get(status=RunStatus.RUNNING)
    advance_checks()
    waiting = running.steps.filter(status__in=OPEN_STEPS)
    assert [step.status for step in waiting] == [StepStatus.RUNNING, *[StepStatus.WAITING] * 4]
    assert waiting.first() == running.steps.get(kind=StepKind.REMOTE_START)
    over = OnboardingCheck.objects.get(status=RunStatus.REMARKS)
    assert not over.steps.filter(ended_at=None).exists()
    assert SecurityEvent.objects.exclude(seen_at=None).exists()
    assert SecurityEvent.objects.filter(seen_at=None, is_alarm=True).get().station.security_alarm_at is not None
