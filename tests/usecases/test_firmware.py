"""Firmware updates of one station: OCPP 1.6 §4.5, §5.19, security whitepaper L01, OCPP 2.x L01, L02."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile
from pytest_django import Settings

from accounts.models import User
from firmware.commands import Tries
from firmware.models import Firmware, FirmwareProgress, FirmwareUpdate
from firmware.services import keep_firmware, request_update
from firmware.states import FirmwareStatus
from simulator import Charger
from stations.models import ChargingStation, Command, Site
from stations.states import CommandStatus
from tests.conftest import every_version
from tests.fileserver import FileServer
from tests.gateway.polling import eventually
from tests.simulator.signing import signing_certificate
from tests.usecases.asking import always, at_rest, refusing
from tests.usecases.facts import finished
from tests.usecases.telling import Payload

CONTENT = b"new and better" * 5000
CERTIFICATE, sign = signing_certificate()
SIGNATURE = sign(CONTENT)
LATER = datetime(2026, 12, 24, 3, 0, tzinfo=UTC)
each_way = pytest.mark.parametrize("is_signed", [False, True], ids=["plain", "signed"])


@pytest.fixture
def files(committed: None, settings: Settings, tmp_path: Path) -> Iterator[FileServer]:
    settings.MEDIA_ROOT, settings.STATIC_ROOT = str(tmp_path), None
    server = FileServer()
    settings.FILES_PUBLIC_URL = server.url
    yield server
    server.stop()


@pytest.fixture
def version_2(files: FileServer, harbour: Site) -> Firmware:
    """Kept here, and signed."""
    firmware = Firmware(organization=harbour.organization, vendor="voltaria", model="Twin 22", version="2.0.0")
    firmware.file = ContentFile(CONTENT, name="voltaria-2.0.0.bin")
    firmware.certificate, firmware.signature = CERTIFICATE, SIGNATURE
    keep_firmware(firmware)
    return firmware


@pytest.fixture
def elsewhere(harbour: Site) -> Firmware:
    return Firmware.objects.create(
        organization=harbour.organization,
        version="3.0.0",
        address="ftp://files.example/voltaria-3.0.0.bin",
        certificate=CERTIFICATE,
        signature=SIGNATURE,
    )


async def update(firmware: Firmware, by: User | None = None, **options: Any) -> FirmwareUpdate:
    station = await ChargingStation.objects.aget()
    return await sync_to_async(request_update)(station=station, firmware=firmware, by=by, **options)


async def answered(asked: FirmwareUpdate) -> Command:
    return await finished(await Command.objects.aget(firmware_update=asked))


async def becomes(asked: FirmwareUpdate, status: FirmwareStatus) -> FirmwareUpdate:
    async def is_so() -> FirmwareUpdate | None:
        return await FirmwareUpdate.objects.filter(pk=asked.pk, status=status).afirst()

    return await eventually(is_so)


async def history(asked: FirmwareUpdate) -> list[str]:
    told = FirmwareProgress.objects.filter(update=asked).order_by("pk")
    return [each.status if each.moved else f"({each.status})" async for each in told]


def words(version: str, status: str, asked: FirmwareUpdate) -> tuple[str, Payload]:
    if version == "1.6" and not asked.is_signed:
        return "FirmwareStatusNotification", {"status": status}
    action = "SignedFirmwareStatusNotification" if version == "1.6" else "FirmwareStatusNotification"
    return action, {"status": status, "requestId": asked.pk}


def action_of(version: str, is_signed: bool) -> str:
    return "SignedUpdateFirmware" if version == "1.6" and is_signed else "UpdateFirmware"


@every_version
@each_way
async def test_L01_the_station_fetches_installs_boots_and_proves_it(
    station: Charger, version: str, is_signed: bool, version_2: Firmware, olga: User
) -> None:
    """TC_044_1_CSMS, TC_080_CSMS, TC_L_01_CSMS."""
    await at_rest(station)
    asked = await update(version_2, olga, is_signed=is_signed)
    command = await answered(asked)
    assert (command.status, command.action) == (CommandStatus.ACCEPTED, action_of(version, is_signed))
    await station.settle()
    done = await becomes(asked, FirmwareStatus.INSTALLED)
    assert (done.version_before, station.firmware_version) == ("1.4.2", "2.0.0")
    assert done.downloaded_at is not None
    assert done.confirmed_at is not None
    told = await history(asked)
    assert told[:2] == ["downloading", "downloaded"]
    assert ("signature_verified" in told) == is_signed
    assert (await ChargingStation.objects.aget()).firmware_version == "2.0.0"


@every_version
@each_way
async def test_L01_what_is_asked_for_reaches_the_station(
    station: Charger, version: str, is_signed: bool, elsewhere: Firmware
) -> None:
    """TC_L_02_CSMS, TC_L_03_CSMS. Rule 56. Rule 86."""
    await at_rest(station)
    action = action_of(version, is_signed)
    station.on(action, always({} if action == "UpdateFirmware" and version == "1.6" else {"status": "Accepted"}))
    times: dict[str, Any] = {"retrieve_at": LATER}
    if is_signed or version != "1.6":
        times["install_at"] = LATER + timedelta(hours=1)
    asked = await update(elsewhere, is_signed=is_signed, tries=Tries(2, 30), **times)
    seen = await station.wait_for_call(action)
    tries = {"retries": 2, "retryInterval": 30}
    if action == "UpdateFirmware" and version == "1.6":
        assert seen == {"location": elsewhere.address, "retrieveDate": "2026-12-24T03:00:00Z", **tries}
        return
    file = {"location": elsewhere.address, "retrieveDateTime": "2026-12-24T03:00:00Z"}
    file["installDateTime"] = "2026-12-24T04:00:00Z"
    proof = {"signingCertificate": CERTIFICATE.strip(), "signature": SIGNATURE} if is_signed else {}
    seen["firmware"]["signingCertificate"] = seen["firmware"].get("signingCertificate", "").strip()
    if not is_signed:
        del seen["firmware"]["signingCertificate"]
    assert seen == {"requestId": asked.pk, "firmware": {**file, **proof}, **tries}


@every_version
async def test_L01_ways_an_update_fails(station: Charger, version: str, elsewhere: Firmware) -> None:
    """TC_044_2_CSMS, TC_044_3_CSMS, TC_L_07_CSMS, TC_L_08_CSMS, TC_L_09_CSMS."""
    await at_rest(station)
    station.on(action_of(version, is_signed=True), always({"status": "Accepted"}))
    for steps, status in (
        (["Downloading", "DownloadFailed"], FirmwareStatus.DOWNLOAD_FAILED),
        (["Downloaded", "Installing", "InstallationFailed"], FirmwareStatus.INSTALLATION_FAILED),
        (["Downloaded", "InstallVerificationFailed"], FirmwareStatus.INSTALL_VERIFICATION_FAILED),
        (["Downloaded", "InvalidSignature"], FirmwareStatus.INVALID_SIGNATURE),
    ):
        asked = await update(elsewhere)
        await answered(asked)
        for step in steps:
            assert await station.call(*words(version, step, asked)) == {}
        await station.boot()
        assert (await becomes(asked, status)).confirmed_at is None


@every_version
async def test_L01_a_file_that_is_not_the_manufacturers(station: Charger, version: str, version_2: Firmware) -> None:
    """TC_081_CSMS, TC_L_06_CSMS."""
    await at_rest(station)
    Path(version_2.file.path).write_bytes(b"worse")
    await sync_to_async(Firmware.objects.update)(size=5)
    asked = await update(version_2)
    await station.settle()
    await becomes(asked, FirmwareStatus.INVALID_SIGNATURE)
    assert station.firmware_version == "1.4.2"


@every_version
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Rejected", FirmwareStatus.REJECTED),
        ("InvalidCertificate", FirmwareStatus.INVALID_CERTIFICATE),
        ("RevokedCertificate", FirmwareStatus.REVOKED_CERTIFICATE),
    ],
)
async def test_L01_a_station_that_refuses(
    station: Charger, version: str, word: str, status: FirmwareStatus, elsewhere: Firmware
) -> None:
    """TC_L_04_CSMS, TC_L_05_CSMS, TC_L_11_CSMS. The update before it goes on."""
    await at_rest(station)
    station.on(action_of(version, is_signed=True), always({"status": "Accepted"}))
    first = await update(elsewhere)
    await answered(first)
    await station.call(*words(version, "Downloading", first))
    station.on(action_of(version, is_signed=True), always({"status": word}))
    second = await update(elsewhere)
    assert (await answered(second)).status == CommandStatus.REJECTED
    await becomes(second, status)
    await becomes(first, FirmwareStatus.DOWNLOADING)


@every_version
async def test_L01_a_second_update_takes_the_place_of_the_first(
    station: Charger, version: str, elsewhere: Firmware
) -> None:
    """TC_L_10_CSMS. Rule 86."""
    await at_rest(station)
    action = action_of(version, is_signed=True)
    station.on(action, always({"status": "Accepted"}))
    first = await update(elsewhere)
    await answered(first)
    await station.call(*words(version, "Downloading", first))
    station.on(action, always({"status": "AcceptedCanceled"}))
    second = await update(elsewhere)
    assert (await answered(second)).status == CommandStatus.ACCEPTED
    await becomes(first, FirmwareStatus.CANCELLED)
    for step in ("Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed"):
        await station.call(*words(version, step, second))
    await station.call(*words(version, "Downloaded", first))
    await becomes(second, FirmwareStatus.INSTALLED)
    await becomes(first, FirmwareStatus.CANCELLED)
    assert await history(first) == ["downloading", "(downloaded)"]


@every_version
@each_way
async def test_L01_late_and_repeated_words_move_nothing(
    station: Charger, version: str, is_signed: bool, elsewhere: Firmware
) -> None:
    """Idle comes only after a trigger: it says nothing of the update. TC_F_18_CSMS. Rule 56."""
    await at_rest(station)
    action = action_of(version, is_signed)
    station.on(action, always({} if action == "UpdateFirmware" and version == "1.6" else {"status": "Accepted"}))
    asked = await update(elsewhere, is_signed=is_signed)
    await answered(asked)
    for step in ("Installing", "Downloading", "Downloading", "Installed", "InstallationFailed"):
        message = words(version, step, asked)
        await station.call(*message)
        await station.repeat_last(message[0])
    await station.call("FirmwareStatusNotification", {"status": "Idle"})
    await becomes(asked, FirmwareStatus.INSTALLED)
    assert await history(asked) == ["installing", "(downloading)", "installed", "(installation_failed)"]
    assert await FirmwareProgress.objects.filter(update=None, status=FirmwareStatus.IDLE).acount() == 1


@every_version
async def test_q135_L01_a_boot_proves_what_was_never_told(station: Charger, version: str, elsewhere: Firmware) -> None:
    """Quirk 135: the station tells nothing of the update, or that it failed, and boots with the new version."""
    await at_rest(station)
    station.on(action_of(version, is_signed=True), always({"status": "Accepted"}))
    asked = await update(elsewhere)
    await answered(asked)
    await station.boot()
    assert (await becomes(asked, FirmwareStatus.ACCEPTED)).confirmed_at is None
    station.firmware_version = "3.0.0"
    await station.boot()
    first = (await becomes(asked, FirmwareStatus.INSTALLED)).confirmed_at
    await station.boot()
    assert (await becomes(asked, FirmwareStatus.INSTALLED)).confirmed_at == first


@every_version
async def test_q135_L01_words_about_nothing_we_asked_for(station: Charger, version: str) -> None:
    """Quirk 135. Confirmed and kept."""
    await at_rest(station)
    number = {} if version == "1.6" else {"requestId": 99}
    for status in ("Downloading", "Installed", "Installing", "DownloadFailed"):
        assert await station.call("FirmwareStatusNotification", {"status": status, **number}) == {}
    told = [each.status async for each in FirmwareProgress.objects.filter(update=None).order_by("pk")]
    assert told == ["downloading", "installed", "installing", "download_failed"]


@every_version
async def test_L01_a_station_that_cannot(station: Charger, version: str, elsewhere: Firmware) -> None:
    """L01.FR.20 of the whitepaper: a station with signed updates answers the old message with NotSupported."""
    await at_rest(station)
    station.on("UpdateFirmware", refusing("NotSupported"))
    asked = await update(elsewhere, is_signed=False)
    assert (await answered(asked)).status == CommandStatus.NOT_SUPPORTED
    await becomes(asked, FirmwareStatus.REQUESTED)
