"""A station as the domain sees it: reports, by a clock that the test turns."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from charging import services
from charging.reports import EndReport, EventPlace, Outcome, ReadingBatch, Sample, Samples, StartReport, UpdateReport
from charging.states import Measurand, Phase, ReadingContext
from drivers.tokens import PresentedToken
from stations.models import ChargingStation

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
# Between the station's time of an event and its arrival.
WAY = timedelta(milliseconds=1500)


def after(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def register(minutes: float, wh: float, phase: Phase = Phase.TOTAL, context: int = ReadingContext.PERIODIC) -> Sample:
    return Sample(after(minutes), Measurand.ENERGY_IMPORT_REGISTER, wh, phase=phase, context=ReadingContext(context))


def power(minutes: float, watts: float, phase: Phase = Phase.TOTAL) -> Sample:
    return Sample(after(minutes), Measurand.POWER_IMPORT, watts, phase=phase)


def token(uid: str, type_: str = "") -> PresentedToken:
    return PresentedToken(uid, type_)


@dataclass
class ReportingStation:
    """Reports of OCPP 1.6 unless a transaction is named. Times are minutes after nine."""

    row: ChargingStation

    @property
    def pk(self) -> int:
        return self.row.pk

    def start(self, minutes: float = 0, uid: str | None = None, meter_wh: int | None = 1000, **fields: Any) -> Outcome:
        return services.start_session(self.start_report(minutes, uid, meter_wh, **fields))

    def start_report(
        self, minutes: float = 0, uid: str | None = None, meter_wh: int | None = 1000, **fields: Any
    ) -> StartReport:
        fields = self._common(minutes, uid, fields)
        return StartReport(**{"evse_number": 1, "connector_number": 1, "meter_wh": meter_wh, **fields})

    def update(self, transaction_id: str, minutes: float, uid: str | None = None, **fields: Any) -> Outcome:
        return services.update_session(
            UpdateReport(transaction_id=transaction_id, **self._common(minutes, uid, fields))
        )

    def end(
        self,
        transaction_id: str | None,
        minutes: float,
        meter_wh: int | None = None,
        uid: str | None = None,
        **fields: Any,
    ) -> Outcome:
        """OCPP 1.6 unless an event's place is given."""
        fields = {"uses_our_ids": "place" not in fields, **self._common(minutes, uid, fields)}
        return services.end_session(EndReport(transaction_id=transaction_id, meter_wh=meter_wh, **fields))

    def read(self, session_id: int | None, *samples: Sample, evse_number: int = 1) -> None:
        services.record_readings([self.batch(session_id, *samples, evse_number=evse_number)])

    def batch(self, session_id: int | None, *samples: Sample, evse_number: int = 1) -> ReadingBatch:
        received_at = max((sample.at for sample in samples), default=NINE) + WAY
        return ReadingBatch(self.pk, evse_number, session_id, Samples(samples), received_at)

    def place(
        self, sequence_number: int, type_: str, minutes: float, trigger: str = "MeterValuePeriodic"
    ) -> EventPlace:
        return EventPlace(sequence_number, type_, trigger, after(minutes))

    def _common(self, minutes: float, uid: str | None, fields: dict[str, Any]) -> dict[str, Any]:
        at = fields.pop("at", after(minutes))
        type_ = fields.pop("token_type", "")
        samples = fields.pop("all_samples", None) or Samples(tuple(fields.pop("samples", ())))
        return {
            "station_id": self.pk,
            "at": at,
            "received_at": after(minutes) + WAY,
            "token": None if uid is None else PresentedToken(uid, type_),
            "samples": samples,
            **fields,
        }
