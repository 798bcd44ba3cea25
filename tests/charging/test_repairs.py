"""What staff do with anomalies: accept the proposed repair, or dismiss it; audited, once."""

import pytest

from accounts.models import AuditEvent, User
from accounts.roles import Role
from charging import services
from charging.errors import AnomalyAlreadyClosed
from charging.models import MeterReading, Session, SessionAnomaly, SignedReading
from charging.reports import OngoingSession, Samples, SignedSample
from charging.states import AnomalyKind, AnomalyStatus, ReadingContext, SessionStatus
from tests import cast
from tests.charging.station import WAY, ReportingStation, after, power, register
from tests.conftest import Person


def the(kind: AnomalyKind) -> SessionAnomaly:
    return SessionAnomaly.objects.get(kind=kind)


@pytest.fixture
def unended(old_faithful: ReportingStation, alice: Person) -> OngoingSession:
    """At whose EVSE the next session has begun."""
    older = old_faithful.start(0, alice.uid).session
    assert older is not None
    old_faithful.read(older.session_id, register(10, 3_000), power(10, 7_000))
    old_faithful.start(30, alice.uid, 3_100)
    return older


def test_a_missing_stop_ends_the_session_at_its_last_reading(unended: OngoingSession, olga: User) -> None:
    session = services.accept_anomaly(anomaly=the(AnomalyKind.MISSING_STOP), by=olga, reason="Cable was pulled")
    assert session is not None
    session = Session.objects.get(pk=unended.session_id)
    assert (session.ended_at, session.status, session.energy_wh) == (after(10), SessionStatus.ENDED, 2_000)
    assert (session.stop_reason, session.end_received_at, session.meter_stop_wh) == ("Other", None, None)
    anomaly = the(AnomalyKind.MISSING_STOP)
    assert (anomaly.status, anomaly.closed_by, anomaly.closing_reason) == (
        AnomalyStatus.ACCEPTED,
        olga,
        "Cable was pulled",
    )


def test_a_missing_stop_without_readings_ends_where_we_last_heard_of_it(
    old_faithful: ReportingStation, alice: Person, olga: User
) -> None:
    older = old_faithful.start(0, alice.uid).session
    old_faithful.start(30, alice.uid)
    assert older is not None
    services.accept_anomaly(anomaly=the(AnomalyKind.MISSING_STOP), by=olga, reason="")
    session = Session.objects.get(pk=older.session_id)
    assert (session.ended_at, session.energy_wh) == (after(0) + WAY, 0)
    assert the(AnomalyKind.MISSING_REGISTER).session == session


def test_the_stations_stop_after_a_repair_can_replace_it(
    old_faithful: ReportingStation, unended: OngoingSession, olga: User
) -> None:
    services.accept_anomaly(anomaly=the(AnomalyKind.MISSING_STOP), by=olga, reason="")
    old_faithful.end(unended.transaction_id, 29, 3_100)
    assert Session.objects.get(pk=unended.session_id).ended_at == after(10)
    services.accept_anomaly(anomaly=the(AnomalyKind.CONFLICTING_STOP), by=olga, reason="It came")
    session = Session.objects.get(pk=unended.session_id)
    assert (session.ended_at, session.energy_wh, session.meter_stop_wh) == (after(29), 2_100, 3_100)


def test_a_second_stop_accepted_keeps_the_first(
    old_faithful: ReportingStation, unended: OngoingSession, olga: User
) -> None:
    old_faithful.end(unended.transaction_id, 29, 3_100)
    old_faithful.end(unended.transaction_id, 29, 9_900)
    services.accept_anomaly(anomaly=the(AnomalyKind.CONFLICTING_STOP), by=olga, reason="")
    assert Session.objects.get(pk=unended.session_id).energy_wh == 2_100


def test_an_orphan_stop_becomes_a_session_from_its_evidence(
    old_faithful: ReportingStation, alice: Person, olga: User
) -> None:
    data = (register(0, 1_000), power(5, 7_000), register(30, 8_500))
    signed = SignedSample(after(30), ReadingContext.END, 'OCMF|{"x":1}|{"y":2}', "OCMF", "ECDSA", "30")
    old_faithful.end(None, 30, 8_500, alice.uid, all_samples=Samples(data, (signed,)))
    session = services.accept_anomaly(anomaly=the(AnomalyKind.ORPHAN_STOP), by=olga, reason="")
    assert session is not None
    session.refresh_from_db()
    assert (session.started_at, session.ended_at, session.energy_wh) == (after(0), after(30), 7_500)
    assert (session.driver, session.token, session.meter_start_wh) == (alice.driver, alice.card, 1_000)
    assert MeterReading.objects.filter(session=session).count() == 3
    assert SignedReading.objects.get(session=session).data == signed.data
    assert the(AnomalyKind.ORPHAN_STOP).session == session
    assert not SessionAnomaly.objects.filter(status=AnomalyStatus.OPEN).exists()


