"""Work that takes its time and tells its progress: uploads and firmware updates."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.transfers import upload

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


async def run_job(charger: "Charger", statuses: Sequence[str], notice: Notice) -> None:
    """Send one notification for each status, `job_step_s` apart."""
    for number, status in enumerate(statuses):
        if number:
            await asyncio.sleep(charger.job_step_s)
        await charger.tell(*notice(status))


async def install_firmware(charger: "Charger", statuses: Sequence[str], notice: Notice, version: str) -> None:
    """As a job; "Installed" is told after the reboot with the new version."""
    await run_job(charger, statuses, notice)
    charger.firmware_version = version
    await charger.reboot(reason="FirmwareUpdate")
    await charger.until_ready()
    await charger.tell(*notice("Installed"))


def version_of(location: str, current: str) -> str:
    """The version in a file name like voltaria-2.0.1.bin; else the present one with its last number raised."""
    name = location.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    candidate = name.rsplit("-", 1)[-1]
    if candidate[:1].isdigit():
        return candidate[:50]
    head, _, last = current.rpartition(".")
    return f"{head}.{int(last) + 1}" if last.isdecimal() else f"{current}.1"
