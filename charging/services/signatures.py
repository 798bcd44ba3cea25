"""Signed meter values are checked beside the hot path: each once, and the session is judged by all of its own.

A key that staff entered counts before the station's own, and that before one that came with the value.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from charging.models import Session, SignatureReport, SignedReading
from charging.ocmf import NotCheckable, Record, Unreadable, is_signed_by, key_of, parse
from charging.states import KeySource, ReadingContext, SignatureVerdict
from charging.transparency import Entry, Unpacked, judge, transparency_file, unpacked
from live.publish import publish
from stations.models import MeterKey, Variable

AT_ONCE = 200

Key = tuple[str, KeySource]


def check_signatures() -> int:
    """Check what was not checked yet, some at a time, and judge the sessions concerned; the count of values."""
    with transaction.atomic():
        waiting = SignedReading.objects.filter(verdict="").order_by("pk")
        rows = list(waiting.select_for_update(skip_locked=True, no_key=True)[:AT_ONCE])
        for row in rows:
            _check(row)
        SignedReading.objects.bulk_update(rows, ["verdict", "detail", "key_source"])
        ended = SignatureReport.objects.filter(is_final=False, session__ended_at__isnull=False)
        _report([*(row.session_id for row in rows), *ended.values_list("session_id", flat=True)[:AT_ONCE]])
    return len(rows)


@transaction.atomic
def check_again(station_id: int) -> None:
    """After a key was entered: what could not be checked, or was checked by another key."""
    SignedReading.objects.filter(station_id=station_id).update(verdict="")


def _check(row: SignedReading) -> None:
    value = unpacked(row.data, row.encoding_method, row.public_key)
    row.key_source = row.detail = ""
    try:
        if value.format != "OCMF":
            raise NotCheckable(f"Values in {value.format or 'this format'} are kept and not checked.")
        record = parse(value.text)
        keys = list(_keys(row, value.public_key))
        if not keys:
            row.verdict, row.detail = SignatureVerdict.NO_KEY, "Enter the meter's public key at its station."
            return
        text, source = keys[0]
        row.key_source = source
        is_right = is_signed_by(record, key_of(text, record.algorithm))
    except Unreadable as error:
        row.verdict, row.detail = SignatureVerdict.UNREADABLE, str(error)
    except NotCheckable as error:
        row.verdict, row.detail = SignatureVerdict.NOT_CHECKABLE, str(error)
    else:
        row.verdict = SignatureVerdict.VERIFIED if is_right else SignatureVerdict.WRONG
        row.detail = "" if is_right else "The value or its signature was changed, or the key is another meter's."


def _keys(row: SignedReading, sent: str) -> Iterable[Key]:
    """The first one counts."""
    of_staff = MeterKey.objects.filter(Q(evse_number=row.evse_number) | Q(evse_number=None), station_id=row.station_id)
    for key in of_staff.order_by("evse_number").values_list("public_key", flat=True)[:1]:
        yield key, KeySource.STAFF
    for name, evse_number, value in _told_by_station(row.station_id):
        if row.evse_number in {0, evse_number} or (evse_number is None and name.endswith(str(row.evse_number))):
            yield value, KeySource.STATION
    if sent:
        yield sent, KeySource.VALUE


def _told_by_station(station_id: int) -> Iterable[tuple[str, int | None, str]]:
    """OCPP 1.6: MeterPublicKey1 … (OCA application note); OCPP 2.x: FiscalMetering.PublicKey of the EVSE."""
    rows = Variable.objects.filter(
        Q(component="", name__istartswith="MeterPublicKey") | Q(component="FiscalMetering", name="PublicKey"),
        station_id=station_id,
    ).exclude(value="")
    for name, evse_number, value in rows.values_list("name", "evse_number", "value"):
        yield name.rstrip("]"), evse_number, value


def _report(session_ids: Iterable[int | None]) -> None:
    wanted = {session_id for session_id in session_ids if session_id is not None}
    sessions = Session.objects.filter(pk__in=wanted).prefetch_related("signed_readings")
    for session in sessions:
        rows = list(session.signed_readings.all())
        signed = judge(list(_verified(rows)), None if session.is_ongoing else session.energy_wh)
        SignatureReport.objects.update_or_create(
            session=session,
            defaults={
                "verdict": verdict_of(rows),
                "begin_wh": signed.begin_wh,
                "end_wh": signed.end_wh,
                "meter_serial": signed.meter_serial[:100],
                "findings": [finding[:200] for finding in signed.findings] if _verified_any(rows) else [],
                "checked_at": timezone.now(),
                "is_final": not session.is_ongoing,
            },
        )
        publish(f"session:{session.pk}", kind="signatures", session=session.pk)


def verdict_of(rows: Sequence[SignedReading]) -> SignatureVerdict:
    verdicts = {SignatureVerdict(row.verdict) for row in rows if row.verdict}
    if SignatureVerdict.WRONG in verdicts:
        return SignatureVerdict.WRONG
    return verdicts.pop() if len(verdicts) == 1 else SignatureVerdict.MIXED


def _verified_any(rows: Sequence[SignedReading]) -> bool:
    return any(row.verdict == SignatureVerdict.VERIFIED for row in rows)


def _verified(rows: Sequence[SignedReading]) -> Iterable[Record]:
    for row in rows:
        if row.verdict == SignatureVerdict.VERIFIED:
            yield parse(unpacked(row.data, row.encoding_method).text)


def transparency_of(session: Session) -> str:
    """The file for the transparency software: the values as they came, and the keys they are checked by."""
    rows = session.signed_readings.order_by("at", "pk")
    entries = []
    for row in rows:
        value = unpacked(row.data, row.encoding_method, row.public_key)
        key, _ = next(iter(_keys(row, value.public_key)), ("", None))
        entries.append(Entry(Unpacked(value.text, value.format, key), ReadingContext(row.context)))
    return transparency_file(session.pk, entries)
