"""Limits over time: OCPP 1.6 §3.13, §5.5, §5.7, §5.16, OCPP 2.0.1 block K."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from charging.models import Session
from charging.profiles import Kind, Period, Purpose, RateUnit, Recurrency
from simulator import Charger
from smartcharging.commands import ClearChargingProfile
from smartcharging.errors import CannotSetProfile
from smartcharging.models import ChargingProfile, CompositeSchedule
from smartcharging.services import Wish, clear_profiles, set_profile
from smartcharging.states import ProfileStatus
from smartcharging.tasks import follow_profile, look_after_profiles
from stations.commands import RawCall
from stations.models import ChargingStation, Command, Variable
from stations.states import CommandStatus
from tests.conftest import MakeCharger, Person, every_version, first_boot
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest
from tests.usecases.asking import always, at_rest, outcome_of, refusing, sent, silent, status_becomes
from tests.usecases.console import Console
from tests.usecases.facts import finished
from tests.usecases.telling import VERSIONS_2, Payload

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)
WORDS = {"1.6": "ChargePointMaxProfile", "2.0.1": "ChargingStationMaxProfile", "2.1": "ChargingStationMaxProfile"}


def wish(limit: float = 16, **fields: Any) -> Wish:
    """From now on, for every session at EVSE 1."""
    common: dict[str, Any] = {
        "purpose": Purpose.TX_DEFAULT,
        "kind": Kind.ABSOLUTE,
        "unit": RateUnit.AMPERES,
        "periods": (Period(0, limit),),
        "evse_number": 1,
    }
    if fields.get("kind") != Kind.RELATIVE:
        common["start_at"] = timezone.now() - timedelta(days=1)
    return Wish(**{**common, **fields})


STATION_MAX: dict[str, Any] = {"purpose": Purpose.STATION_MAX, "evse_number": 0}


async def send(wanted: Wish) -> ChargingProfile:
    """Sent and answered."""
    station = await ChargingStation.objects.aget()
    row = await sync_to_async(set_profile)(station=station, wish=wanted, by=None)
    assert row.command is not None
    await finished(row.command)
    return await fresh(row)


async def fresh(row: ChargingProfile) -> ChargingProfile:
    return await ChargingProfile.objects.select_related("command", "station").aget(pk=row.pk)


async def statuses() -> list[str]:
    return [row.status async for row in ChargingProfile.objects.order_by("pk")]


async def clear(**criteria: Any) -> Command:
    station = await ChargingStation.objects.aget()
    command = await sync_to_async(clear_profiles)(station=station, criteria=ClearChargingProfile(**criteria), by=None)
    return await finished(command)


def content_of(command: Command) -> tuple[Payload, Payload]:
    """The profile and its schedule, as they went over the wire."""
    payload = sent(command)
    profile = payload.get("csChargingProfiles") or payload["chargingProfile"]
    schedule = profile["chargingSchedule"]
    return profile, schedule[0] if isinstance(schedule, list) else schedule


@every_version
async def test_K01_a_default_limit_is_set_at_the_console(station: Charger, console: Console, version: str) -> None:
    """TC_056_CSMS, TC_K_01_CSMS. One decimal, times in UTC, begins in the past. Rule 85."""
    await at_rest(station)
    command = await console.sends(
        station,
        "set-profile",
        purpose="tx_default",
        evse=1,
        unit="A",
        schedule="at",
        start_at="2026-01-01T08:00",
        valid_from="2026-01-01T00:00",
        valid_to="2099-01-01T00:00",
        hours="8000",
        periods="0:00 6\n1:30 16,5 1",
        stack_level=0,
    )
    assert command is not None, console.refusals
    command = await finished(command)
    profile, schedule = content_of(command)
    row = await ChargingProfile.objects.aget()
    assert (command.status, row.status, row.requested_by_id) == (
        CommandStatus.ACCEPTED,
        ProfileStatus.INSTALLED,
        console.user.pk,
    )
    assert profile.get("chargingProfileId", profile.get("id")) == row.number
    assert profile["validFrom"] == "2025-12-31T23:00:00Z", "midnight in Berlin"
    assert (schedule["startSchedule"], schedule["duration"]) == ("2026-01-01T07:00:00Z", 8000 * 3600)
    assert schedule["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 6.0},
        {"startPeriod": 5400, "limit": 16.5, "numberPhases": 1},
    ]
    assert "transactionId" not in profile
    page = await console.station_part(station, "limits")
    assert f'data-profile="{row.number}"' in page
    assert "16.5" in page


@first_boot
@every_version
async def test_K01_what_makes_no_sense_is_not_sent(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """Nor what the station says it does not take. Rule 85."""
    await at_rest(station)
    station_max = await console.sends(station, "set-profile", purpose="station_max", evse=1, unit="A", schedule="now",
                                      periods="0:00 6", stack_level=0)  # fmt: skip
    assert station_max is None
    assert await console.sends(station, "set-profile", purpose="tx_default", unit="A", schedule="now",
                               periods="soon 6", stack_level=0) is None  # fmt: skip
    assert console.refusals["periods"][0].startswith("Line 1 is no period")
    nonsense = [
        wish(purpose=Purpose.TX),
        wish(purpose=Purpose.STATION_MAX, evse_number=1),
        wish(**STATION_MAX, kind=Kind.RELATIVE),
        wish(periods=(Period(5, 16),)),
        wish(periods=(Period(0, 16), Period(0, 6))),
        wish(periods=()),
        wish(-1),
        wish(recurrency=Recurrency.DAILY),
        wish(kind=Kind.RECURRING),
        wish(kind=Kind.RELATIVE, start_at=timezone.now()),
        wish(valid_from=timezone.now(), valid_to=timezone.now() - timedelta(days=1)),
        wish(stack_level=11),
        wish(periods=tuple(Period(number, 6) for number in range(25))),
    ]
    for wanted in nonsense:
        with pytest.raises(CannotSetProfile):
            await send(wanted)
    name = "ChargingScheduleAllowedChargingRateUnit" if version == "1.6" else "RateUnit"
    await Variable.objects.filter(name=name).aupdate(value="Power" if version == "1.6" else "W")
    with pytest.raises(CannotSetProfile):
        await send(wish())
    assert not await ChargingProfile.objects.aexists()
    assert not await Command.objects.filter(kind="SetChargingProfile").aexists()


@every_version
async def test_K04_the_same_place_and_level_is_replaced(station: Charger, version: str) -> None:
    """TC_K_03_CSMS, TC_K_04_CSMS, TC_K_10_CSMS, TC_K_70_CSMS. It keeps its id: never both are there (K01.FR.06).

    Defect 4.
    """
    await at_rest(station)
    first, second = await send(wish(8)), await send(wish(6))
    other_level, everywhere = await send(wish(10, stack_level=1)), await send(wish(12, evse_number=0))
    whole = await send(wish(8, **STATION_MAX))
    assert second.number == first.number
    assert len({second.number, other_level.number, everywhere.number, whole.number}) == 4
    assert await statuses() == ["replaced", "installed", "installed", "installed", "installed"]
    assert len(station.profiles.profiles) == 4
    assert whole.command is not None
    assert content_of(whole.command)[0]["chargingProfilePurpose"] == WORDS[version]


@every_version
async def test_K19_what_recurs(station: Charger, console: Console, version: str) -> None:
    """TC_K_19_CSMS. From midnight at the station's place."""
    await at_rest(station)
    command = await console.sends(
        station, "set-profile", purpose="tx_default", unit="W", schedule="daily", periods="0:00 11000\n7:00 3700",
        stack_level=2,
    )  # fmt: skip
    assert command is not None, console.refusals
    profile, schedule = content_of(await finished(command))
    assert (profile["chargingProfileKind"], profile["recurrencyKind"]) == ("Recurring", "Daily")
    assert schedule["startSchedule"].endswith(("22:00:00Z", "23:00:00Z"))
    assert [period["limit"] for period in schedule["chargingSchedulePeriod"]] == [11000.0, 3700.0]


