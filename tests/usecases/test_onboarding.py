"""A new charger is put through its paces, and staff get a scorecard."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async

from charging.models import Session
from onboarding.errors import CannotCheck
from onboarding.models import OnboardingCheck
from onboarding.services import advance_checks, start_check
from onboarding.states import RunStatus, StepKind, StepStatus
from onboarding.steps import charging, hardware
from onboarding.tasks import advance_checks as advance_checks_task
from simulator import Charger
from smartcharging.models import ChargingProfile
from stations.models import ChargingStation, Command
from stations.states import CommandStatus
from tests.conftest import Person, every_version, first_boot
from tests.gateway.polling import eventually
from tests.usecases.asking import always
from tests.usecases.console import Console

pytestmark = pytest.mark.timeout(120)
CONFIGURED, STARTED, STOPPED = StepKind.LOCAL_LIST, StepKind.REMOTE_START, StepKind.REMOTE_STOP


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for in days is a moment here."""
    monkeypatch.setattr(hardware, "REPORT_PAUSE", timedelta(0))
    monkeypatch.setattr(charging, "OFFLINE_AT_LEAST", timedelta(0))


async def begin(alice: Person, evse_number: int = 1) -> OnboardingCheck:
    station = await ChargingStation.objects.select_related("organization", "site", "connection__gateway").aget()
    check: OnboardingCheck = await sync_to_async(start_check)(
        station=station, evse_number=evse_number, token=alice.card, by=None
    )
    return check


async def card(check: OnboardingCheck) -> dict[str, str]:
    return {step.kind: step.status async for step in check.steps.all()}


async def told(check: OnboardingCheck) -> list[str]:
    return [f"{step.kind}: {step.status} {step.detail} {step.evidence}" async for step in check.steps.all()]


async def until(check: OnboardingCheck, kind: StepKind) -> str:
    """Let the worker look until this step is over; its status."""

    async def status() -> str | None:
        await sync_to_async(advance_checks)()
        step = await check.steps.aget(kind=kind)
        return None if step.is_open else step.status

    return await eventually(status)


async def meanwhile(check: OnboardingCheck, fact: Callable[[], Awaitable[bool]]) -> None:
    async def seen() -> bool:
        await sync_to_async(advance_checks)()
        return await fact()

    await eventually(seen)


def set_clock(station: Charger, behind_s: float = 0) -> None:
    """A station that knows the time; ours is not overtaken when the test moves it."""
    station.clock.set(datetime.now(UTC) - timedelta(seconds=behind_s))


async def charge(station: Charger, check: OnboardingCheck) -> None:
    """Plugged in, started from here, measured three times."""
    await station.plug_in()
    assert await until(check, STARTED) == StepStatus.PASSED
    for _ in range(3):
        await station.advance(60)
        await station.meter_values()


