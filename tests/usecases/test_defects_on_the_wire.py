"""Mistakes that other systems make in what they say and hear: each test carries the number of docs/quirks.md."""

import pytest
from asgiref.sync import sync_to_async

from accounts.models import Organization, User
from api.scopes import Scope
from api.services import create_key
from charging.models import Session
from drivers.commands import GetLocalListVersion
from drivers.services import refresh_local_list
from simulator import Charger, HandshakeRefused
from smartcharging.models import CompositeSchedule
from stations.models import ChargingStation, Command, Frame, RejectedConnection, Site
from stations.models.frame import Direction
from stations.states import RefusalCause
from tests.api.conftest import Caller
from tests.conftest import MakeCharger, Person, every_version
from tests.gateway.polling import eventually
from tests.usecases.asking import at_rest, outcome_of, sent
from tests.usecases.console import Console
from tests.usecases.facts import finished
from tests.usecases.telling import Payload, Telling

TEXT = '{"a": "5 < 6 & \\"quoted\\" \'é€\'"}'


@every_version
async def test_d02_d03_d05_one_wish_in_the_words_of_each_version(
    station: Charger, alice: Person, console: Console, olga: User, version: str
) -> None:
    """Nobody names a version, neither staff nor programs; what leaves is judged by the station's schemas."""
    await at_rest(station)
    program = Caller(await sync_to_async(_key)(olga))
    body = {"kind": "ChangeAvailability", "arguments": {"operative": True, "evse_number": 1}}
    url = f"/api/v1/stations/{station.identity}/commands/"
    assert (await console.in_thread(program.write, "POST", url, body)).status_code == 202
    available = await finished(await Command.objects.aget(kind="ChangeAvailability"))
    limited = await console.sends(station, "set-profile", purpose="tx_default", evse=1, unit="A", schedule="now",
                                  periods="0:00 16", stack_level=0)  # fmt: skip
    schedule = await console.sends(station, "schedule", evse=1, hours=1)
    assert limited is not None
    assert schedule is not None
    row = await ChargingStation.objects.select_related("organization").aget()
    await sync_to_async(refresh_local_list)(station=row, by=olga)
    listed = await eventually(Command.objects.filter(action="SendLocalList", status="accepted").afirst)
    version_asked = await outcome_of(GetLocalListVersion())
    names = [set(sent(each)) for each in (available, await finished(limited), await finished(schedule), listed)]
    assert (names, sent(version_asked)) == (NAMES_16 if version == "1.6" else NAMES_2, {})
    if version == "1.6":
        assert sent(available)["type"] == "Operative"
        limited = await finished(limited)
        assert isinstance(sent(limited)["csChargingProfiles"]["chargingSchedule"], dict)
        assert all(set(entry) <= {"idTag", "idTagInfo"} for entry in sent(listed)["localAuthorizationList"])


NAMES_16: list[set[str]] = [
    {"connectorId", "type"},
    {"connectorId", "csChargingProfiles"},
    {"connectorId", "duration"},
    {"listVersion", "localAuthorizationList", "updateType"},
]
NAMES_2: list[set[str]] = [
    {"evse", "operationalStatus"},
    {"evseId", "chargingProfile"},
    {"evseId", "duration"},
    {"versionNumber", "localAuthorizationList", "updateType"},
]


def _key(by: User) -> str:
    organization = Organization.objects.get(name="Harbour Energy")
    return create_key(organization=organization, name="Ops", scopes=list(Scope), by=by)[1]