@every_version
async def test_K60_a_session_is_limited_until_it_ends(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """TC_057_CSMS, TC_K_60_CSMS. The charger obeys; the profile goes with its session."""
    await at_rest(station)
    await station.start_charging(alice.uid)
    await station.settle()
    session = await Session.objects.aget()
    command = await console.sends(
        station, "set-profile", purpose="tx", session=session.pk, unit="A", schedule="session", periods="0:00 10",
        stack_level=0,
    )  # fmt: skip
    assert command is not None, console.refusals
    profile, schedule = content_of(await finished(command))
    assert str(profile["transactionId"]) == session.transaction_id
    assert "startSchedule" not in schedule
    await station.settle()
    assert station.evse(1).offered_w == 10 * 230 * 3
    assert await ChargingProfile.objects.held().acount() == 1
    await station.tap(alice.uid)
    await station.settle()
    assert await ChargingProfile.objects.held().acount() == 0
    for _ in range(2):
        await sync_to_async(look_after_profiles)()
    assert await statuses() == ["ended"]
    with pytest.raises(CannotSetProfile):
        await send(wish(purpose=Purpose.TX, session=await Session.objects.select_related("station").aget()))


@every_version
async def test_K05_a_remote_start_brings_its_limit(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """TC_059_CSMS, TC_K_37_CSMS. A profile of the session without its id. Rule 49."""
    await at_rest(station)
    command = await console.sends(station, "start", evse=1, token=alice.card.pk, limit="8.5")
    assert command is not None, console.refusals
    command = await finished(command)
    content = sent(command)["chargingProfile"]
    schedule = content["chargingSchedule"]
    schedule = schedule[0] if isinstance(schedule, list) else schedule
    assert (content["chargingProfilePurpose"], "transactionId" in content) == ("TxProfile", False)
    assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 8.5}]
    assert await statuses() == ["installed"]
    await station.settle()
    await station.plug_in()
    await station.settle()
    session = await Session.objects.aget()
    await sync_to_async(look_after_profiles)()
    row = await ChargingProfile.objects.aget()
    assert (row.session_id, row.transaction_id) == (session.pk, session.transaction_id)


