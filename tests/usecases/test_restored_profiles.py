"""What stations still hold: after a boot, and by their own report (OCPP 2.0.1 K09)."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from charging.profiles import Purpose
from simulator import Charger
from smartcharging.models import ChargingProfile
from smartcharging.services import restore_profiles
from smartcharging.states import ProfileStatus
from smartcharging.tasks import look_after_profiles
from stations.commands import RawCall
from stations.models import ChargingStation, Command
from stations.services import expire_commands
from stations.states import CommandStatus
from tests.conftest import every_version
from tests.gateway.polling import eventually
from tests.usecases.asking import always, at_rest, outcome_of, sent
from tests.usecases.console import Console
from tests.usecases.facts import finished
from tests.usecases.telling import VERSIONS_2
from tests.usecases.test_charging_profiles import STATION_MAX, content_of, fresh, send, wish


async def restored() -> int:
    """What the sweep sends, once the station has answered."""
    count = await sync_to_async(restore_profiles)()
    for command in [row async for row in Command.objects.filter(finished_at=None)]:
        await finished(command)
    return count


@every_version
async def test_q131_what_a_boot_forgot_is_sent_again(station: Charger, version: str) -> None:
    """With the same words, once a boot; what was cleared or refused stays away."""
    await at_rest(station)
    held, cleared = await send(wish(10)), await send(wish(8, stack_level=1))
    whole = await send(wish(20, **STATION_MAX))
    await ChargingProfile.objects.filter(pk=cleared.pk).aupdate(status=ProfileStatus.CLEARED)
    assert await restored() == 0
    station.profiles.profiles = []
    await station.boot()
    await eventually(lambda: _uncertain(2))
    assert await restored() == 2
    assert await restored() == 0
    assert len(station.profiles.profiles) == 2
    assert [(await fresh(row)).status for row in (held, whole)] == [ProfileStatus.INSTALLED] * 2
    assert await ChargingProfile.objects.acount() == 3
    again = await fresh(held)
    assert again.command is not None
    assert held.command is not None
    assert again.command_id != held.command_id
    assert content_of(again.command) == content_of(held.command)


@every_version
async def test_q131_a_station_that_went_away_before_it_was_asked(station: Charger, version: str) -> None:
    """It is asked when it is back, also if it comes without a boot; while it is away nothing is queued again."""
    await at_rest(station)
    held = await send(wish(10))
    station.profiles.profiles = []
    await station.boot()
    await eventually(lambda: _uncertain(1))
    await station.go_offline()
    await eventually(lambda: ChargingStation.objects.filter(connection=None).aexists())
    assert await sync_to_async(restore_profiles)() == 1
    await Command.objects.filter(finished_at=None).aupdate(expires_at=timezone.now() - timedelta(hours=1))
    assert await sync_to_async(expire_commands)() == 1
    assert await restored() == 0
    await station.come_online()
    await eventually(lambda: ChargingStation.objects.exclude(connection=None).aexists())
    assert await restored() == 1
    assert await restored() == 0
    assert (await fresh(held)).status == ProfileStatus.INSTALLED
    assert len(station.profiles.profiles) == 1


async def _uncertain(count: int) -> bool:
    """The boot is written down."""
    rows = ChargingProfile.objects.held().select_related("station")
    return sum([row.installed_at < row.station.booted_at async for row in rows]) == count  # type: ignore[operator]


@every_version
async def test_q131_what_it_will_not_take_any_more_is_not_believed(station: Charger, version: str) -> None:
    """And the next boot does not ask again."""
    await at_rest(station)
    row = await send(wish(10))
    station.on("SetChargingProfile", always({"status": "Rejected"}))
    await station.boot()
    await eventually(lambda: _uncertain(1))
    await sync_to_async(look_after_profiles)()
    command = (await fresh(row)).command
    assert command is not None
    assert sent(await finished(command))
    assert (await fresh(row)).status == ProfileStatus.REFUSED
    assert row.purpose == Purpose.TX_DEFAULT
    await station.boot()
    assert await restored() == 0


@pytest.mark.parametrize("version", VERSIONS_2)
async def test_K09_what_a_station_reports_it_holds(station: Charger, console: Console, version: str) -> None:
    """Ours is proved, an unknown one is believed, an external one is not ours; told twice, nothing changes."""
    await at_rest(station)
    ours = await send(wish(10))
    assert ours.command is not None
    station.on("GetChargingProfiles", always({"status": "Accepted"}))
    command = await console.sends(station, "profiles")
    assert command is not None, console.refusals
    asked = sent(await finished(command))
    assert asked["chargingProfile"] == {"chargingLimitSource": ["CSO"]}
    content, schedule = content_of(ours.command)
    other = content | {"id": 4711, "stackLevel": 3, "chargingSchedule": [schedule]}
    external = content | {"id": 1, "chargingProfilePurpose": "ChargingStationExternalConstraints"}
    for _ in range(2):
        for told in ([content, other], [external]):
            payload = {"requestId": asked["requestId"], "chargingLimitSource": "CSO", "evseId": 1}
            assert await station.call("ReportChargingProfiles", payload | {"chargingProfile": told}) == {}
    rows = [row async for row in ChargingProfile.objects.order_by("pk")]
    assert [(row.number, row.status) for row in rows] == [(ours.number, "installed"), (4711, "installed")]
    assert {row.detail for row in rows} == {"The station told that it holds it."}
    page = await console.station_part(station, "limits")
    assert "Ask for profiles" in page
    assert 'data-profile="4711"' in page


@pytest.mark.parametrize("version", VERSIONS_2)
async def test_K09_what_a_simulated_station_tells(station: Charger, console: Console, version: str) -> None:
    """Asked at the console: it tells of both, then of none."""
    await at_rest(station)
    rows = [await send(wish(10)), await send(wish(20, **STATION_MAX))]
    for status in (ProfileStatus.INSTALLED, ProfileStatus.CLEARED):
        command = await console.sends(station, "profiles")
        assert command is not None, console.refusals
        await finished(command)
        await station.settle()
        assert [(await fresh(row)).status for row in rows] == [status] * 2
        assert all(["told that it holds it" in (await fresh(row)).detail for row in rows]) == (status == "installed")
        station.profiles.profiles = []


@pytest.mark.parametrize("version", VERSIONS_2)
async def test_K09_a_station_that_holds_none(station: Charger, console: Console, version: str) -> None:
    """What we believed it holds is ended; a question about other limits than ours, or another id, ends nothing."""
    await at_rest(station)
    ours = await send(wish(10))
    assert (await fresh(ours)).status == ProfileStatus.INSTALLED
    station.on("GetChargingProfiles", always({"status": "NoProfiles"}))
    for criteria in (
        {"chargingLimitSource": ["EMS"]},
        {"chargingProfilePurpose": "ChargingStationExternalConstraints"},
        {"chargingProfileId": [ours.number + 1]},
        {"chargingProfileId": [ours.number], "stackLevel": 5},
        {"chargingProfileId": [ours.number], "chargingProfilePurpose": "TxProfile"},
    ):
        payload = {"requestId": 7, "chargingProfile": criteria}
        await outcome_of(RawCall("GetChargingProfiles", payload))
        assert (await fresh(ours)).status == ProfileStatus.INSTALLED, criteria
    elsewhere = {"requestId": 7, "evseId": 2, "chargingProfile": {"chargingProfileId": [ours.number]}}
    await outcome_of(RawCall("GetChargingProfiles", elsewhere))
    assert (await fresh(ours)).status == ProfileStatus.INSTALLED
    command = await console.sends(station, "profiles")
    assert command is not None, console.refusals
    await finished(command)
    ended = await fresh(ours)
    assert (ended.status, ended.detail) == (ProfileStatus.CLEARED, "The station says that it does not have it.")


async def test_K09_1_6_cannot_be_asked(station_16: Charger, console: Console) -> None:
    await at_rest(station_16)
    assert "Ask for profiles" not in await console.station_part(station_16, "limits")
    command = await console.sends(station_16, "profiles")
    assert command is not None
    assert (await finished(command)).status == CommandStatus.NOT_SUPPORTED
