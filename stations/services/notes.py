"""Notes, photos and documents of a station."""

from functools import partial
from pathlib import PurePath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts import audit
from accounts.models import User
from live.publish import publish
from stations.errors import UnsuitableFile
from stations.models import ChargingStation, StationNote

# Ending: media type, and how such a file begins. No kind that a browser would run.
KINDS: dict[str, tuple[str, bytes]] = {
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".png": ("image/png", b"\x89PNG\r\n"),
    ".webp": ("image/webp", b"RIFF"),
    ".pdf": ("application/pdf", b"%PDF-"),
    ".txt": ("text/plain", b""),
    ".csv": ("text/csv", b""),
    ".log": ("text/plain", b""),
}


@transaction.atomic
def add_note(*, station: ChargingStation, text: str, file: "UploadedFile[bytes] | None", by: User) -> StationNote:
    """Raises UnsuitableFile."""
    note = StationNote(station=station, text=text, author=by)
    if file is not None:
        note.media_type = _media_type(file)
        note.file, note.file_name = file, PurePath(file.name or "").name[-120:]
    note.save()
    publish(f"station:{station.pk}", kind="note", station=station.pk)
    audit.record(actor=by, action="note added", target=station, note=note.pk, file=note.file_name)
    return note


@transaction.atomic
def delete_note(*, note: StationNote, by: User) -> None:
    station, stored, pk = note.station, note.file, note.pk
    note.delete()
    if stored.name:
        transaction.on_commit(partial(stored.storage.delete, stored.name))
    publish(f"station:{station.pk}", kind="note", station=station.pk)
    audit.record(actor=by, action="note deleted", target=station, note=pk, text=note.text[:300])


def _media_type(file: "UploadedFile[bytes]") -> str:
    limit = settings.ATTACHMENT_MAX_BYTES
    if (file.size or 0) > limit:
        raise UnsuitableFile(f"The file has more than {limit // 1_048_576} MB. Make it smaller.")
    kind = KINDS.get(PurePath(file.name or "").suffix.lower())
    begin = file.read(16)
    file.seek(0)
    if kind is None or not begin.startswith(kind[1]):
        raise UnsuitableFile("Only JPEG, PNG and WebP pictures, PDF, CSV and text files are kept.")
    return kind[0]