@first_boot
@every_version
async def test_a_good_charger_passes_everything(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """Boot, configuration, status, list, start, meter, limit, offline, stop; what was set is taken back."""
    set_clock(station, behind_s=200)
    check = await begin(alice)
    assert await until(check, CONFIGURED) == StepStatus.PASSED, await card(check)
    assert "your part" in await console.page("console:check", check.pk), "Somebody has to plug in a car."
    await charge(station, check)
    assert await until(check, StepKind.METER) == StepStatus.PASSED, await told(check)
    await meanwhile(check, ChargingProfile.objects.filter(installed_at__isnull=False).aexists)
    await station.advance(5)
    await station.meter_values()
    assert await until(check, StepKind.LIMIT) == StepStatus.PASSED
    await eventually(ChargingProfile.objects.filter(status="cleared").aexists)
    await station.go_offline()
    set_clock(station)
    await station.meter_values()
    await station.come_online()
    await station.settle()
    assert await until(check, StepKind.OFFLINE) == StepStatus.PASSED
    assert await until(check, STOPPED) == StepStatus.PASSED
    assert set((await card(check)).values()) == {StepStatus.PASSED}
    await check.arefresh_from_db()
    assert check.status == RunStatus.PASSED
    session = await Session.objects.aget()
    assert session.ended_at is not None
    page = await console.page("console:check", check.pk)
    assert f"{session.energy_wh}" in page
    assert 'data-passed="9/9"' in page
    assert "Scorecard" in await console.station_part(station, "onboarding")


@every_version
async def test_a_charger_that_refuses_is_told_apart_step_by_step(station: Charger, alice: Person, version: str) -> None:
    """It does not reset and does not start: then nothing can be measured, and the scorecard says so."""
    start = "RemoteStartTransaction" if version == "1.6" else "RequestStartTransaction"
    for action in ("Reset", start):
        station.on(action, always({"status": "Rejected"}))
    check = await begin(alice)
    assert await until(check, StepKind.BOOT) == StepStatus.FAILED, await told(check)
    assert "Rejected" in (await check.steps.aget(kind=StepKind.BOOT)).detail
    await until(check, CONFIGURED)
    await station.plug_in()
    assert await until(check, STARTED) == StepStatus.FAILED
    await until(check, STOPPED)
    statuses = await card(check)
    assert {statuses[kind] for kind in ("meter", "limit", "offline", "remote_stop")} == {StepStatus.SKIPPED}
    await check.arefresh_from_db()
    assert (check.status, check.ended_at is not None) == (RunStatus.FAILED, True)


async def test_readings_that_cannot_be_keep_no_other_check_waiting(station_16: Charger, alice: Person) -> None:
    """They are left out, as they are left out of the energy; the worker goes on to the next charger."""
    set_clock(station_16, behind_s=200)
    check = await begin(alice)
    await until(check, CONFIGURED)
    await charge(station_16, check)
    session = await Session.objects.aget()
    for number, register in enumerate(("1e300", "-1e300", "1.5e308")):
        at = (session.started_at + timedelta(seconds=30 * number + 1)).isoformat()
        sampled = [
            {"value": register, "unit": "Wh"},
            {"value": "1.5e308", "unit": "W", "measurand": "Power.Active.Import"},
        ]
        values = {"connectorId": 1, "transactionId": int(session.transaction_id)}
        await station_16.call("MeterValues", values | {"meterValue": [{"timestamp": at, "sampledValue": sampled}]})
    assert await until(check, StepKind.METER) == StepStatus.PASSED, await told(check)


@every_version
async def test_a_register_that_falls_is_said_at_once(station: Charger, alice: Person, version: str) -> None:
    set_clock(station, behind_s=200)
    check = await begin(alice)
    await until(check, CONFIGURED)
    meter = station.evse(1).meter
    meter.energy_wh = 9_000
    await station.plug_in()
    await until(check, STARTED)
    for _ in range(3):
        meter.energy_wh -= 1_000
        await station.meter_values()
        await station.advance(1)
    assert await until(check, StepKind.METER) == StepStatus.FAILED, await told(check)
    assert "The register fell from" in (await check.steps.aget(kind=StepKind.METER)).detail


async def test_what_never_comes_is_not_waited_for(station_16: Charger, alice: Person) -> None:
    """Each step has its time; the worker may look as often as it likes."""
    station_16.on("Reset", always({"status": "Accepted"}))
    check = await begin(alice)
    await eventually(Command.objects.filter(kind="Reset", status=CommandStatus.ACCEPTED).aexists)
    step = await check.steps.aget(kind=StepKind.BOOT)
    assert step.started_at is not None
    await sync_to_async(advance_checks_task)()
    assert (await card(check))[StepKind.BOOT] == StepStatus.RUNNING
    await sync_to_async(advance_checks)(step.started_at + timedelta(minutes=6))
    assert (await card(check))[StepKind.BOOT] == StepStatus.FAILED
    assert await Command.objects.filter(kind="Reset").acount() == 1


async def test_staff_begin_leave_out_and_cancel(station_16: Charger, alice: Person, console: Console) -> None:
    station = await ChargingStation.objects.aget()
    assert await console.sends(station_16, "check", evse=1, token=alice.card.pk) is not None
    check = await OnboardingCheck.objects.aget()
    assert await console.sends(station_16, "check", evse=1, token=alice.card.pk) is None
    assert "is running" in str(console.refusals)
    await until(check, CONFIGURED)
    late = await console.posts("console:check_do", check.pk, "skip", step="boot")
    assert "That step is over" in late.content.decode(), "Asked twice, the next step is not left out."
    nameless = await console.posts("console:check_do", check.pk, "skip")
    assert "That step is over" in nameless.content.decode(), "Nobody leaves out a step without naming it."
    assert (await card(check))[STARTED] == StepStatus.RUNNING
    await console.posts("console:check_do", check.pk, "skip", step="remote_start")
    assert (await card(check))[STARTED] == StepStatus.SKIPPED
    assert (await OnboardingCheck.objects.aget()).ended_at is not None, "Without a session nothing else can be checked."
    again = await console.posts("console:check_do", check.pk, "cancel")
    assert "over" in again.content.decode()
    assert await console.sends(station_16, "check", evse=1, token=alice.card.pk) is not None
    newer = await OnboardingCheck.objects.alatest("pk")
    await console.posts("console:check_do", newer.pk, "cancel")
    await newer.arefresh_from_db()
    assert newer.status == RunStatus.CANCELLED
    assert str(station) in await console.page("admin:onboarding_onboardingcheck_changelist")


async def test_cars_that_charge_are_not_disturbed(station_16: Charger, alice: Person) -> None:
    await station_16.start_charging(alice.uid)
    with pytest.raises(CannotCheck, match="A car is charging"):
        await begin(alice)
    await station_16.stop_charging()
    with pytest.raises(CannotCheck, match="no EVSE 7"):
        await begin(alice, evse_number=7)
    assert not await OnboardingCheck.objects.aexists()
