"""Diagnostics and logs from asking to the file: OCPP 1.6 §5.9, security whitepaper N01, OCPP 2.0.1 N01."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from accounts.models import User
from firmware.commands import Tries
from firmware.errors import NoCommonProtocol
from firmware.models import FileLocation, Firmware, LogFile, LogProgress, LogRequest
from firmware.services import request_log, request_update
from firmware.states import LogKind, LogStatus
from simulator import Charger
from simulator.transfers import UploadStyle
from stations.models import ChargingStation, Command, Frame, Site, Variable
from stations.secret_variables import MASK
from stations.states import CommandStatus
from stations.traits import Trait
from tests.conftest import every_version, first_boot
from tests.fileserver import FileServer
from tests.gateway.polling import eventually
from tests.usecases.asking import always, at_rest, refusing
from tests.usecases.facts import finished
from tests.usecases.telling import Payload

NOTIFICATION = {
    "1.6": "DiagnosticsStatusNotification",
    "2.0.1": "LogStatusNotification",
    "2.1": "LogStatusNotification",
}
DIAGNOSTICS, SECURITY = LogKind.DIAGNOSTICS, LogKind.SECURITY
EVENING = datetime(2026, 11, 26, 18, 30, tzinfo=UTC)


@pytest.fixture
def files(committed: None, settings: Settings, tmp_path: Path) -> Iterator[FileServer]:
    settings.MEDIA_ROOT, settings.STATIC_ROOT = str(tmp_path), None
    server = FileServer()
    settings.FILES_PUBLIC_URL = server.url
    yield server
    server.stop()


async def get(kind: LogKind, by: User | None = None, **options: Any) -> LogRequest:
    station = await ChargingStation.objects.aget()
    return await sync_to_async(request_log)(station=station, kind=kind, by=by, **options)


async def answered(log: LogRequest) -> Command:
    return await finished(await Command.objects.aget(log_request=log))


async def becomes(log: LogRequest, status: LogStatus) -> LogRequest:
    async def is_so() -> LogRequest | None:
        return await LogRequest.objects.filter(pk=log.pk, status=status).afirst()

    return await eventually(is_so)


async def history(log: LogRequest) -> list[tuple[str, bool, int]]:
    told = LogProgress.objects.filter(request=log).order_by("pk")
    return [(each.status, each.moved, each.times) async for each in told]


def word(version: str, kind: LogKind, status: str, log: LogRequest) -> tuple[str, Payload]:
    """How a station tells the progress of it."""
    if version == "1.6" and kind == DIAGNOSTICS:
        return NOTIFICATION["1.6"], {"status": status.replace("UploadFailure", "UploadFailed")}
    return "LogStatusNotification", {"status": status, "requestId": log.pk}


@every_version
@pytest.mark.parametrize("kind", [DIAGNOSTICS, SECURITY])
async def test_N01_a_log_is_asked_for_uploaded_and_kept(
    station: Charger, version: str, kind: LogKind, files: FileServer, olga: User
) -> None:
    """TC_045_1_CSMS, TC_079_CSMS, TC_N_25_CSMS, TC_N_35_CSMS."""
    await at_rest(station)
    log = await get(kind, olga)
    command = await answered(log)
    expected = "GetDiagnostics" if (version, kind) == ("1.6", DIAGNOSTICS) else "GetLog"
    assert (command.status, command.action, command.requested_by_id) == (CommandStatus.ACCEPTED, expected, olga.pk)
    log = await becomes(log, LogStatus.UPLOADED)
    assert await history(log) == [("uploading", True, 1), ("uploaded", True, 1)]
    file = await LogFile.objects.aget(request=log)
    assert (file.name, file.address) == (log.file_name, "127.0.0.1")
    stored = Path(file.file.path).read_bytes()
    assert (file.size, stored.decode().split()[0]) == (len(stored), station.identity)
    assert file.sha256 == hashlib.sha256(stored).hexdigest()


@every_version
async def test_N01_stations_upload_in_several_ways(station: Charger, version: str, files: FileServer) -> None:
    """With the name appended, without, as a form; the name is the station's or the one it announced."""
    await at_rest(station)
    for style in UploadStyle:
        station.upload_style = style
        log = await becomes(await get(DIAGNOSTICS), LogStatus.UPLOADED)
        file = await LogFile.objects.aget(request=log)
        assert file.name == log.file_name


