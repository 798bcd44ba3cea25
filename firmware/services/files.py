"""Firmware files: measured when they come, and tried against their signature."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from firmware.models import Firmware
from firmware.services.uploads import shown_name
from firmware.signatures import is_genuine

PART_BYTES = 65_536


def keep_firmware(firmware: Firmware) -> None:
    """Save it; of a new file its name, size and hash are noted."""
    file = firmware.file.file if firmware.file and not firmware.file._committed else None  # type: ignore[attr-defined]
    if file is not None:
        digest = hashlib.sha256()
        for part in parts_of(file):
            digest.update(part)
        firmware.sha256, firmware.size = digest.hexdigest(), file.size
        firmware.file_name = shown_name(file.name or "")[-120:] or "firmware.bin"
    firmware.save()


def is_signed_by(file: "UploadedFile[bytes]", *, signature: str, certificate: str) -> bool:
    """Raises firmware.signatures.NotReadable."""
    return is_genuine(parts=parts_of(file), signature=signature, certificate=certificate)


def parts_of(file: Any) -> Iterator[bytes]:
    file.seek(0)
    while part := file.read(PART_BYTES):
        yield part
    file.seek(0)
