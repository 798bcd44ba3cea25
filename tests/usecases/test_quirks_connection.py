"""Quirks 1 to 38: how real chargers connect and boot. Each test carries the number of its quirk (docs/quirks.md)."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from accounts.models import Organization
from gateway import schemas
from stations.commands import Reset, SetVariables, VariableName, VariableValue
from stations.models import ChargingStation, RejectedConnection, StationConnection
from stations.repairs import Repair
from stations.secrets import hash_secret
from stations.services import load_shipped_profiles
from stations.states import CommandStatus, OcppVersion, RefusalCause, RegistrationStatus
from stations.traits import Trait
from tests.gateway.knocking import basic
from tests.gateway.polling import eventually
from tests.usecases.quirks import BEGIN, Quirky, answers, event, minute

BEAT = [2, "beat", "Heartbeat", {}]

# What is asked for, with {id} for the identity, and under which subprotocols; what is echoed; what had to be forgiven.
KNOCKS: dict[str, tuple[str, str | None, str | None, Repair | None]] = {
    "q001 no subprotocol": ("/ocpp/{id}", None, None, Repair.NO_SUBPROTOCOL),
    "q002 several subprotocols": ("/ocpp/{id}", "ocpp2.0.1, ocpp1.6", "ocpp2.0.1", None),
    "q003 another name for 1.6": ("/ocpp/{id}", "ocpp1.6j", "ocpp1.6j", Repair.SUBPROTOCOL_ALIAS),
    "q006 blank and bar": ("/ocpp/{id}%20a%7Cb", "ocpp1.6", "ocpp1.6", None),
    "q007 dots, lines and hyphens": ("/ocpp/{id}_a-b.c", "ocpp1.6", "ocpp1.6", None),
    "q008 whole address as identity": (
        "/ocpp/wss%3A%2F%2Fcsms.example%2Focpp%2F{id}",
        "ocpp1.6",
        "ocpp1.6",
        Repair.IDENTITY_IN_ADDRESS,
    ),
    "q008 path before the identity": ("/ocpp/some/where/{id}", "ocpp1.6", "ocpp1.6", None),
    "q009 another case": ("/ocpp/{ID}", "ocpp1.6", "ocpp1.6", None),
    "q010 slash behind": ("/ocpp/{id}/", "ocpp1.6", "ocpp1.6", None),
    "q010 serial number appended": ("/ocpp/configured/{id}", "ocpp1.6", "ocpp1.6", None),
    "q010 in the query": ("/ocpp?cid={id}", "ocpp1.6", "ocpp1.6", Repair.IDENTITY_IN_QUERY),
}
SUFFIXES = {"q006 blank and bar": " a|b", "q007 dots, lines and hyphens": "_a-b.c"}


@pytest.mark.parametrize("case", KNOCKS)
async def test_knocking(quirky: Quirky, case: str) -> None:
    target, offered, echoed, repair = KNOCKS[case]
    identity = quirky.identity
    target = target.format(id=identity, ID=identity.upper())
    quirky.identity += SUFFIXES.get(case, "")
    await quirky.exists()
    answer = await quirky.knock(target, subprotocols=offered)
    assert (answer.status, answer.subprotocol) == (101, echoed)
    connection = await StationConnection.objects.aget(station__identity=quirky.identity)
    assert connection.ocpp_version == (OcppVersion.V201 if echoed == "ocpp2.0.1" else OcppVersion.V16)
    if repair is not None:
        text = b'[2,"id","Heartbeat",{}]'
        answer.writer.write(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
        await quirky.mended(repair)


async def test_q004_probes_with_16_and_comes_back_with_201(quirky: Quirky) -> None:
    """The version belongs to the connection."""
    for version in ("1.6", "2.0.1"):
        quirky.version = version
        await quirky.connect()
        await quirky.socket.connection.close()
    spoken = StationConnection.objects.filter(station__identity=quirky.identity).order_by("opened_at")
    assert [row.ocpp_version async for row in spoken] == ["1.6", "2.0.1"]


async def test_q005_messages_of_16_on_a_socket_of_201(quirky_2: Quirky) -> None:
    """Boot, status, card and meter are understood, and the answer to the boot fits the schema of 1.6 too."""
    await quirky_2.connect(boots=False)
    boot = await quirky_2.call("BootNotification", {"chargePointVendor": "FoxESS", "chargePointModel": "A011"})
    assert schemas.validator(OcppVersion.V16, "BootNotification", is_response=True).is_valid(boot)
    assert (await quirky_2.row()).vendor == "FoxESS"
    await quirky_2.status("Charging")
    authorized = await quirky_2.call("Authorize", {"idTag": quirky_2.card})
    assert authorized["idTokenInfo"]["status"] == "Accepted"
    await quirky_2.read(None, {"value": "1.5", "unit": "kWh"})
    assert [row.value async for row in quirky_2.readings()] == [1500]
    await quirky_2.mended(Repair.SHAPE_OF_16)


async def test_q011_keba_master(quirky: Quirky) -> None:
    """Its tokens carry the serial number of the charger; connector 0 is the sum and nobody's."""
    await quirky.knows(Trait.TOKEN_SUFFIX)
    await quirky.connect()
    await quirky.start(idTag=f"{quirky.card}_17619300")
    await quirky.read(None, 1500, connector=0)
    session = await quirky.session()
    assert (session.token_id, session.authorization_status) == (quirky.place.alice.card.pk, "Accepted")
    assert [row.session_id async for row in quirky.readings()] == [None]
    await quirky.mended(Repair.TOKEN_SUFFIX)