@every_version
async def test_N01_what_is_asked_for_reaches_the_station(station: Charger, version: str, harbour: Site) -> None:
    """To an operator's own server, whose password nobody reads afterwards; from when to when; how often to try."""
    await at_rest(station)
    place = FileLocation(organization=harbour.organization, name="Depot", address="ftp://files.example:2121/in/")
    place.username = "csms@harbour"
    place.set_password("pass/word:1")
    await place.asave()
    log = await get(SECURITY, location=place, oldest_at=EVENING, tries=Tries(3, 60))
    seen = await station.wait_for_call("GetLog")
    address = "ftp://csms%40harbour:pass%2Fword%3A1@files.example:2121/in/"
    assert seen == {
        "logType": "SecurityLog",
        "requestId": log.pk,
        "log": {"remoteLocation": address, "oldestTimestamp": "2026-11-26T18:30:00Z"},
        "retries": 3,
        "retryInterval": 60,
    }
    await becomes(log, LogStatus.UPLOADED)
    command = await answered(log)
    told = f"{command.arguments} {command.payload}"
    assert "pass" not in told
    assert f"{MASK}@files.example" in told


async def test_5_9_diagnostics_in_the_words_of_1_6(station_16: Charger) -> None:
    await at_rest(station_16)
    await get(DIAGNOSTICS, latest_at=EVENING, oldest_at=EVENING, tries=Tries(1))
    seen = await station_16.wait_for_call("GetDiagnostics")
    assert seen["location"].endswith("/")
    times = {"startTime": "2026-11-26T18:30:00Z", "stopTime": "2026-11-26T18:30:00Z"}
    assert {name: seen[name] for name in seen if name != "location"} == {**times, "retries": 1}


@every_version
async def test_the_address_is_kept_nowhere_in_full(station: Charger, version: str, files: FileServer) -> None:
    """Whoever knows it could put a file in the station's name."""
    await at_rest(station)
    seen: list[Payload] = []
    station.observe(lambda direction, text: seen.append({"text": text}) if "/files/" in text else None)
    log = await becomes(await get(SECURITY), LogStatus.UPLOADED)
    secret = seen[0]["text"].split("/files/")[1][:43]
    command = await answered(log)

    async def logged() -> Frame | None:
        return await Frame.objects.filter(action="GetLog", direction=1).afirst()

    frame = await eventually(logged)
    row = await LogRequest.objects.filter(pk=log.pk).values().aget()
    for kept in (command.arguments, command.payload, frame.text, row):
        assert secret not in str(kept)
    assert "/files/" in frame.text


@every_version
async def test_N01_the_upload_fails(station: Charger, version: str, files: FileServer) -> None:
    """TC_045_2_CSMS. It is tried as often as was asked."""
    await at_rest(station)
    log = await get(DIAGNOSTICS, tries=Tries(2, 0))
    await LogRequest.objects.filter(pk=log.pk).aupdate(secret_hash="gone")
    log = await becomes(log, LogStatus.UPLOAD_FAILED)
    assert [status for status, _, _ in await history(log)] == ["uploading", "upload_failed"]
    assert not await LogFile.objects.aexists()


@every_version
async def test_N01_a_station_that_refuses(station: Charger, version: str) -> None:
    """TC_N_34_CSMS."""
    await at_rest(station)
    station.on("GetLog", always({"status": "Rejected"}))
    log = await get(SECURITY)
    assert (await answered(log)).status == CommandStatus.REJECTED
    await becomes(log, LogStatus.REJECTED)
    station.on("GetLog", refusing("NotSupported"))
    log = await get(SECURITY)
    assert (await answered(log)).status == CommandStatus.NOT_SUPPORTED
    await becomes(log, LogStatus.REQUESTED)


@every_version
async def test_N01_a_second_request_takes_the_place_of_the_first(station: Charger, version: str) -> None:
    """TC_N_36_CSMS. What the first one still tells is kept, and changes nothing."""
    await at_rest(station)
    station.on("GetLog", always({"status": "Accepted", "filename": "one.log"}))
    first = await get(SECURITY)
    await answered(first)
    await station.call(*word(version, SECURITY, "Uploading", first))
    station.on("GetLog", always({"status": "AcceptedCanceled", "filename": "two.log"}))
    second = await get(SECURITY)
    assert (await answered(second)).status == CommandStatus.ACCEPTED
    await becomes(first, LogStatus.CANCELLED)
    await station.call(*word(version, SECURITY, "Uploaded", first))
    await station.call(*word(version, SECURITY, "Uploaded", second))
    await becomes(first, LogStatus.CANCELLED)
    await becomes(second, LogStatus.UPLOADED)
    assert await history(first) == [("uploading", True, 1), ("uploaded", False, 1)]


