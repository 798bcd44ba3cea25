"""A week of charging before the demo began, so that lists and charts have something to show."""

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from accounts.models import Organization
from charging.models import LoadSample, Session, SessionAnomaly
from charging.services.load import STEP as LOAD_STEP
from charging.services.load import slot_of
from charging.states import AnomalyKind, Location, Measurand, Phase, ReadingContext, SessionStatus
from drivers.models import IdToken
from drivers.states import AuthorizationStatus
from stations.models import ChargingStation, Evse, RejectedConnection
from stations.states import RefusalCause

# A week and the day before, because today is compared with the same day of last week.
DAYS = 8
STEP = timedelta(minutes=5)
REASONS = ["Local", "EVDisconnected", "EVDisconnected", "Remote"]


@dataclass
class Course:
    """One session while it is being invented."""

    session: Session
    is_dc: bool
    max_power_w: float
    wanted_wh: float


def write_history(organization: Organization) -> None:
    """Sessions of the past days with their readings, an anomaly or two, a refused charger."""
    random_source = random.Random(organization.slug)  # noqa: S311 - the demo looks the same everywhere
    tokens = list(
        IdToken.objects.filter(organization=organization, is_blocked=False, expires_at=None).select_related("driver")
    )
    stations = ChargingStation.objects.filter(organization=organization).prefetch_related("evses")
    courses = [
        course
        for station in stations
        for evse in station.evses.all()
        for course in _week(station, evse, tokens, random_source)
    ]
    curves = [list(_readings(course)) for course in courses]
    sessions = Session.objects.bulk_create([course.session for course in courses], batch_size=500)
    _copy(
        (session.station_id, session.evse_number, *reading, session.pk)
        for session, readings in zip(sessions, curves, strict=True)
        for reading in readings
    )
    _load(organization, courses, curves)
    _oddities(organization, sessions)


def _load(organization: Organization, courses: list[Course], curves: list[list["Reading"]]) -> None:
    """What would have been sampled, had anybody been there: sites of the last day, the organization of all days."""
    now = timezone.now()
    slots = [slot_of(now) - LOAD_STEP * step for step in range(288 * DAYS)]
    powers: defaultdict[tuple[int | None, datetime], list[float]] = defaultdict(list)
    energies_wh: defaultdict[tuple[int | None, datetime], int] = defaultdict(int)
    for course, readings in zip(courses, curves, strict=True):
        begin_wh = course.session.meter_start_wh or 0
        for reading in readings:
            slot = slot_of(reading.at)
            is_of_today = slot > slots[288]
            for site_id in (None, course.session.station.site_id) if is_of_today else (None,):
                if reading.measurand == Measurand.POWER_IMPORT:
                    powers[site_id, slot].append(reading.value)
                elif reading.measurand == Measurand.ENERGY_IMPORT_REGISTER and reading.context != ReadingContext.END:
                    energies_wh[site_id, slot] += round(reading.value) - begin_wh
    LoadSample.objects.bulk_create(
        [
            LoadSample(
                organization=organization,
                site_id=site_id,
                at=slot,
                power_w=sum(powers[site_id, slot]),
                session_count=len(powers[site_id, slot]),
                energy_wh=energies_wh[site_id, slot],
            )
            for site_id, slot in powers.keys() | {(None, slot) for slot in slots}
        ],
        batch_size=1000,
    )


class Reading(NamedTuple):
    at: datetime
    measurand: Measurand
    context: ReadingContext
    value: float


