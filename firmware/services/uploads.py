"""Files that arrive: bounded, written as they come, kept only when they are whole."""

import hashlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from firmware.addresses import hash_of
from firmware.errors import TooLarge, TooManyFiles
from firmware.models import LogFile, LogRequest
from firmware.services.logs import CHANGED
from live.publish import publish

MOST_FILES = 20


def find_upload(secret: str) -> LogRequest | None:
    """The request to which this address was given, while files are taken for it."""
    found = LogRequest.objects.filter(secret_hash=hash_of(secret), upload_until__gt=timezone.now())
    return found.select_related("station").first()


def receive_log(*, log: LogRequest, name: str, parts: Iterable[bytes], address: str | None) -> LogFile:
    """Keep a file that a station sends. Raises TooLarge, TooManyFiles; then nothing is kept."""
    if log.files.count() >= MOST_FILES:
        raise TooManyFiles(f"There are {MOST_FILES} files for this request.")
    with NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="log") as arriving:
        digest, size = hashlib.sha256(), 0
        for part in parts:
            size += len(part)
            if size > settings.UPLOAD_MAX_BYTES:
                raise TooLarge(f"More than {settings.UPLOAD_MAX_BYTES} bytes are not taken.")
            digest.update(part)
            arriving.write(part)
        arriving.seek(0)
        return _keep(log, name, File(arriving), size, digest.hexdigest(), address)


@transaction.atomic
def _keep(log: LogRequest, name: str, content: "File[bytes]", size: int, sha256: str, address: str | None) -> LogFile:
    kept = LogFile(request=log, name=shown_name(name) or log.file_name or "log", size=size, sha256=sha256)
    kept.address = address
    kept.file.save("log", content, save=False)
    kept.save()
    publish(f"station:{log.station_id}", kind=CHANGED, request=log.pk)
    return kept


def shown_name(name: str) -> str:
    """The last part of what the station called it, without what no file name should hold."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable() and letter not in '"<>|:*?\\/')[-255:]