@every_version
@pytest.mark.parametrize("kind", [DIAGNOSTICS, SECURITY])
async def test_N01_late_and_repeated_words_move_nothing(station: Charger, version: str, kind: LogKind) -> None:
    await at_rest(station)
    for action in ("GetDiagnostics", "GetLog"):
        station.on(action, always({"fileName": "a.zip"} if action == "GetDiagnostics" else {"status": "Accepted"}))
    log = await get(kind)
    await answered(log)
    for status in ("Uploading", "Uploading", "Uploaded", "Uploading", "UploadFailure"):
        message = word(version, kind, status, log)
        await station.call(*message)
        await station.repeat_last(message[0])
    await becomes(log, LogStatus.UPLOADED)
    assert await history(log) == [
        ("uploading", True, 4),
        ("uploaded", True, 2),
        ("uploading", False, 2),
        ("upload_failed", False, 2),
    ]


@every_version
async def test_N01_an_answer_that_comes_after_the_upload_began(station: Charger, version: str) -> None:
    """Messages may cross: a request that is uploading already is not moved back by its answer."""
    await at_rest(station)
    began: list[int] = []

    async def begin_first(payload: Payload) -> Payload:
        began.append(payload["requestId"])
        await station.call("LogStatusNotification", {"status": "Uploading", "requestId": payload["requestId"]})
        return {"status": "Accepted", "filename": "a.log"}

    station.on("GetLog", begin_first)
    log = await get(SECURITY)
    await answered(log)
    log = await becomes(log, LogStatus.UPLOADING)
    assert (began, log.file_name) == ([log.pk], "a.log")


@every_version
async def test_N01_words_about_nothing_we_asked_for(station: Charger, version: str) -> None:
    """Confirmed, kept, and nobody's state changes."""
    await at_rest(station)
    words = ("Uploading", "UploadFailure", "BadMessage", "PermissionDenied", "NotSupportedOperation", "Uploaded")
    for status in words:
        for number in (4711, 2**31 - 1):
            assert await station.call("LogStatusNotification", {"status": status, "requestId": number}) == {}
    assert await station.call("LogStatusNotification", {"status": "Idle"}) == {}
    told = [(each.request_id, each.times) async for each in LogProgress.objects.order_by("pk")]
    assert told == [(None, 2)] * len(words) + [(None, 1)]


async def test_5_9_without_a_file_name_the_station_may_have_nothing(station_16: Charger) -> None:
    """Quirk 134."""
    await at_rest(station_16)
    station_16.on("GetDiagnostics", always({}))
    log = await get(DIAGNOSTICS)
    assert (await answered(log)).status == CommandStatus.ACCEPTED
    assert (await becomes(log, LogStatus.ACCEPTED)).file_name == ""


@first_boot
@every_version
async def test_q132_files_go_by_a_protocol_that_the_station_takes(
    station: Charger, files: FileServer, harbour: Site, version: str
) -> None:
    """What it lists chooses; what is known of its model also refuses. Nobody lists anything: by HTTP."""
    await at_rest(station)
    place = await sync_to_async(_ftp_server)(harbour)
    name = "SupportedFileTransferProtocols" if version == "1.6" else "FileTransferProtocols"
    listed = Variable.objects.filter(name=name)
    for words, expected in (("FTP", place.pk), ("FTP, HTTPS", None), ("", None), ("SFTP", None)):
        await listed.aupdate(value=words)
        assert (await get(DIAGNOSTICS)).location_id == expected, words
    for trait, location, chosen in (
        (Trait.FTP_ONLY, None, place.pk),
        (Trait.HTTP_ONLY, None, None),
        (Trait.HTTP_ONLY, place, "HTTP only"),
    ):
        await ChargingStation.objects.aupdate(traits=[trait])
        if isinstance(chosen, str):
            with pytest.raises(NoCommonProtocol, match=chosen):
                await get(DIAGNOSTICS, location=location)
        else:
            assert (await get(DIAGNOSTICS, location=location)).location_id == chosen
    await ChargingStation.objects.aupdate(traits=[Trait.FTP_ONLY])
    firmware = Firmware(organization=harbour.organization, version="9", address="https://vendor.example/9.bin")
    await sync_to_async(firmware.save)()
    fresh = await ChargingStation.objects.select_related("organization").aget()
    with pytest.raises(NoCommonProtocol, match="FTP or SFTP only"):
        await sync_to_async(request_update)(station=fresh, firmware=firmware, by=None)


def _ftp_server(site: Site) -> FileLocation:
    return FileLocation.objects.create(
        organization=site.organization, name="Old server", address="ftp://files.example/logs/"
    )
