"""Work that takes its time and tells its progress: uploads and firmware updates."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from simulator.connection import Payload

if TYPE_CHECKING:
    from simulator.charger import Charger

Notice = Callable[[str], tuple[str, Payload]]


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
