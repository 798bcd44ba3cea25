"""Stations whose clock is wrong, and the forms in which times come: OCPP 1.6 §3.15, OCPP 2.0.1 part 2 §3.1."""

from datetime import UTC, datetime, timedelta

import pytest

from charging.models import Session, SessionAnomaly
from charging.states import AnomalyKind
from simulator import Charger, Fault, ManualClock
from stations.models import Connector, Frame
from stations.repairs import Repair
from tests.conftest import MakeCharger, Person, every_version
from tests.gateway.polling import eventually
from tests.usecases.facts import kinds_of_anomalies
from tests.usecases.telling import Telling, two_hours_ago

SOON = timedelta(seconds=30)


def is_now(moment: datetime | None) -> bool:
    return moment is not None and abs(datetime.now(UTC) - moment) < SOON


@every_version
async def test_a_clock_of_1970(station: Charger, alice: Person, version: str) -> None:
    """Quirk 65: nobody told it the time yet. Ours is used, and it is told. Rule 23."""
    telling = Telling(station, alice.uid, begins_at=datetime(1970, 1, 1, tzinfo=UTC))
    await telling.start(1000)
    await telling.read(1200, 5)
    await telling.stop(1500, 10)
    session = await Session.objects.aget()
    assert is_now(session.started_at)
    assert is_now(session.ended_at)
    assert session.energy_wh == 500
    anomalies = [row async for row in SessionAnomaly.objects.filter(kind=AnomalyKind.CLOCK_SKEW)]
    assert {row.evidence["event"] for row in anomalies} == {"started", "ended"}
    assert all(row.evidence["reported_at"].startswith("1970-01-01") for row in anomalies)


@every_version
async def test_a_clock_that_is_hours_ahead(station: Charger, alice: Person, version: str) -> None:
    """Quirk 68: another server refuses it for ever. Rule 40."""
    telling = Telling(station, alice.uid, begins_at=datetime.now(UTC) + timedelta(hours=5))
    await telling.start(1000)
    await telling.stop(1500, 10)
    session = await Session.objects.aget()
    assert is_now(session.started_at)
    assert session.energy_wh == 500
    assert await kinds_of_anomalies() == {"clock_skew"}


@every_version
async def test_the_simulated_clock_faults_end_in_sessions_too(
    make_charger: MakeCharger, alice: Person, version: str
) -> None:
    for number, fault in enumerate((Fault.CLOCK_1970, Fault.CLOCK_AHEAD, Fault.CLOCK_WITHOUT_ZONE)):
        clock = ManualClock(datetime.now(UTC).replace(microsecond=0))
        station = await make_charger(version, f"station-{number}", clock=clock)
        await station.connect()
        await station.boot()
        await station.inject(fault)
        await station.start_charging(alice.uid)
        await station.advance(60)
        await station.stop_charging()
        session = await Session.objects.aget(station__identity=f"station-{number}")
        assert (session.is_ongoing, session.energy_wh) == (False, station.evse(1).meter_wh)


@every_version
async def test_days_later_the_times_are_the_stations(station: Charger, alice: Person, version: str) -> None:
    """TC_039_CSMS, quirk 96. What can be true is believed. Rule 43."""
    last_week = two_hours_ago() - timedelta(days=7)
    telling = Telling(station, alice.uid, begins_at=last_week)
    offline = {} if version == "1.6" else {"offline": True}
    await telling.start(1000, **offline)
    await telling.read(1300, 30, **offline)
    await telling.stop(1500, 60, **offline)
    session = await Session.objects.aget()
    assert (session.started_at, session.ended_at) == (last_week, last_week + timedelta(hours=1))
    assert (session.energy_wh, session.was_offline) == (500, version != "1.6")
    assert await kinds_of_anomalies() == set()


FORMS = {
    "2026-01-01T00:00:00Z": "%Y-%m-%dT%H:%M:%SZ",
    "no fraction, offset": "%Y-%m-%dT%H:%M:%S+00:00",
    "three decimals": "%Y-%m-%dT%H:%M:%S.250Z",
    "nine decimals": "%Y-%m-%dT%H:%M:%S.250000000Z",
    "lower case": "%Y-%m-%dt%H:%M:%Sz",
    "a blank": "%Y-%m-%d %H:%M:%S+00",
}


@every_version
async def test_times_come_in_many_forms(station: Charger, alice: Person, version: str) -> None:
    """Quirks 62, 69. Rule 22."""
    for number, form in enumerate(FORMS.values()):
        telling = Telling(station, alice.uid, begins_at=two_hours_ago() + timedelta(minutes=number))
        await telling.start(1000, timestamp=telling.begins_at.strftime(form))
        session = await Session.objects.order_by("-pk").afirst()
        assert session is not None
        assert session.started_at.replace(microsecond=0) == telling.begins_at, form
        await telling.stop(1000, 0.5)
    assert "clock_skew" not in await kinds_of_anomalies()


async def test_a_time_without_zone_is_the_sites(station_16: Charger, alice: Person) -> None:
    """Quirk 61. Harbour is in Berlin."""
    telling = Telling(station_16, alice.uid, begins_at=datetime(2026, 7, 1, 10, tzinfo=UTC))
    await telling.start(1000, timestamp="2026-07-01T12:00:00")
    assert (await Session.objects.aget()).started_at == telling.begins_at
    await eventually(Frame.objects.filter(repairs__contains=[Repair.TIME_WITHOUT_ZONE]).aexists)


@pytest.mark.parametrize("timestamp", ["2022-02-29T10:00:00Z", "yesterday", None, "", "9999-12-31T23:59:59-01:00"])
async def test_a_time_that_does_not_exist(station_16: Charger, alice: Person, timestamp: str | None) -> None:
    """Quirks 64, 66: the time of arrival, and nothing is refused."""
    telling = Telling(station_16, alice.uid)
    await telling.start(1000, timestamp=timestamp)
    assert is_now((await Session.objects.aget()).started_at)
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": timestamp}
    assert await station_16.call("StatusNotification", {k: v for k, v in status.items() if v is not None}) == {}
    assert (await Connector.objects.aget(evse__number=1)).status == "charging"