@pytest.mark.parametrize("head", [0xC1, 0x91, 0xF1], ids=["compressed", "reserved", "all"])
async def test_q012_reserved_bits(quirky: Quirky, head: int) -> None:
    """Closed with 1002, and it is on record why."""
    await quirky.exists()
    answer = await quirky.knock(f"/ocpp/{quirky.identity}")
    answer.writer.write(bytes([head, 0x82, 0, 0, 0, 0]) + b"{}")
    assert await answer.close_code() == 1002

    async def reason() -> str:
        return (await StationConnection.objects.aget(station__identity=quirky.identity)).close_reason

    assert "1002" in await eventually(reason)


async def test_q013_compression_in_201(quirky_2: Quirky) -> None:
    await quirky_2.connect(compression="deflate")
    assert [extension.name for extension in quirky_2.socket.connection.protocol.extensions] == ["permessage-deflate"]


async def test_q016_a_key_as_hex_and_as_bytes(quirky: Quirky) -> None:
    key = "0102030405060708090a0b0c0d0e0f10111213ff"
    await quirky.exists()
    await ChargingStation.objects.filter(identity=quirky.identity).aupdate(secret_hash=hash_secret(key))
    for password in (key, key.upper(), bytes.fromhex(key)):
        await quirky.connect(password=password)


async def test_q017_binary_and_empty_passwords(quirky: Quirky) -> None:
    """Bytes are compared as bytes; an empty password is refused, and shown."""
    key = "ff00fe01fd02fc03fb04fa05f906f807f708f609"
    await quirky.exists()
    await ChargingStation.objects.filter(identity=quirky.identity).aupdate(secret_hash=hash_secret(key))
    await quirky.connect(password=bytes.fromhex(key))
    answer = await quirky.knock(f"/ocpp/{quirky.identity}", authorization=basic(quirky.identity, ""))
    assert answer.status == 401
    assert (await RejectedConnection.objects.aget(identity=quirky.identity)).cause == RefusalCause.WRONG_PASSWORD


async def test_q018_another_user_name(quirky: Quirky) -> None:
    """OCPP-J wants the identity. It is refused, and staff read what to correct in the charger."""
    await quirky.exists()
    answer = await quirky.knock(f"/ocpp/{quirky.identity}", authorization=basic("admin", "correct-horse-battery"))
    assert answer.status == 401
    refusal = await RejectedConnection.objects.aget(identity=quirky.identity)
    assert refusal.cause == RefusalCause.USERNAME_DIFFERS
    assert "user name" in refusal.advice


async def test_q020_pings_of_the_station(quirky: Quirky) -> None:
    await quirky.connect()
    for _ in range(3):
        await (await quirky.socket.connection.ping())
    assert await answers(quirky.socket, BEAT)