@every_version
async def test_K10_limits_are_cleared_by_id_by_criteria_and_all(
    station: Charger, console: Console, version: str
) -> None:
    """TC_067_CSMS, TC_K_05_CSMS, TC_K_06_CSMS, TC_K_08_CSMS. What is unknown there is not believed here."""
    await at_rest(station)
    for wanted in (wish(16), wish(10, stack_level=1), wish(12, evse_number=2), wish(20, **STATION_MAX)):
        await send(wanted)
    first = await ChargingProfile.objects.order_by("pk").afirst()
    assert first is not None
    command = await console.sends(station, "clear-profile", profile=first.pk)
    assert command is not None, console.refusals
    assert first.number in sent(await finished(command)).values()
    assert await statuses() == ["cleared", "installed", "installed", "installed"]
    done = await clear(evse_number=1, purpose=Purpose.TX_DEFAULT, stack_level=1)
    assert done.status == CommandStatus.ACCEPTED
    assert await statuses() == ["cleared", "cleared", "installed", "installed"]
    assert (await clear(evse_number=1, purpose=Purpose.TX_DEFAULT, stack_level=1)).status == CommandStatus.REJECTED
    station.profiles.profiles = [each for each in station.profiles.profiles if each.evse == 0]
    assert (await clear(evse_number=2)).status == CommandStatus.REJECTED
    assert await statuses() == ["cleared", "cleared", "cleared", "installed"]
    await send(wish(9))
    await clear()
    await eventually(lambda: _all_are("cleared"))
    assert station.profiles.profiles == []


async def _all_are(status: str) -> bool:
    return set(await statuses()) == {status}


