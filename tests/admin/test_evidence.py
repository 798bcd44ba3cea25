"""What staff read of an anomaly: sentences of people, not names of columns."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.roles import Role
from charging import services
from charging.models import SessionAnomaly
from charging.reports import EndReport, Sample, Samples
from charging.states import AnomalyKind, Measurand, ReadingContext
from drivers.tokens import PresentedToken
from stations.models import ChargingStation
from tests.admin.test_isolation import logged_in
from tests.admin.world import build

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


def test_an_orphan_stop_is_told_in_words() -> None:
    world = build("Harbour Energy", "Harbour")
    register = Measurand.ENERGY_IMPORT_REGISTER
    values = [Sample(AT + timedelta(minutes=minute), register, 12_345_678.5 + minute) for minute in range(15)]
    services.end_session(
        EndReport(
            station_id=world[ChargingStation].pk,
            transaction_id="987654321",
            at=AT,
            received_at=AT + timedelta(days=2),
            time_text="2026-11-22T12:30:00",
            token=PresentedToken("04AABBCCDD", "ISO14443"),
            meter_wh=1500,
            samples=Samples(plain=tuple(values)),
            is_offline=True,
            uses_our_ids=True,
        )
    )
    anomaly = SessionAnomaly.objects.get(kind=AnomalyKind.ORPHAN_STOP, evidence__transaction_id="987654321")
    page = logged_in(world.staff[Role.OPERATOR]).get(reverse("console:anomaly", args=[anomaly.pk]))
    told = page.context["evidence"]
    assert {
        ("Transaction", "987654321"),
        ("Ended", "2026-11-22 13:30:00 CET"),
        ("Received", "2026-11-24 13:30:00 CET"),
        ("Register at the end", "1.500 kWh"),
        ("Told from offline", "yes"),
        ("Time, as it was written", "2026-11-22T12:30:00"),
        ("Token", "••••CCDD"),
        ("2026-11-22 13:30:00 CET", f"Energy.Active.Import.Register 12345678.5 Wh, {ReadingContext.PERIODIC.label}"),
        ("More readings", "3"),
    } <= set(told)
    assert not [name for name, _ in told if "_" in name]
    text = page.content.decode()
    assert "Register at the end" in text
    assert "meter_stop_wh" not in text