async def test_q021_the_heartbeat_is_well_within_our_patience(quirky: Quirky) -> None:
    organizations = Organization.objects.filter(pk=quirky.place.site.organization_id)
    await organizations.aupdate(heartbeat_interval_s=86_400)
    await quirky.connect(boots=False)
    answer = await quirky.boot()
    await organizations.aupdate(heartbeat_interval_s=300)
    assert 3 * answer["interval"] <= settings.OCPP_IDLE_LIMIT_S


async def test_q022_a_new_socket_while_the_old_is_half_open(quirky: Quirky) -> None:
    """The newest wins, and the late end of the old one changes nothing."""
    old = await quirky.connect()
    new = await quirky.connect()
    assert await old.closed() == 1000
    assert await answers(new, BEAT)

    async def closed() -> bool:
        return await StationConnection.objects.filter(station__identity=quirky.identity, closed_at=None).acount() == 1

    assert await eventually(closed)
    row = await quirky.row()
    assert row.connection is not None
    assert row.connection.closed_at is None


async def test_q023_q025_never_redials(quirky: Quirky) -> None:
    """The shipped profile tells; staff are warned on its page (tests/admin/test_vendor_profiles.py)."""
    await sync_to_async(load_shipped_profiles)()
    await quirky.connect(boots=False)
    await quirky.boot(chargePointVendor="FoxESS", chargePointModel="A011KP1")
    assert (await quirky.row()).traits == [Trait.NEVER_REDIALS]


async def test_q024_reboots_in_the_middle_of_a_session(quirky: Quirky) -> None:
    await quirky.connect()
    transaction_id = await quirky.start(1000, minute(0))
    await quirky.socket.connection.close()
    await quirky.connect()
    await quirky.stop(transaction_id, 1700, minute(30))
    [session] = await quirky.sessions()
    assert (session.is_ongoing, session.energy_wh) == (False, 700)
    assert await quirky.anomalies() == []


async def test_q026_drops_the_socket_while_it_downloads(quirky: Quirky) -> None:
    """It comes back without a boot and is served; the gap is in its history."""
    await quirky.connect()
    await quirky.socket.connection.close()
    await quirky.connect(boots=False)
    answer = await quirky.socket.call("FirmwareStatusNotification", {"status": "Downloaded"})
    assert answer[0] in (3, 4)
    assert await answers(quirky.socket, BEAT)

    async def gap() -> bool:
        closed = StationConnection.objects.filter(station__identity=quirky.identity, closed_at__isnull=False)
        return await closed.acount() == 1

    assert await eventually(gap)


async def test_q027_a_silent_reconnect_leaves_a_ghost(quirky: Quirky) -> None:
    """The next start at the EVSE tells that the stop of the one before is missing; neither is lost."""
    await quirky.connect()
    await quirky.start(1000, minute(0))
    await quirky.connect(boots=False)
    await quirky.start(1500, minute(60))
    first, second = await quirky.sessions()
    assert (first.is_ongoing, second.is_ongoing) == (True, True)
    assert await quirky.anomalies() == ["missing_stop"]


async def test_q028_no_boot_after_a_reconnect(quirky: Quirky) -> None:
    await quirky.connect()
    await quirky.rest()
    await quirky.connect(boots=False)
    await quirky.call("Heartbeat", {})
    command = await quirky.outcome(Reset(), {"status": "Accepted"})
    assert command.status == CommandStatus.ACCEPTED


async def test_q029_nothing_is_sent_before_the_boot_is_answered(quirky: Quirky) -> None:
    """Also where it is known to boot late, and has spoken already."""
    await quirky.knows(Trait.BOOTS_LATE)
    await quirky.connect(boots=False)
    await quirky.ask(Reset())
    assert await answers(quirky.socket, BEAT)
    assert quirky.socket.commands == []
    await quirky.boot()
    await quirky.socket.command()
    await quirky.connect(boots=False)
    await quirky.ask(Reset())
    assert await answers(quirky.socket, BEAT)
    assert quirky.socket.commands == []
    await quirky.boot()
    assert (await quirky.socket.command())[0] == 2