def test_a_stop_repeated_after_its_repair_is_known(old_faithful: ReportingStation, alice: Person, olga: User) -> None:
    data = [register(0, 1_000), register(30, 8_500)]
    old_faithful.end(None, 30, 8_500, alice.uid, samples=data)
    session = services.accept_anomaly(anomaly=the(AnomalyKind.ORPHAN_STOP), by=olga, reason="")
    again = old_faithful.end(None, 30, 8_500, alice.uid, samples=data)
    assert session is not None
    assert again.session is not None
    assert again.session.session_id == session.pk
    assert Session.objects.count() == 1


def test_an_orphan_stop_without_a_begin_makes_no_session(
    old_faithful: ReportingStation, alice: Person, olga: User
) -> None:
    old_faithful.end(None, 30, 8_500, alice.uid)
    anomaly = the(AnomalyKind.ORPHAN_STOP)
    assert anomaly.proposal == ""
    assert services.accept_anomaly(anomaly=anomaly, by=olga, reason="Seen") is None
    assert not Session.objects.exists()


def test_a_jump_accepted_believes_the_meter_for_good(old_faithful: ReportingStation, alice: Person, olga: User) -> None:
    session = old_faithful.start(0, alice.uid, 0).session
    assert session is not None
    assert old_faithful.end(session.transaction_id, 30, 900_000).energy_wh == 0
    assert "900.000 kWh" in the(AnomalyKind.REGISTER_JUMP).proposal
    services.accept_anomaly(anomaly=the(AnomalyKind.REGISTER_JUMP), by=olga, reason="A ship")
    assert Session.objects.get().energy_wh == 900_000
    old_faithful.read(session.session_id, register(5, 100))
    assert Session.objects.get().energy_wh == 900_000


@pytest.mark.parametrize("close", [services.accept_anomaly, services.dismiss_anomaly])
def test_an_anomaly_is_closed_once_and_audited(unended: OngoingSession, olga: User, close: object) -> None:
    assert callable(close)
    anomaly, stale = the(AnomalyKind.MISSING_STOP), the(AnomalyKind.MISSING_STOP)
    close(anomaly=anomaly, by=olga, reason="Looked at it")
    with pytest.raises(AnomalyAlreadyClosed):
        services.dismiss_anomaly(anomaly=stale, by=olga, reason="Again")
    event = AuditEvent.objects.get()
    assert (event.actor, event.organization_id, event.object_id) == (olga, anomaly.organization_id, str(anomaly.pk))
    assert event.details["reason"] == "Looked at it"


def test_dismissing_changes_no_session(unended: OngoingSession, olga: User) -> None:
    services.dismiss_anomaly(anomaly=the(AnomalyKind.MISSING_STOP), by=olga, reason="Both are right")
    assert Session.objects.get(pk=unended.session_id).is_ongoing
    assert the(AnomalyKind.MISSING_STOP).status == AnomalyStatus.DISMISSED


def test_what_was_dismissed_is_not_opened_again(
    old_faithful: ReportingStation, alice: Person, olga: User, unended: OngoingSession
) -> None:
    services.dismiss_anomaly(anomaly=the(AnomalyKind.MISSING_STOP), by=olga, reason="")
    old_faithful.start(60, alice.uid)
    kinds = SessionAnomaly.objects.filter(session_id=unended.session_id, status=AnomalyStatus.OPEN)
    assert not kinds.exists()


def test_nothing_is_billed_while_an_anomaly_is_open(unended: OngoingSession, olga: User) -> None:
    anomaly = the(AnomalyKind.MISSING_STOP)
    assert anomaly.blocks_billing
    services.dismiss_anomaly(anomaly=anomaly, by=olga, reason="")
    assert not anomaly.blocks_billing


def test_the_neighbours_staff_see_no_anomaly(unended: OngoingSession, olga: User, charlie: Person) -> None:

    neighbour = cast.create_staff(charlie.driver.organization, "ned@neighbour.example", Role.OWNER)
    assert SessionAnomaly.objects.visible_to(olga).count() == 1
    assert not SessionAnomaly.objects.visible_to(neighbour).exists()
    assert not Session.objects.visible_to(neighbour).exists()
    assert not MeterReading.objects.visible_to(neighbour).exists()
