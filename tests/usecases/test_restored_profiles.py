"""Profiles over boots. Each test carries the number of its quirk (docs/quirks.md)."""

from asgiref.sync import sync_to_async

from charging.profiles import Purpose
from simulator import Charger
from smartcharging.models import ChargingProfile
from smartcharging.services import restore_profiles
from smartcharging.states import ProfileStatus
from smartcharging.tasks import look_after_profiles
from stations.models import Command
from tests.conftest import every_version
from tests.usecases.asking import always, at_rest, sent
from tests.usecases.facts import eventually, finished
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