async def test_q030_q037_boots_and_heartbeats_faster_than_they_are_answered(quirky: Quirky) -> None:
    await quirky.connect(boots=False)
    boot = {"chargePointVendor": "V", "chargePointModel": "M"}
    for number in range(20):
        await quirky.socket.send([2, f"boot-{number}", "BootNotification", boot])
        await quirky.socket.send([2, f"beat-{number}", "Heartbeat", {}])
    heard = [await quirky.socket.receive() for _ in range(40)]
    assert {frame[0] for frame in heard} == {3}
    assert {frame[2]["status"] for frame in heard if frame[1].startswith("boot")} == {"Accepted"}


async def test_q031_no_error_for_what_can_be_understood(quirky: Quirky) -> None:
    """Some boot again after any CALLERROR: an unknown vendor is a status, an unknown word is kept."""
    await quirky.connect()
    data = await quirky.call("DataTransfer", {"vendorId": "org.nobody", "messageId": "x", "data": {"a": 1}})
    assert data["status"] == "UnknownVendorId"
    await quirky.status("charging", errorCode="SomethingElse", info="x" * 500, vendorNote=1)


async def test_q032_no_vendor_and_no_model(quirky: Quirky) -> None:
    await quirky.connect(boots=False)
    for payload in ({"chargePointVendor": "", "chargePointModel": ""}, {}):
        assert (await quirky.call("BootNotification", payload))["status"] == "Accepted"


@pytest.mark.parametrize("registration", [RegistrationStatus.PENDING, RegistrationStatus.REJECTED])
async def test_q033_pending_and_rejected_are_not_heeded(quirky: Quirky, registration: RegistrationStatus) -> None:
    """It is told so again, and the socket stays; with the word comes how long to wait."""
    await quirky.exists(registration=registration)
    await quirky.connect(boots=False)
    answer = await quirky.boot()
    assert (answer["status"], answer["interval"] >= 60) == (registration.label, True)
    refused = await quirky.socket.call("Heartbeat", {})
    assert refused[:3] == [4, refused[1], "SecurityError"]
    assert (await quirky.boot())["status"] == registration.label


async def test_q034_wants_a_reboot_and_then_refuses_everything(quirky: Quirky) -> None:
    """The change counts as taken, with what the station said; the refusals that follow are seen as such."""
    await quirky.connect()
    await quirky.rest()
    change = SetVariables((VariableValue(VariableName("HeartbeatInterval"), "60"),))
    taken = await quirky.outcome(change, {"status": "RebootRequired"})
    assert (taken.status, "RebootRequired" in taken.detail) == (CommandStatus.ACCEPTED, True)
    assert (await quirky.outcome(change, {"status": "Rejected"})).status == CommandStatus.REJECTED


async def test_q035_speaks_before_it_boots(quirky: Quirky) -> None:
    await quirky.connect(boots=False)
    await quirky.status("Preparing")
    transaction_id = await quirky.start(1000)
    await quirky.read(transaction_id, 1200, at=minute(5))
    await quirky.boot()
    await quirky.stop(transaction_id, 1500, minute(10))
    assert (await quirky.session()).energy_wh == 500


async def test_q038_the_same_first_status_of_all_connectors_at_once(quirky: Quirky) -> None:
    await quirky.connect()
    for number in range(1, 11):
        status: dict[str, Any] = {"connectorId": number, "errorCode": "NoError", "status": "Available"}
        await quirky.socket.send([2, str(number), "StatusNotification", status])
    heard = [await quirky.socket.receive() for _ in range(10)]
    assert {frame[0] for frame in heard} == {3}
    row = await quirky.row()
    assert await row.evses.acount() == 10


async def test_q022_of_201_a_transaction_goes_on_over_two_sockets(quirky_2: Quirky) -> None:
    await quirky_2.connect()
    await quirky_2.call("TransactionEvent", event("Started", "t22", 0, 1000, BEGIN))
    await quirky_2.connect(boots=False)
    await quirky_2.call("TransactionEvent", event("Ended", "t22", 1, 1500, minute(10)))
    assert (await quirky_2.session()).energy_wh == 500
