"""Logs and diagnostics: asked for, answered, told of, forgotten."""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from charging.clock import is_writable
from firmware.addresses import LONGEST_ADDRESS, address_of, hash_of, new_secret
from firmware.commands import AS_IT_LIKES, GetDiagnostics, GetLog, Tries
from firmware.errors import AddressTooLong, NoTime, NotInThisVersion
from firmware.models import FileLocation, LogProgress, LogRequest
from firmware.models.log import FOLDER
from firmware.protocols import check_protocol, location_for
from firmware.states import LOG_MOVES, Answer, LogKind, LogStatus
from live.publish import publish
from stations.commands import DEFAULT_EXPIRY, send
from stations.models import ChargingStation
from stations.states import OcppVersion

CHANGED = "log"


@transaction.atomic
def request_log(
    *,
    station: ChargingStation,
    kind: LogKind,
    by: User | None,
    location: FileLocation | None = None,
    oldest_at: datetime | None = None,
    latest_at: datetime | None = None,
    tries: Tries = AS_IT_LIKES,
    expires_in: timedelta = DEFAULT_EXPIRY,
) -> LogRequest:
    """Ask a station for a log: to an address of ours for this request alone, or to an operator's file server.

    Without a location, one of the operator's is chosen for a station that takes no HTTP.
    Raises AddressTooLong, NoCommonProtocol, NotInThisVersion, NoTime.
    """
    if not is_writable(oldest_at, latest_at):
        raise NoTime("Times must be in years that clocks know.")
    if kind == LogKind.DATA_COLLECTOR and station.ocpp_version != OcppVersion.V21:
        raise NotInThisVersion("Only OCPP 2.1 has a log of the data collector.")
    location = location or location_for(station)
    secret = new_secret() if location is None else None
    address = location.full_address if location else address_of(secret or "")
    if len(address) > LONGEST_ADDRESS:
        raise AddressTooLong(f"The address has more than {LONGEST_ADDRESS} characters.")
    check_protocol(station, address)
    now = timezone.now()
    log = LogRequest.objects.create(
        station=station,
        kind=kind,
        requested_by=by,
        requested_at=now,
        status_at=now,
        location=location,
        location_hash=hash_of(address),
        secret_hash=hash_of(secret) if secret else None,
        upload_until=now + expires_in + timedelta(hours=settings.UPLOAD_VALID_HOURS),
        oldest_at=oldest_at,
        latest_at=latest_at,
        retries=tries.retries,
        retry_interval_s=tries.retry_interval_s,
    )
    log.command = send(station, _wanted(log, address), by=by, expires_in=expires_in)
    log.save(update_fields=["command"])
    publish(f"station:{station.pk}", kind=CHANGED, request=log.pk)
    return log


def _wanted(log: LogRequest, address: str) -> GetDiagnostics | GetLog:
    """Diagnostics are asked for by the message that every 1.6 station of the firmware profile has."""
    limits = (log.oldest_at, log.latest_at, log.retries, log.retry_interval_s)
    if log.kind == LogKind.DIAGNOSTICS:
        return GetDiagnostics(log.pk, address, *limits)
    return GetLog(log.pk, address, LogKind(log.kind), *limits)


@transaction.atomic
def answer_log_request(*, station_id: int, address: str, answer: Answer, file_name: str, at: datetime) -> None:
    """Keep what the station answered to the request that was sent last. A raw call of staff is not among ours."""
    sent = LogRequest.objects.filter(station_id=station_id, location_hash=hash_of(address))
    log = sent.exclude(command__sent_at=None).order_by("-command__sent_at").first()
    if log is None:
        return
    if answer == Answer.ACCEPTED_INSTEAD:
        for older in LogRequest.objects.under_way().filter(station_id=station_id, pk__lt=log.pk):
            _move(older, LogStatus.CANCELLED, at)
    _move(log, LogStatus.REJECTED if answer == Answer.REJECTED else LogStatus.ACCEPTED, at)
    if file_name:
        LogRequest.objects.filter(pk=log.pk).update(file_name=file_name[:255])
    publish(f"station:{station_id}", kind=CHANGED, request=log.pk)


@transaction.atomic
def record_log_status(*, station_id: int, status: LogStatus, number: int | None, at: datetime) -> None:
    """Keep what a station tells of an upload. Late and repeated words are kept, and move nothing.

    OCPP 1.6's DiagnosticsStatusNotification, and 2.x when it was triggered, names no request: the newest is meant.
    """
    log = _meant(station_id, status, number)
    moved = log is not None and _move(log, status, at)
    _note(station_id, log, status, moved=moved, at=at)
    publish(f"station:{station_id}", kind=CHANGED)


def _meant(station_id: int, status: LogStatus, number: int | None) -> LogRequest | None:
    requests = LogRequest.objects.filter(station_id=station_id).order_by("-pk")
    if number is not None:
        return requests.filter(pk=number).first()
    return None if status == LogStatus.IDLE else requests.first()


def _move(log: LogRequest, status: LogStatus, at: datetime) -> bool:
    allowed_from = [old for old, allowed in LOG_MOVES.items() if status in allowed]
    moved = LogRequest.objects.filter(pk=log.pk, status__in=allowed_from).update(status=status, status_at=at)
    return bool(moved)


def _note(station_id: int, log: LogRequest | None, status: LogStatus, *, moved: bool, at: datetime) -> None:
    """The same word again is counted: a station that repeats itself fills no table."""
    last = LogProgress.objects.filter(station_id=station_id, request=log).order_by("pk").last()
    if last is not None and last.status == status:
        LogProgress.objects.filter(pk=last.pk).update(times=last.times + 1, at=at)
        return
    LogProgress.objects.create(station_id=station_id, request=log, status=status, moved=moved, at=at)


def delete_old_logs() -> int:
    """Forget logs after ``LOG_RETENTION_DAYS``, with their files, and files of stations that are gone.

    Returns how many requests.
    """
    until = timezone.now() - timedelta(days=settings.LOG_RETENTION_DAYS)
    old = LogRequest.objects.filter(requested_at__lt=until)
    for log in old:
        _delete(log)
    LogProgress.objects.filter(request=None, at__lt=until).delete()
    _delete_files_of_deleted_stations()
    return len(old)


def _delete_files_of_deleted_stations() -> None:
    if not default_storage.exists(FOLDER):
        return
    folders = [name for name in default_storage.listdir(FOLDER)[0] if name.isdecimal()]
    known = set(ChargingStation.objects.filter(pk__in=folders).values_list("pk", flat=True))
    for name in (name for name in folders if int(name) not in known):
        for file in default_storage.listdir(f"{FOLDER}/{name}")[1]:
            default_storage.delete(f"{FOLDER}/{name}/{file}")
        default_storage.delete(f"{FOLDER}/{name}")


@transaction.atomic
def _delete(log: LogRequest) -> None:
    for kept in log.files.all():
        transaction.on_commit(partial(kept.file.storage.delete, str(kept.file.name)))
    log.delete()
