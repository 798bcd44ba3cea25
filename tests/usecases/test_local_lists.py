"""Stations know tokens by themselves: OCPP 1.6 §5.10, §5.15, OCPP 2.0.1 block D."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import Organization
from drivers.commands import GetLocalListVersion
from drivers.models import IdToken, LocalList, LocalListEntry, LocalListRule
from drivers.services import give_up_refreshes, refresh_local_list
from drivers.tasks import refresh_local_lists
from simulator import Charger
from stations.commands import RawCall
from stations.models import ChargingStation, Command, Site, Variable
from stations.states import CommandStatus
from tests import cast
from tests.conftest import MakeCharger, Person, every_version, first_boot
from tests.gateway.polling import eventually
from tests.usecases.asking import always, at_rest, outcome_of, refusing, sent
from tests.usecases.console import Console
from tests.usecases.telling import Payload

LIMITS = {"1.6": ("", "SendLocalListMaxLength"), "2.0.1": ("LocalAuthListCtrlr", "ItemsPerMessage")}
LIMITS["2.1"] = LIMITS["2.0.1"]


async def refresh(**options: Any) -> LocalList:
    station = await ChargingStation.objects.select_related("organization").aget()
    await sync_to_async(refresh_local_list)(station=station, by=None, **options)
    return await at_its_end()


async def at_its_end() -> LocalList:
    async def is_so() -> LocalList | None:
        held = await LocalList.objects.select_related("station", "command").filter(is_refreshing=False).afirst()
        # The command of the last answer ends after what the answer causes.
        is_open = await Command.objects.filter(finished_at=None).aexists()
        return None if is_open else held

    return await eventually(is_so)


async def lists_sent() -> list[Payload]:
    return [sent(command) async for command in Command.objects.filter(action="SendLocalList").order_by("pk")]


def updates(payloads: list[Payload]) -> list[tuple[str, int, int]]:
    """Type, version, number of entries."""
    told = [(each["updateType"], each.get("listVersion") or each.get("versionNumber") or 0, each) for each in payloads]
    return [(kind, version, len(each.get("localAuthorizationList", ()))) for kind, version, each in told]


def held_by(station: Charger) -> dict[str, str]:
    """What the station itself has: token and status."""
    return {key: known.status for key, known in station.memory.local_list.entries.items()}


async def believed() -> dict[str, str]:
    return {entry.key: entry.status async for entry in LocalListEntry.objects.all()}


def _many_tokens(organization: Organization, count: int) -> None:
    for number in range(count):
        cast.create_token(organization, f"04F0{number:04}")


@every_version
async def test_D01_the_whole_list_and_then_what_changed(
    station: Charger, alice: Person, bob: Person, console: Console, version: str
) -> None:
    """TC_043_4_CSMS, TC_043_5_CSMS, TC_042_2_CSMS. Rule 54. Rule 95.

    TC_D_01_CSMS, TC_D_02_CSMS, TC_D_03_CSMS, TC_D_08_CSMS, TC_D_09_CSMS.
    """
    await at_rest(station)
    command = await console.sends(station, "local-list")
    assert command is not None
    held = await at_its_end()
    assert (held.version, held.version_told, held.is_certain, held.problem) == (1, 1, True, "")
    assert updates(await lists_sent()) == [("Full", 1, 2)]
    assert held_by(station) == await believed() == {alice.card.key: "Accepted", bob.card.key: "Accepted"}
    assert station.memory.local_list.entries[bob.card.key].group == "GROUP-AB"

    await IdToken.objects.filter(pk=bob.card.pk).aupdate(is_blocked=True)
    await console.sends(station, "local-list")
    await at_its_end()
    assert updates(await lists_sent())[1:] == [("Differential", 2, 1)]
    assert held_by(station) == await believed() == {alice.card.key: "Accepted", bob.card.key: "Blocked"}
    await IdToken.objects.filter(pk=bob.card.pk).adelete()
    await console.sends(station, "local-list")
    await at_its_end()
    last = (await lists_sent())[-1]
    assert updates([last]) == [("Differential", 3, 1)]
    assert set(last["localAuthorizationList"][0]) == {"idTag" if version == "1.6" else "idToken"}
    assert held_by(station) == await believed() == {alice.card.key: "Accepted"}
    await console.sends(station, "local-list")
    await at_its_end()
    assert len(await lists_sent()) == 3, "nothing changed, nothing is sent"


@every_version
async def test_what_is_shown_of_a_list_is_masked(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """On the station page, in both lists, in the command and in what was sent."""
    await at_rest(station)
    held = await refresh()
    part = await console.station_part(station, "local_list")
    assert "Known" in part
    pages = [part, await console.page("admin:drivers_locallist_changelist")]
    pages.append(await console.page("admin:drivers_locallistentry_changelist"))
    pages.append(await console.page("admin:drivers_locallist_change", held.pk))
    command = await Command.objects.aget(kind="SendLocalList")
    pages.append(await console.page("console:command_page", command.pk))
    assert all(alice.uid not in page for page in pages)
    assert alice.uid[-4:].lower() in pages[2].lower()
    assert alice.uid not in f"{command.arguments} {command.payload}"


@every_version
async def test_D01_an_empty_list(station: Charger, version: str) -> None:
    """TC_D_04_CSMS. Nobody may charge: the list is full, and has no entries. Rule 95."""
    await at_rest(station)
    held = await refresh()
    assert updates(await lists_sent()) == [("Full", 1, 0)]
    assert (held.is_certain, await believed()) == (True, {})


@first_boot
@every_version
async def test_q138_a_long_list_goes_in_portions(station: Charger, harbour: Site, version: str) -> None:
    """SendLocalListMaxLength, OCPP 2.0.1 D01.FR.11: the first is full, the others are changes."""
    await at_rest(station)
    component, name = LIMITS[version]
    await Variable.objects.filter(component=component, name=name, instance="").aupdate(value="10")
    await sync_to_async(_many_tokens)(harbour.organization, 25)
    await refresh()
    assert updates(await lists_sent()) == [("Full", 1, 10), ("Differential", 2, 10), ("Differential", 3, 5)]
    assert held_by(station) == await believed()
    assert len(held_by(station)) == 25


@first_boot
@every_version
async def test_a_list_has_the_room_the_station_says(
    station: Charger, alice: Person, harbour: Site, version: str
) -> None:
    """LocalAuthListMaxLength: those who may charge come first, and what is left out is said."""
    await at_rest(station)
    await IdToken.objects.filter(pk=alice.card.pk).aupdate(is_blocked=True)
    await sync_to_async(_many_tokens)(harbour.organization, 4)
    if version == "1.6":
        await Variable.objects.filter(name="LocalAuthListMaxLength").aupdate(value="4")
    else:
        await Variable.objects.filter(component="LocalAuthListCtrlr", name="Entries").aupdate(max_limit=4)
    held = await refresh()
    assert (len(held_by(station)), held.left_out) == (4, 1)
    assert alice.card.key not in held_by(station)


@every_version
@pytest.mark.parametrize("answer", ["Failed", "VersionMismatch"])
async def test_q137_a_change_that_fails_is_followed_by_the_whole_list(
    station: Charger, alice: Person, version: str, answer: str
) -> None:
    """OCPP 1.6 §5.15, D01.FR.03. Rule 54."""
    await at_rest(station)
    await refresh()
    await IdToken.objects.filter(pk=alice.card.pk).aupdate(is_blocked=True)

    def picky(payload: Payload) -> Payload:
        if payload["updateType"] == "Differential":
            return {"status": answer}
        return station.default_answer("SendLocalList", payload)

    station.on("SendLocalList", picky)
    held = await refresh()
    assert updates(await lists_sent()) == [("Full", 1, 1), ("Differential", 2, 1), ("Full", 2, 1)]
    assert (held.problem, held_by(station)) == ("", {alice.card.key: "Blocked"})


@every_version
async def test_D01_a_list_that_is_refused_is_not_believed(station: Charger, alice: Person, version: str) -> None:
    """TC_043_3_CSMS, TC_043_1_CSMS: once, and staff see why."""
    await at_rest(station)
    station.on("SendLocalList", always({"status": "Failed"}))
    held = await refresh()
    assert (held.is_certain, held.problem) == (False, "The station did not take the list.")
    assert updates(await lists_sent()) == [("Full", 1, 1)]
    if version == "1.6":
        station.on("SendLocalList", always({"status": "NotSupported"}))
        assert (await refresh()).problem == "The station takes no local list."


@every_version
async def test_q136_a_station_that_lost_its_list_gets_the_whole(station: Charger, alice: Person, version: str) -> None:
    """Another server, or a reset to factory settings. The new version is higher than either. Rule 54."""
    await at_rest(station)
    await refresh()
    for version_held, expected in ((0, 2), (41, 42)):
        station.memory.local_list.replace(version_held, {})
        held = await refresh()
        assert (held.version, updates(await lists_sent())[-1]) == (expected, ("Full", expected, 1))
        assert held_by(station) == {alice.card.key: "Accepted"}


@every_version
async def test_q136_a_station_that_tells_a_version_after_which_there_is_none(
    station: Charger, alice: Person, version: str
) -> None:
    """It gets the whole list, whose versions begin again; nobody counts in more than 32 bits."""
    await at_rest(station)
    name = "listVersion" if version == "1.6" else "versionNumber"
    for told in (2**31 - 1, 2**31, 2**63, -(2**63)):
        station.on("GetLocalListVersion", always({name: told}))
        held = await refresh()
        assert (held.version, held.is_certain) == ((1, True) if told > 0 else (1, False)), told
    station.on("GetLocalListVersion", always({name: 1}))
    assert (await refresh()).is_certain
    assert updates(await lists_sent()) == [("Full", 1, 1)] * 3 + [("Full", 2, 1)]


async def test_q136_a_station_that_keeps_no_list(station_16: Charger, alice: Person, console: Console) -> None:
    """TC_042_1_CSMS: -1. Rule 54."""
    await at_rest(station_16)
    station_16.settings.uses_local_list = False
    await console.sends(station_16, "local-list-version")
    held = await at_its_end()
    assert (held.version_told, held.problem) == (-1, "")
    assert (await refresh()).problem == "The station keeps no local list."
    assert await lists_sent() == []
    assert "Keeps no list" in await console.station_part(station_16, "local_list")


@every_version
async def test_a_raw_list_is_believed_too(station: Charger, alice: Person, bob: Person, version: str) -> None:
    """Whoever sent it: what the station accepted is what it holds."""
    await at_rest(station)
    if version == "1.6":
        entry = {"idTag": "04RAW", "idTagInfo": {"status": "Accepted", "expiryDate": "2030-01-01T00:00:00Z"}}
        payload: Payload = {"listVersion": 7, "updateType": "Full"}
    else:
        entry = {"idToken": {"idToken": "04RAW", "type": "ISO14443"}, "idTokenInfo": {"status": "Accepted"}}
        payload = {"versionNumber": 7, "updateType": "Full"}
    await outcome_of(RawCall("SendLocalList", payload | {"localAuthorizationList": [entry]}))
    assert await believed() == {"04raw": "Accepted"}
    held = await refresh()
    assert (held.version, updates(await lists_sent())[-1]) == (8, ("Differential", 8, 3))
    assert set(held_by(station)) == {alice.card.key, bob.card.key}


@every_version
async def test_where_a_rule_says_so_lists_keep_fresh(
    station: Charger, alice: Person, harbour: Site, version: str
) -> None:
    """The closest rule counts; what is right is not sent again."""
    await at_rest(station)
    row = await ChargingStation.objects.aget()
    organization = row.organization_id
    await sync_to_async(refresh_local_lists)()
    assert not await Command.objects.filter(kind="GetLocalListVersion").aexists(), "no rule, no list"
    await LocalListRule.objects.acreate(organization_id=organization)
    await LocalListRule.objects.acreate(organization_id=organization, station=row, keeps_fresh=False)
    await sync_to_async(refresh_local_lists)()
    assert not await LocalList.objects.aexists(), "the station's own rule is closer"
    await LocalListRule.objects.filter(station=row).adelete()
    for _ in range(2):
        await sync_to_async(refresh_local_lists)()
        await at_its_end()
    assert updates(await lists_sent()) == [("Full", 1, 1)]
    assert await Command.objects.filter(kind="GetLocalListVersion").acount() == 1
    await IdToken.objects.filter(pk=alice.card.pk).aupdate(expires_at=timezone.now() + timedelta(days=2))
    await sync_to_async(refresh_local_lists)()
    await at_its_end()
    assert updates(await lists_sent())[1:] == [("Differential", 2, 1)]
    assert station.memory.local_list.entries[alice.card.key].expires_at is not None


@every_version
async def test_a_refresh_without_an_answer_ends(station: Charger, alice: Person, version: str) -> None:
    """Nothing is believed of it; the next one asks for the version first."""
    await at_rest(station)
    station.on("GetLocalListVersion", refusing("NotSupported"))
    row = await ChargingStation.objects.aget()
    await sync_to_async(refresh_local_list)(station=row, by=None)
    await eventually(Command.objects.filter(status=CommandStatus.NOT_SUPPORTED).aexists)
    assert await sync_to_async(give_up_refreshes)() == 0, "its answer may just be on its way"
    await Command.objects.aupdate(finished_at=timezone.now() - timedelta(minutes=2))
    assert await sync_to_async(give_up_refreshes)() == 1
    held = await LocalList.objects.aget()
    assert (held.is_refreshing, held.problem) == (False, "NotSupported: not today")
    station.on("GetLocalListVersion", None)
    assert (await refresh()).problem == ""


async def test_one_request_refreshes_many(make_charger: MakeCharger, alice: Person) -> None:
    """The neutral request that a batch sends: each station's answer is followed by what that station lacks."""
    stations = [await make_charger(version) for version in ("1.6", "2.0.1")]
    for station in stations:
        await station.connect()
        await station.boot()
        await at_rest(station)
    for station in stations:
        await outcome_of(GetLocalListVersion(refreshes=True), station)
    await at_its_end()
    assert [held_by(station) for station in stations] == [{alice.card.key: "Accepted"}] * 2
