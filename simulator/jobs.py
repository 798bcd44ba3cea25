"""Work that takes its time and tells its progress: uploads and firmware updates."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.security import security_event
from simulator.signing import is_genuine
from simulator.transfers import download, upload

if TYPE_CHECKING:
    from simulator.charger import Charger

Notice = Callable[[str], tuple[str, Payload]]


@dataclass(frozen=True, slots=True)
class Upload:
    """A log on its way. ``cancelled``: the word for one that a newer request ended; 1.6 has none."""

    location: str
    name: str
    notice: Notice
    failed: str = "UploadFailure"
    cancelled: str | None = None
    retries: int = 0
    retry_interval_s: float = 0


def begin_upload(charger: "Charger", wanted: Upload) -> bool:
    """Start it after the answer. Whether it takes the place of another one."""
    takes_over = charger.is_uploading
    charger.upload_number += 1
    charger.is_uploading = True
    number = charger.upload_number
    charger.afterwards(lambda: upload_log(charger, wanted, number))
    return takes_over


async def upload_log(charger: "Charger", wanted: Upload, number: int) -> None:
    await charger.tell(*wanted.notice("Uploading"))
    word = await _outcome(charger, wanted, number)
    if word is not None:
        await charger.tell(*wanted.notice(word))
    if number == charger.upload_number:
        charger.is_uploading = False


async def _outcome(charger: "Charger", wanted: Upload, number: int) -> str | None:
    content = f"{charger.identity} {charger.version}: log {number}\n".encode()
    for attempt in range(wanted.retries + 1):
        await asyncio.sleep(wanted.retry_interval_s if attempt else charger.job_step_s)
        if number != charger.upload_number:
            return wanted.cancelled
        if await upload(wanted.location, wanted.name, content, charger.upload_style):
            return "Uploaded"
    return wanted.failed


@dataclass(frozen=True, slots=True)
class Update:
    """A firmware on its way: what is told is told by ``notice``."""

    location: str
    notice: Notice
    signature: str = ""
    certificate: str = ""
    tells_reboot: bool = False
    """As stations since the security extension do."""


def begin_update(charger: "Charger", wanted: Update) -> bool:
    """Start it after the answer. Whether it takes the place of another one."""
    takes_over = charger.is_updating
    charger.update_number += 1
    charger.is_updating = True
    number = charger.update_number
    charger.afterwards(lambda: install_firmware(charger, wanted, number))
    return takes_over


async def install_firmware(charger: "Charger", wanted: Update, number: int) -> None:
    try:
        if await _is_fetched(charger, wanted, number):
            await _install(charger, wanted, number)
    finally:
        if number == charger.update_number:
            charger.is_updating = False


async def _is_fetched(charger: "Charger", wanted: Update, number: int) -> bool:
    """Downloaded, and its signature the manufacturer's if there is one."""
    if not await _told(charger, wanted, "Downloading", number):
        return False
    content = await download(wanted.location)
    if content is None:
        await _told(charger, wanted, "DownloadFailed", number)
        return False
    if not await _told(charger, wanted, "Downloaded", number):
        return False
    # Of an address that is not HTTP nothing was fetched that could be checked.
    if wanted.signature and content and not is_genuine(content, wanted.signature, wanted.certificate):
        await _told(charger, wanted, "InvalidSignature", number)
        await charger.tell(*security_event(charger, "InvalidFirmwareSignature"))
        return False
    return not wanted.signature or await _told(charger, wanted, "SignatureVerified", number)


async def _install(charger: "Charger", wanted: Update, number: int) -> None:
    for status in ("Installing", *(["InstallRebooting"] if wanted.tells_reboot else [])):
        if not await _told(charger, wanted, status, number):
            return
    charger.firmware_version = version_of(wanted.location, charger.firmware_version)
    await charger.reboot(reason="FirmwareUpdate")
    await charger.until_ready()
    await _told(charger, wanted, "Installed", number)


async def _told(charger: "Charger", wanted: Update, status: str, number: int) -> bool:
    """False when a newer update has taken its place: then nothing more is said of this one."""
    await asyncio.sleep(charger.job_step_s)
    if number != charger.update_number:
        return False
    message = wanted.notice(status)
    charger.firmware_notice = None if status == "Installed" else message
    await charger.tell(*message)
    return True


def version_of(location: str, current: str) -> str:
    """The version in a file name like voltaria-2.0.1.bin; else the present one with its last number raised."""
    name = location.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    candidate = name.rsplit("-", 1)[-1]
    if candidate[:1].isdigit():
        return candidate[:50]
    head, _, last = current.rpartition(".")
    return f"{head}.{int(last) + 1}" if last.isdecimal() else f"{current}.1"
