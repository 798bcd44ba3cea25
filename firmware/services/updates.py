"""Firmware updates of one station: asked for, answered, told of, proved by a boot."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from charging.clock import is_writable
from firmware.addresses import LONGEST_ADDRESS, address_of, hash_of, new_secret
from firmware.commands import AS_IT_LIKES, SignedUpdateFirmware, Tries, UpdateFirmware
from firmware.errors import AddressTooLong, DoesNotFit, NoTime, NotInThisVersion, NotSigned
from firmware.models import Firmware, FirmwareProgress, FirmwareUpdate
from firmware.protocols import check_protocol
from firmware.states import FIRMWARE_MOVES, Answer, FirmwareStatus
from live.publish import publish
from stations.commands import DEFAULT_EXPIRY, send
from stations.models import ChargingStation
from stations.services import Boot
from stations.states import OcppVersion

CHANGED = "firmware"
REFUSALS = {
    Answer.REJECTED: FirmwareStatus.REJECTED,
    Answer.INVALID_CERTIFICATE: FirmwareStatus.INVALID_CERTIFICATE,
    Answer.REVOKED_CERTIFICATE: FirmwareStatus.REVOKED_CERTIFICATE,
}
# A boot so long after the request proves nothing about it.
PROVED_WITHIN = timedelta(days=60)


@transaction.atomic
def request_update(
    *,
    station: ChargingStation,
    firmware: Firmware,
    by: User | None,
    is_signed: bool | None = None,
    retrieve_at: datetime | None = None,
    install_at: datetime | None = None,
    tries: Tries = AS_IT_LIKES,
    expires_in: timedelta = DEFAULT_EXPIRY,
) -> FirmwareUpdate:
    """Ask a station to take a firmware. ``is_signed`` None: if the firmware is.

    Raises DoesNotFit, NotSigned, NotInThisVersion, AddressTooLong, NoCommonProtocol, NoTime.
    """
    if not is_writable(retrieve_at, install_at):
        raise NoTime("Times must be in years that clocks know.")
    signed = firmware.is_signed if is_signed is None else is_signed
    _check(station, firmware, signed, install_at)
    secret = new_secret() if firmware.file else None
    address = address_of(secret, firmware.file_name) if secret else firmware.address
    if len(address) > LONGEST_ADDRESS:
        raise AddressTooLong(f"The address has more than {LONGEST_ADDRESS} characters.")
    check_protocol(station, address)
    now = timezone.now()
    update = FirmwareUpdate.objects.create(
        station=station,
        firmware=firmware,
        requested_by=by,
        requested_at=now,
        status_at=now,
        is_signed=signed,
        retrieve_at=retrieve_at or now,
        install_at=install_at,
        retries=tries.retries,
        retry_interval_s=tries.retry_interval_s,
        location_hash=hash_of(address),
        secret_hash=hash_of(secret) if secret else None,
        download_until=max(now + expires_in, retrieve_at or now) + timedelta(hours=settings.DOWNLOAD_VALID_HOURS),
        version_before=station.firmware_version,
    )
    update.command = send(station, _wanted(update, address), by=by, expires_in=expires_in)
    update.save(update_fields=["command"])
    publish(f"station:{station.pk}", kind=CHANGED, update=update.pk)
    return update


def _check(station: ChargingStation, firmware: Firmware, signed: bool, install_at: datetime | None) -> None:
    if problem := firmware.why_not_for(station):
        raise DoesNotFit(problem)
    if signed and not firmware.is_signed:
        raise NotSigned("This firmware has no signature.")
    if install_at and not signed and station.ocpp_version == OcppVersion.V16:
        raise NotInThisVersion(
            "An OCPP 1.6 station installs unsigned firmware as soon as it can: leave the time empty."
        )


def _wanted(update: FirmwareUpdate, address: str) -> UpdateFirmware | SignedUpdateFirmware:
    tries = (update.retries, update.retry_interval_s)
    if not update.is_signed:
        return UpdateFirmware(update.pk, address, update.retrieve_at, update.install_at, *tries)
    proof = (update.firmware.certificate, "".join(update.firmware.signature.split()))
    return SignedUpdateFirmware(update.pk, address, update.retrieve_at, *proof, update.install_at, *tries)


@transaction.atomic
def answer_update(*, station_id: int, address: str, answer: Answer, at: datetime) -> None:
    """Keep what the station answered to the update that was sent last. A raw call of staff is not among ours."""
    sent = FirmwareUpdate.objects.filter(station_id=station_id, location_hash=hash_of(address))
    update = sent.exclude(command__sent_at=None).order_by("-command__sent_at").first()
    if update is None:
        return
    if answer == Answer.ACCEPTED_INSTEAD:
        for older in FirmwareUpdate.objects.under_way().filter(station_id=station_id, pk__lt=update.pk):
            _move(older, FirmwareStatus.CANCELLED, at)
    _move(update, REFUSALS.get(answer, FirmwareStatus.ACCEPTED), at)
    publish(f"station:{station_id}", kind=CHANGED, update=update.pk)


@transaction.atomic
def record_firmware_status(*, station_id: int, status: FirmwareStatus, number: int | None, at: datetime) -> None:
    """Keep what a station tells of an update. Late and repeated words are kept, and move nothing.

    OCPP 1.6's FirmwareStatusNotification names no update: the newest is meant. Idle is of none.
    """
    update = _meant(station_id, status, number)
    moved = update is not None and _move(update, status, at)
    last = FirmwareProgress.objects.filter(station_id=station_id, update=update).order_by("pk").last()
    if last is not None and last.status == status:
        FirmwareProgress.objects.filter(pk=last.pk).update(times=last.times + 1, at=at)
    else:
        FirmwareProgress.objects.create(station_id=station_id, update=update, status=status, moved=moved, at=at)
    publish(f"station:{station_id}", kind=CHANGED)


def _meant(station_id: int, status: FirmwareStatus, number: int | None) -> FirmwareUpdate | None:
    updates = FirmwareUpdate.objects.filter(station_id=station_id).order_by("-pk")
    if number is not None:
        return updates.filter(pk=number).first()
    return None if status == FirmwareStatus.IDLE else updates.first()


@transaction.atomic
def confirm_versions(boots: Sequence[Boot]) -> None:
    """Boots tell versions. An update that was to bring one is through, whatever was told of it or not."""
    waiting = FirmwareUpdate.objects.filter(station_id__in=[boot.station_id for boot in boots], confirmed_at=None)
    of_stations = set(waiting.order_by().values_list("station_id", flat=True))
    for boot in boots:
        if boot.report.firmware_version and boot.station_id in of_stations:
            _confirm(boot)


def _confirm(boot: Boot) -> None:
    version = boot.report.firmware_version
    waiting = FirmwareUpdate.objects.filter(
        station_id=boot.station_id,
        confirmed_at=None,
        requested_at__gt=boot.at - PROVED_WITHIN,
        firmware__version__iexact=version,
    ).exclude(version_before__iexact=version)
    update = waiting.exclude(status__in=sorted(REFUSALS.values())).first()
    if update is None:
        return
    _move(update, FirmwareStatus.INSTALLED, boot.at)
    FirmwareUpdate.objects.filter(pk=update.pk).update(confirmed_at=boot.at)
    publish(f"station:{boot.station_id}", kind=CHANGED, update=update.pk)


def _move(update: FirmwareUpdate, status: FirmwareStatus, at: datetime) -> bool:
    allowed_from = [old for old, allowed in FIRMWARE_MOVES.items() if status in allowed]
    moved = FirmwareUpdate.objects.filter(pk=update.pk, status__in=allowed_from).update(status=status, status_at=at)
    return bool(moved)


def find_download(secret: str) -> FirmwareUpdate | None:
    """The update for which this address was made, while the file is given out for it."""
    found = FirmwareUpdate.objects.filter(secret_hash=hash_of(secret), download_until__gt=timezone.now())
    return found.select_related("firmware", "station").first()


def note_download(update: FirmwareUpdate) -> None:
    FirmwareUpdate.objects.filter(pk=update.pk).update(downloaded_at=timezone.now())
    publish(f"station:{update.station_id}", kind=CHANGED, update=update.pk)