@every_version
async def test_d04_no_limit_is_an_external_constraint(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """What a CSMS may set is all there is; whether the station obeys is asked of the station."""
    await at_rest(station)
    await station.start_charging(alice.uid)
    await station.settle()
    session = await Session.objects.aget()
    wanted: list[Payload] = [
        {"purpose": "station_max", "schedule": "at", "start_at": "2026-01-01T08:00"},
        {"purpose": "tx_default", "evse": 1, "schedule": "now"},
        {"purpose": "tx", "session": session.pk, "schedule": "session"},
    ]
    words = []
    for number, fields in enumerate(wanted):
        command = await console.sends(station, "set-profile", unit="A", periods=f"0:00 {10 - number}", stack_level=0,
                                      **fields)  # fmt: skip
        assert command is not None, console.refusals
        profile = sent(await finished(command))
        words.append((profile.get("csChargingProfiles") or profile["chargingProfile"])["chargingProfilePurpose"])
    whole = "ChargePointMaxProfile" if version == "1.6" else "ChargingStationMaxProfile"
    assert words == [whole, "TxDefaultProfile", "TxProfile"]
    refused = await console.sends(station, "set-profile", purpose="external", unit="A", schedule="now",
                                  periods="0:00 6", stack_level=0)  # fmt: skip
    assert (refused, "purpose" in console.refusals) == (None, True)
    command = await console.sends(station, "schedule", evse=1, hours=1, unit="A")
    assert command is not None
    await finished(command)
    assert (await CompositeSchedule.objects.aget()).told[0].limit == 8


async def test_d07_no_version_named_is_16(make_charger: MakeCharger, alice: Person) -> None:
    """Its messages of 1.6 are understood, and the session that they tell is there."""
    station = await make_charger("1.6", subprotocols=[])
    await station.connect()
    await station.boot()
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.stop(1500, 10)
    assert (station.subprotocol, (await Session.objects.aget()).energy_wh) == (None, 500)
    assert (await ChargingStation.objects.aget()).ocpp_version == "1.6"


@every_version
async def test_d16_texts_are_kept_to_the_byte_and_escaped_where_they_are_shown(
    station: Charger, alice: Person, console: Console, version: str
) -> None:
    """DataTransfer both ways, on the wire, in the database and on the page of the command."""
    await at_rest(station)
    heard: list[Payload] = []

    def echo(asked: Payload) -> Payload:
        heard.append(asked)
        return {"status": "Accepted", "data": TEXT}

    station.on("DataTransfer", echo)
    command = await console.sends(station, "data-transfer", vendor_id="Voltaria", message_id="echo", content=TEXT)
    assert command is not None, console.refusals
    command = await finished(command)
    assert ([each["data"] for each in heard], command.response) == ([TEXT], {"status": "Accepted", "data": TEXT})
    page = await console.page("console:command_page", command.pk)
    assert "5 < 6 &" not in page
    assert "5 &lt; 6 &amp;" in page or "5 \\u003C 6" in page
    await station.call("DataTransfer", {"vendorId": "org.example", "data": TEXT})
    frames = Frame.objects.filter(direction=Direction.IN, text__contains="org.example")
    frame = await eventually(frames.afirst)
    assert "&quot;" not in frame.text
    assert "5 < 6 &" in frame.text


async def test_d17_refused_handshakes_are_in_the_inbox(
    make_charger: MakeCharger, harbour: Site, console: Console
) -> None:
    """One that nobody knows, and one that names no version where the organization wants one: cause and advice."""
    await Organization.objects.filter(pk=harbour.organization_id).aupdate(accepts_missing_subprotocol=False)
    stranger = await make_charger("1.6", "stranger", is_known=False)
    with pytest.raises(HandshakeRefused):
        await stranger.connect()
    wordless = await make_charger("1.6", "wordless", subprotocols=[])
    await wordless.connect()
    await wordless.wait_closed()
    causes = {row.identity: row.cause async for row in RejectedConnection.objects.all()}
    assert causes == {"stranger": RefusalCause.UNKNOWN_IDENTITY, "wordless": RefusalCause.NO_COMMON_VERSION}
    inbox = await console.page("admin:stations_rejectedconnection_changelist")
    for row in [row async for row in RejectedConnection.objects.all()]:
        assert row.identity in inbox
        assert row.get_cause_display() in inbox
        assert row.advice