def _copy(rows: Iterable[tuple[Any, ...]]) -> None:
    """Tens of thousands of rows by COPY: models would take most of the demo's time."""
    columns = "station_id, evse_number, at, measurand, context, value, session_id, phase, location"
    with connection.cursor() as cursor, cursor.copy(f"COPY charging_meterreading ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*row, Phase.TOTAL.value, Location.OUTLET.value))


def _week(
    station: ChargingStation, evse: Evse, tokens: list[IdToken], random_source: random.Random
) -> Iterator[Course]:
    """About two sessions a day; the last ends before now."""
    now = timezone.now()
    at = now - timedelta(days=DAYS, hours=random_source.uniform(0, 9))
    register_wh = random_source.randrange(200_000, 9_000_000)
    while True:
        at += timedelta(hours=random_source.expovariate(1 / 11) + 0.5)
        course = _course(station, evse, at, register_wh, random_source.choice(tokens), random_source)
        ends_at = course.session.ended_at
        if ends_at is None or ends_at > now - timedelta(minutes=10):
            return
        register_wh += int(course.wanted_wh)
        yield course
        at = ends_at


def _course(
    station: ChargingStation,
    evse: Evse,
    at: datetime,
    register_wh: int,
    token: IdToken,
    random_source: random.Random,
) -> Course:
    max_power_w = float(evse.max_power_w or 11_000)
    is_dc = max_power_w > 43_000
    wanted_wh = random_source.uniform(18_000, 62_000) if is_dc else random_source.uniform(4_000, 34_000)
    power_w = min(max_power_w, 150_000 if is_dc else 11_000) * random_source.uniform(0.7, 1.0)
    hours = wanted_wh / (power_w * 0.75)
    ends_at = at + timedelta(hours=hours)
    session = Session(
        organization=station.organization,
        station=station,
        evse_number=evse.number,
        connector_number=1,
        transaction_id=f"demo-{random_source.randrange(16**12):012x}",
        token=token,
        token_key=token.key,
        token_type=token.type,
        driver=token.driver,
        authorization_status=AuthorizationStatus.ACCEPTED,
        status=SessionStatus.ENDED,
        started_at=at,
        ended_at=ends_at,
        start_received_at=at,
        end_received_at=ends_at,
        stop_reason=random_source.choice(REASONS),
        meter_start_wh=register_wh,
        updated_at=ends_at,
    )
    return Course(session, is_dc, power_w, wanted_wh)


def _readings(course: Course) -> Iterator[Reading]:
    """A charging curve: full power, then a slope; the register follows the power."""
    session = course.session
    if session.ended_at is None:
        return
    steps = max(int((session.ended_at - session.started_at) / STEP), 2)
    shares = [_share(step / steps) for step in range(steps + 1)]
    whole = sum(shares[1:])
    register_wh, soc = float(session.meter_start_wh or 0), 20.0
    for step, share in enumerate(shares):
        at = min(session.started_at + STEP * step, session.ended_at)
        if step:
            register_wh += course.wanted_wh * share / whole
            soc = min(soc + 70 * share / whole, 97)
        context = {0: ReadingContext.BEGIN, steps: ReadingContext.END}.get(step, ReadingContext.PERIODIC)
        yield Reading(at, Measurand.ENERGY_IMPORT_REGISTER, context, round(register_wh))
        yield Reading(at, Measurand.POWER_IMPORT, context, round(course.max_power_w * share))
        if course.is_dc:
            yield Reading(at, Measurand.SOC, context, round(soc))
    session.register_wh = session.meter_stop_wh = round(register_wh)
    session.energy_wh = round(register_wh) - (session.meter_start_wh or 0)
    session.soc_percent = round(soc) if course.is_dc else None
    session.last_reading_at = session.ended_at


def _share(progress: float) -> float:
    return 1.0 if progress < 0.55 else max(math.exp(-4 * (progress - 0.55)), 0.08)


def _oddities(organization: Organization, sessions: list[Session]) -> None:
    newest = sorted(sessions, key=lambda session: session.started_at)[-3:]
    jumped, unmatched = newest[0], newest[1]
    SessionAnomaly.objects.create(
        organization=organization,
        station=jumped.station,
        evse_number=jumped.evse_number,
        session=jumped,
        kind=AnomalyKind.REGISTER_DECREASE,
        fingerprint=f"demo-{jumped.transaction_id}",
        summary="The register fell from 412.50 to 412.31 kWh between two readings.",
        proposal="Keep the energy between the start and the end register.",
        evidence={
            "before_wh": 412_500,
            "after_wh": 412_310,
            "at": jumped.ended_at.isoformat() if jumped.ended_at else "",
        },
    )
    SessionAnomaly.objects.create(
        organization=organization,
        station=unmatched.station,
        evse_number=unmatched.evse_number,
        kind=AnomalyKind.ORPHAN_STOP,
        fingerprint=f"demo-orphan-{unmatched.transaction_id}",
        summary="The station ended transaction -1, which has no start here.",
        proposal="Keep the report; its meter reading tells no begin.",
        evidence={"transaction_id": "-1", "meter_stop_wh": 1_204_310, "reason": "PowerLoss"},
    )
    RejectedConnection.objects.create(
        organization=organization,
        identity=f"{organization.slug[:3].upper()}-NEW-01",
        cause=RefusalCause.UNKNOWN_IDENTITY,
        address="192.0.2.17",
        path=f"/ocpp/{organization.slug[:3].upper()}-NEW-01",
        subprotocols="ocpp1.6",
        headers={"user-agent": "Kaimauer/5.0.3"},
        count=14,
    )