@every_version
async def test_K08_the_schedule_is_asked_for_and_drawn_beside_ours(
    station: Charger, console: Console, version: str
) -> None:
    """TC_066_CSMS, TC_K_43_CSMS, TC_K_44_CSMS. What is told anew takes the place of what was told."""
    await at_rest(station)
    await send(wish(periods=(Period(0, 16),), kind=Kind.RECURRING, recurrency=Recurrency.DAILY))
    for unit, count in (("W", 1), ("A", 1), ("", 1)):
        command = await console.sends(station, "schedule", evse=1, hours=2, unit=unit)
        assert command is not None, console.refusals
        payload = sent(await finished(command))
        assert (payload["duration"], payload.get("chargingRateUnit", "")) == (7200, unit)
        assert await CompositeSchedule.objects.acount() == count
    schedule = await CompositeSchedule.objects.aget()
    series = await console.page("console:schedule_series", schedule.pk)
    assert f'"told_kw": [{16 * 0.69}, {16 * 0.69}]' in series
    assert f'"expected_kw": [{16 * 0.69}, {16 * 0.69}]' in series
    page = await console.station_part(station, "limits")
    assert "Whole station" not in page
    command = await console.sends(station, "schedule", hours=1)
    assert command is not None
    await finished(command)
    assert "Whole station" in await console.station_part(station, "limits")
    station.on("GetCompositeSchedule", always({"status": "Rejected"}))
    command = await console.sends(station, "schedule", hours=1)
    assert command is not None
    assert (await finished(command)).status == CommandStatus.REJECTED
    assert await CompositeSchedule.objects.acount() == 2


@every_version
async def test_K15_a_station_that_will_not(station: Charger, version: str) -> None:
    """TC_K_15_CSMS: refused, in error, not supported. Nothing is believed."""
    await at_rest(station)
    station.on("SetChargingProfile", always({"status": "Rejected"}))
    refused = await send(wish())
    assert (refused.status, refused.detail) == ("refused", "The station answered Rejected.")
    for code in ("NotSupported", "InternalError"):
        station.on("SetChargingProfile", refusing(code))
        row = await send(wish())
        assert row.command is not None
        for _ in range(2):
            await sync_to_async(follow_profile)(row.command.pk)
        assert (await fresh(row)).status == ProfileStatus.REFUSED
    assert await ChargingProfile.objects.held().acount() == 0


@every_version
async def test_a_raw_profile_is_believed_too(station: Charger, version: str) -> None:
    """Whoever sent it: what the station took it obeys, and it takes the place of ours."""
    await at_rest(station)
    ours = await send(wish())
    period = {"startPeriod": 0, "limit": 7.5}
    schedule: Payload = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    profile: Payload = {
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
    }
    if version == "1.6":
        content = profile | {"chargingProfileId": 4711, "chargingSchedule": schedule}
        payload: Payload = {"connectorId": 1, "csChargingProfiles": content}
    else:
        content = profile | {"id": 4711, "chargingSchedule": [schedule | {"id": 1}]}
        payload = {"evseId": 1, "chargingProfile": content}
    await outcome_of(RawCall("SetChargingProfile", payload))
    assert (await fresh(ours)).status == ProfileStatus.REPLACED
    row = await ChargingProfile.objects.held().aget()
    assert (row.number, row.profile.periods, row.kind) == (4711, (Period(0, 7.5),), Kind.RELATIVE)


@every_version
async def test_silence_leaves_it_uncertain(
    make_charger: MakeCharger, impatient_gateway: GatewayUnderTest, version: str
) -> None:
    """It may obey; a late answer says so."""
    station = await make_charger(version, url=impatient_gateway.url, call_timeout_s=1)
    await station.connect()
    await station.boot()
    await at_rest(station)
    station.on("SetChargingProfile", silent)
    row = await send(wish())
    assert row.command is not None
    command = await status_becomes(row.command, CommandStatus.TIMED_OUT)
    await sync_to_async(look_after_profiles)()
    assert (await fresh(row)).status == ProfileStatus.UNCONFIRMED
    assert await ChargingProfile.objects.held().acount() == 1
    await station.send_text(f'[3,"{command.message_id}",{{"status":"Accepted"}}]')
    await eventually(ChargingProfile.objects.filter(status=ProfileStatus.INSTALLED).aexists)


async def test_2_1_reserves_numbers_for_the_stations_own_limits(make_charger: MakeCharger) -> None:
    """OCPP 2.1 K01.FR.80. Rule 91."""
    station = await make_charger("2.1")
    await station.connect()
    await station.boot()
    await at_rest(station)
    row = await ChargingStation.objects.aget()
    await Variable.objects.acreate(
        station=row,
        component="SmartChargingCtrlr",
        name="MaxExternalConstraintsId",
        value="1000",
        updated_at=timezone.now(),
    )
    assert (await send(wish())).number > 1000
